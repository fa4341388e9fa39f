"""What a scan needs of the signatures: what is looked for on the wire, and what is known of machines."""

from __future__ import annotations

import datetime

import msgspec

from signatures.equipment import Equipment
from signatures.schema import AddressRow, Anchor, NameRow, PoolEntry, PoolList


class Watched(msgspec.Struct, frozen=True):
    """The order of anchors and entries depends on the files alone."""

    anchors: tuple[Anchor, ...]
    lists: tuple[PoolList, ...]
    entries: tuple[PoolEntry, ...]
    names: tuple[NameRow, ...]
    addresses: tuple[AddressRow, ...]
    equipment: Equipment

    def oldest_list(self) -> datetime.date | None:
        """The date of the list that was brought up to date longest ago; None without lists."""
        return min((pool_list.as_of for pool_list in self.lists), default=None)

    def oldest_list_age_days(self, now_date: datetime.date) -> int:
        """Age of the list that was brought up to date longest ago; 0 without lists and for dates to come."""
        return max((max(0, (now_date - pool_list.as_of).days) for pool_list in self.lists), default=0)
