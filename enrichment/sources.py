"""``SOURCES`` is the one list: a source is a file here and a line in it."""

from __future__ import annotations

from typing import Final

from enrichment.asn import Asn
from enrichment.base import Source
from enrichment.customers import Customers
from enrichment.geo import Geo

__all__ = ["SOURCES", "Asn", "Customers", "Geo"]

SOURCES: Final[tuple[type[Source], ...]] = (Customers, Geo, Asn)
