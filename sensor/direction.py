"""Which end of a session is ours, and what that rests on. Never who mines: the protocol decides that.

Our own prefixes decide where they are given. Where none are, the surest of three hints does, and the finding names it.
"""

from __future__ import annotations

import ipaddress
from typing import Final

import msgspec

from enrichment.addresses import Address, is_inside, normalise, parse_range
from sensor.finding import Direction, DirectionBasis

# (the miner is ours, the pool is ours)
_DIRECTIONS: Final = {
    (True, True): Direction.INTERNAL,
    (True, False): Direction.OUTBOUND,
    (False, True): Direction.INBOUND,
    (False, False): Direction.TRANSIT,
}


class Ends(msgspec.Struct, frozen=True):
    """What is known of the two ends before anybody asks whose they are. An address is "" where only a name was seen."""

    miner: str
    pool: str
    is_pool_listed: bool
    is_miner_customer: bool
    is_pool_customer: bool


class OwnPrefixes:
    """Our own addresses, as the configuration names them; maybe none."""

    def __init__(self, prefixes: tuple[str, ...]) -> None:
        ranges = [parse_range(str(ipaddress.ip_network(prefix, strict=False))) for prefix in prefixes]
        self._ranges = [(one.version, one.low, one.high) for one in ranges]

    def __bool__(self) -> bool:
        return bool(self._ranges)

    def has(self, address: Address | None) -> bool:
        if address is None:
            return False
        return any(version == address.version and low <= address.number <= high for version, low, high in self._ranges)


def direction_of(ends: Ends, own: OwnPrefixes) -> tuple[Direction, DirectionBasis] | None:
    """The direction and its basis; None where nothing tells."""
    miner, pool = normalise(ends.miner), normalise(ends.pool)
    if own:
        return _DIRECTIONS[own.has(miner), own.has(pool)], DirectionBasis.OWN_PREFIXES
    if ends.is_miner_customer or ends.is_pool_customer:
        return _DIRECTIONS[ends.is_miner_customer, ends.is_pool_customer], DirectionBasis.CUSTOMERS
    miner_inside, pool_inside = (address is not None and is_inside(address) for address in (miner, pool))
    if miner_inside or pool_inside:
        return _DIRECTIONS[miner_inside, pool_inside], DirectionBasis.PRIVATE_ADDRESSES
    if ends.is_pool_listed:
        return Direction.OUTBOUND, DirectionBasis.LISTED_POOL
    return None
