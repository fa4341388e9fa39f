"""Puts a reveal together: the key, the log, and where names are looked for. docs/privacy.md is the reasoning."""

from __future__ import annotations

import datetime
from pathlib import Path

from msgspec import UNSET
from msgspec.structs import replace

from enrichment import Customers
from sensor.access_log import AccessLog
from sensor.app import Outlet, ScanOrder, library_of, scan
from sensor.config import EnrichmentSettings, PrivacySettings, Settings
from sensor.finding import Finding, Sighting
from sensor.keyfile import read_key
from sensor.message import Message
from sensor.pseudonym import Pseudonyms
from sensor.reveal import Places, Request, Revealed, RevealError, current_user, reveal


def disclose(
    finding: Finding, settings: Settings, reason: str, capture: Path | None, now: datetime.datetime
) -> list[Revealed]:
    """Whom the pseudonyms of a finding stand for, the miner's first. Each is asked for, and logged, by itself.

    Raises RevealError, KeyFileError, AccessLogError, and what reading customers and capture raises.
    """
    subjects = [end.subject for end in (finding.miner, finding.pool) if end.subject is not UNSET]
    if not subjects:
        raise RevealError(f"finding {finding.finding_id} hides nobody; leave --reveal out")
    if not settings.privacy.key_file:
        raise RevealError("no key is given; name the key file with --key-file, or as key_file in [privacy]")
    if not settings.privacy.reveal_log:
        raise RevealError("no log of reveals; name one with --reveal-log, or as reveal_log in [privacy]")
    pseudonyms = Pseudonyms(read_key(Path(settings.privacy.key_file)))
    log = AccessLog(Path(settings.privacy.reveal_log))
    places = _places(settings, capture)
    at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    requests = [Request(subject, reason, at, current_user(), finding.finding_id) for subject in subjects]
    return [reveal(request, pseudonyms, places, log) for request in requests]


def _places(settings: Settings, capture: Path | None) -> Places:
    customers = EnrichmentSettings(
        customers=settings.enrichment.customers, utc_offset_minutes=settings.enrichment.utc_offset_minutes
    )
    sources = library_of(replace(settings, enrichment=customers)).edition.sources
    owners = [owner for source in sources if isinstance(source, Customers) for owner in source.owners()]
    return Places(owners, _addresses(settings, capture) if capture is not None else ())


def _addresses(settings: Settings, capture: Path) -> list[tuple[int, str]]:
    """Both ends of everything that is found or sighted in a capture, as the realms of the settings have them."""
    ends = _Ends()
    open_settings = replace(settings, enrichment=EnrichmentSettings(), privacy=PrivacySettings())
    order = ScanOrder((str(capture),))
    scan(order, open_settings, [Outlet(ends, updates=False, sightings=True)], lambda _done, _all: None)
    return list(ends.addresses)


class _Ends:
    """A sink that keeps addresses, each once, in the order in which they were met."""

    def __init__(self) -> None:
        self.addresses: dict[tuple[int, str], None] = {}

    def write(self, message: Message) -> None:
        body = message.body
        if not isinstance(body, (Finding, Sighting)):
            return
        for end in (body.miner, body.pool):
            if end.ip is not UNSET:
                self.addresses[body.miner.realm, end.ip] = None

    def tick(self) -> None:
        """Nothing is gathered."""

    def close(self) -> None:
        """Nothing is open."""
