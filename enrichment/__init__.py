"""Whom an address belongs to: customers of the operator, GeoIP, autonomous systems; and how files are kept current.

The sources are loaded when one of them is asked for, because a scan without their files needs none. The package imports
nothing of ours but ``system``, and nothing in it touches the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from enrichment.base import EnrichmentError, Options, Source
from enrichment.library import Edition, Library

if TYPE_CHECKING:
    from enrichment.sources import SOURCES, Asn, Customers, Geo

__all__ = ["SOURCES", "Asn", "Customers", "Edition", "EnrichmentError", "Geo", "Library", "Options", "Source"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from enrichment import sources  # noqa: PLC0415

    return getattr(sources, name)
