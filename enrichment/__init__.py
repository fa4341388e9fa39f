"""Whom an address belongs to: customers of the operator, GeoIP, autonomous systems; and how files are kept current.

``SOURCES`` is the one list: a source is a file here and a line in it. The package imports nothing of ours and nothing
in it touches the network.
"""

from typing import Final

from enrichment.asn import Asn
from enrichment.base import EnrichmentError, Options, Source
from enrichment.customers import Customers
from enrichment.geo import Geo
from enrichment.library import Edition, Library

SOURCES: Final[tuple[type[Source], ...]] = (Customers, Geo, Asn)

__all__ = ["SOURCES", "Asn", "Customers", "Edition", "EnrichmentError", "Geo", "Library", "Options", "Source"]
