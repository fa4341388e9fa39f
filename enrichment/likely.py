"""The addresses that a broken line must have meant. They become nobody's, so rather too many than too few: a household
that is missed passes for the enterprise around it. But a slip of the pen must not make half of the internet ours.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from enrichment.addresses import BITS, MAPPED, Range

# A cell may hold a list of prefixes.
RANGES_MAX: Final = 64
_TEXT_CHARS_MAX: Final = 2048
# What is wider, and not written as it should be, is a misprint: then its ends alone are meant.
_WIDEST_BITS: Final = {4: 24, 6: 112}
_MASK_32: Final = (1 << 32) - 1
_FOUR: Final = r"\d{1,3}(?:\.\d{1,3}){3}"
_LEADING_ZEROS: Final = re.compile(r"(?<![\d:a-f])0+(?=\d)")
# Word processors and people write ranges with these.
_BETWEEN: Final = re.compile("\\s*(?:[-\u2010-\u2015\u2212~\u301c\u81f3\u5230]+|\\.{2,}|\\bto\\b)\\s*")
_MASK: Final = re.compile(rf"({_FOUR})\s+(?=255\.)")
_PIECES: Final = re.compile(r"[\s,;|&+\u3001]+")
_AROUND: Final = "'\"`=()<>{}."
_PORT: Final = re.compile(rf"({_FOUR}):\d+|\[([0-9a-f:.]+)\](?::\d+)?(/\d+)?")
_WILD: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2})((?:\.[*x]){1,3})")
_SHORT: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2})\.?/(\d{1,2})")
_THREE: Final = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}")
_WHOLE: Final = re.compile(
    rf"(?<![0-9a-z.:])(?:{_FOUR}(?:/\d{{1,2}})?|[0-9a-f]{{0,4}}:[0-9a-f:.]+(?:/\d{{1,3}})?)(?![0-9a-z]|\.\d)"
)


def likely_ranges(text: str) -> tuple[Range, ...]:
    """Of a cell that should name addresses. Host bits are left out, ends swapped, and read are masks, wild cards, short
    forms, ports, leading zeros, other dashes, full width, IPv4 within IPv6, and several in one cell.
    """
    if len(text) > _TEXT_CHARS_MAX:
        return ()
    text = _MASK.sub(r"\1/", _BETWEEN.sub("-", _plain(text)))
    return _bounded(found for piece in _PIECES.split(text) for found in _read(piece))


def ranges_within(text: str) -> tuple[Range, ...]:
    """Of a line whose columns cannot be told apart: whole addresses and prefixes, wherever they stand."""
    return _bounded(found for match in _WHOLE.finditer(_plain(text[:_TEXT_CHARS_MAX])) for found in _read(match[0]))


def _plain(text: str) -> str:
    """Without what is not seen, such as marks of direction, and in the usual width."""
    text = unicodedata.normalize("NFKC", text).lower()
    return text if text.isascii() else "".join(char for char in text if unicodedata.category(char) != "Cf")


def _bounded(found: Iterator[Range]) -> tuple[Range, ...]:
    kept: dict[Range, None] = {}
    for one in found:
        kept[one] = None
        if len(kept) >= RANGES_MAX:
            break
    return tuple(kept)


def _read(piece: str) -> Iterator[Range]:
    """What one piece says; nothing where nothing tells."""
    piece = piece.strip(_AROUND)
    if (with_port := _PORT.fullmatch(piece)) is not None:
        piece = (with_port[1] or with_port[2]) + (with_port[3] or "")
    if ":" not in piece:
        piece = _LEADING_ZEROS.sub("", piece)
    low_text, _, high_text = piece.partition("-")
    try:
        low = _network(low_text)
        if high_text.isdigit() and low.version == 4:
            # Short for an address with the same beginning.
            high_text = f"{low_text.rpartition('.')[0]}.{high_text}"
        high = _network(high_text) if high_text else low
    except ValueError:
        return
    if low.version != high.version:
        return
    whole = Range(low.version, min(low.low, high.low), max(low.high, high.high))
    if whole.high - whole.low < 1 << _WIDEST_BITS[whole.version]:
        yield whole
    else:
        yield from (low, high)


def _network(text: str) -> Range:
    """A prefix or an address with whatever stands behind it. Raises ValueError."""
    text = _in_full(text)
    address = text.partition("/")[0]
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        network = ipaddress.ip_network(address)
    if BITS[network.version] - network.prefixlen > _WIDEST_BITS[network.version]:
        network = ipaddress.ip_network(address)
    low, high = int(network.network_address), int(network.broadcast_address)
    if network.version == 6 and low >> 32 == high >> 32 == MAPPED:
        return Range(4, low & _MASK_32, high & _MASK_32)
    return Range(network.version, low, high)


def _in_full(text: str) -> str:
    """``203.0.113.*``, ``203.0.113/24`` and ``203.0.113`` as prefixes with all four numbers."""
    if (wild := _WILD.fullmatch(text)) is not None:
        text = f"{wild[1]}/{8 * (wild[1].count('.') + 1)}"
    elif _THREE.fullmatch(text):
        text += "/24"
    short = _SHORT.fullmatch(text)
    return text if short is None else f"{short[1]}{'.0' * (3 - short[1].count('.'))}/{short[2]}"
