"""Addresses as numbers, and what an address really stands for: IPv4 that travels inside IPv6 is IPv4."""

from __future__ import annotations

import enum
import functools
import ipaddress
from typing import Final

import msgspec

# 64:ff9b::/96, the well-known prefix of NAT64 (RFC 6052).
_NAT64: Final = 0x0064_FF9B << 96
# What stands before an IPv4 address in ::ffff:0:0/96.
MAPPED: Final = 0xFFFF
_MASK_32: Final = (1 << 32) - 1
BITS: Final = {4: 32, 6: 128}
# The longest text of an IPv6 range is two times 45 characters.
_TEXT_CHARS_MAX: Final = 128
# Texts whose address is remembered: a finding's two ends are asked for some eight times, and told again and again.
_NORMALISED_MAX: Final = 4096
# Addresses that are never routed on the internet and so belong to somebody's own network: RFC 1918, RFC 6598
# (behind carrier NAT), RFC 4193. ``ipaddress.is_private`` means other things and takes in documentation ranges.
_INSIDE: Final = tuple(
    (network.version, int(network.network_address), int(network.broadcast_address))
    for network in map(
        ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
    )
)


class Via(enum.StrEnum):
    """How an IPv4 address was written as IPv6."""

    DIRECT = ""
    MAPPED = "v4_mapped"
    SIX_TO_FOUR = "6to4"
    TEREDO = "teredo"
    NAT64 = "nat64"  # the IPv4 address is the destination's


class Address(msgspec.Struct, frozen=True, gc=False):
    """An address as its number; two spellings of one address are equal but for ``via``."""

    version: int
    number: int
    via: Via = Via.DIRECT

    def __str__(self) -> str:
        return str(ipaddress.ip_address(self.number.to_bytes(BITS[self.version] // 8, "big")))


class Range(msgspec.Struct, frozen=True, gc=False):
    """Addresses from ``low`` to ``high``, both included."""

    version: int
    low: int
    high: int

    def __str__(self) -> str:
        low = Address(self.version, self.low)
        if self.low == self.high:
            return str(low)
        size = self.high - self.low + 1
        if size & (size - 1) == 0 and self.low % size == 0:
            return f"{low}/{BITS[self.version] - size.bit_length() + 1}"
        return f"{low}-{Address(self.version, self.high)}"


def normalise(text: str) -> Address | None:
    """The address that ``text`` stands for; None where it is none, or holds only on one link (``fe80::1%eth0``)."""
    if len(text) > _TEXT_CHARS_MAX or "%" in text:
        return None
    return _parsed(text)


@functools.lru_cache(_NORMALISED_MAX)
def _parsed(text: str) -> Address | None:
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv4Address):
        return Address(4, int(parsed))
    return _unwrapped(parsed)


def _unwrapped(parsed: ipaddress.IPv6Address) -> Address:
    if parsed.ipv4_mapped is not None:
        return Address(4, int(parsed.ipv4_mapped), Via.MAPPED)
    if parsed.sixtofour is not None:
        return Address(4, int(parsed.sixtofour), Via.SIX_TO_FOUR)
    if parsed.teredo is not None:
        return Address(4, int(parsed.teredo[1]), Via.TEREDO)
    number = int(parsed)
    if number & ~_MASK_32 == _NAT64:
        return Address(4, number & _MASK_32, Via.NAT64)
    return Address(6, number)


def is_inside(address: Address) -> bool:
    """Whether the address can only be one of somebody's own network."""
    return any(version == address.version and low <= address.number <= high for version, low, high in _INSIDE)


def parse_range(text: str) -> Range:
    """``a``, ``a/length`` or ``a-b``. Raises ValueError with what is wrong and what to do."""
    text = text.strip()
    if len(text) > _TEXT_CHARS_MAX:
        raise ValueError("no address, prefix or range; write it like 203.0.113.0/24 or 203.0.113.8-203.0.113.15")
    low_text, dash, high_text = text.partition("-")
    if dash:
        low, high = _parse(low_text), _parse(high_text)
        if low.version != high.version:
            raise ValueError("a range from one version of IP to another; write two addresses of one version")
        if high.number < low.number:
            raise ValueError(f"a range that ends before it begins; write '{high}-{low}'")
        return Range(low.version, low.number, high.number)
    address_text, slash, length_text = text.partition("/")
    address = _parse(address_text, length_text)
    if not slash:
        return Range(address.version, address.number, address.number)
    bits = BITS[address.version]
    if not (length_text.isascii() and length_text.isdigit() and int(length_text) <= bits):
        raise ValueError(f"a prefix length that is none; write a number up to {bits}")
    rest = (1 << (bits - int(length_text))) - 1
    if address.number & rest:
        network = Address(address.version, address.number & ~rest)
        raise ValueError(f"bits set behind the prefix length; write '{network}/{length_text}'")
    return Range(address.version, address.number, address.number | rest)


def _parse(text: str, length_text: str = "") -> Address:
    """An address as it stands: a row for ``::ffff:a.b.c.d`` means that IPv4 address, no other form is unwrapped.
    ``length_text``: what stands behind it as the length of a prefix.
    """
    try:
        parsed = ipaddress.ip_address(text.strip())
    except ValueError:
        raise ValueError(
            "no address, prefix or range; write it like 203.0.113.0/24 or 203.0.113.8-203.0.113.15"
        ) from None
    if isinstance(parsed, ipaddress.IPv4Address):
        return Address(4, int(parsed))
    if parsed.scope_id is not None:
        raise ValueError("an address of one link only; write one that is routed")
    if parsed.ipv4_mapped is not None:
        length = int(length_text) - 96 if length_text.isascii() and length_text.isdigit() else -1
        shown = f"{parsed.ipv4_mapped}/{length}" if 0 <= length <= BITS[4] else str(parsed.ipv4_mapped)
        raise ValueError(f"an IPv4 address written as IPv6; write '{shown}'")
    return Address(6, int(parsed))
