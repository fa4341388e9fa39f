"""Whose addresses are: do the files load, what is wrong in them, how old are they, is there a key for households?"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from enrichment import Asn, Customers, EnrichmentError, Geo, Library, Options, Source
from sensor.access_log import AccessLog, AccessLogError
from sensor.config import PrivacySettings
from sensor.doctor.base import Diagnosis, Visit, failure, warning, well
from sensor.keyfile import KeyFileError, read_key
from sensor.limits import GEOIP_AGE_DAYS_MAX
from sensor.pseudonym import Pseudonyms

_CUSTOMERS: Final = "customers"
_GEOIP: Final = "geoip"
_PRIVACY: Final = "privacy"
_CHECK: Final = "minesensor enrichment check names each line"


def customers(visit: Visit) -> list[Diagnosis]:
    paths = [Path(path) for path in visit.settings.enrichment.customers]
    if not paths:
        return well(_CUSTOMERS, "not configured: no finding says which enterprise or site it is")
    found: list[Diagnosis] = []
    library = _load(Customers, paths, visit)
    if isinstance(library, str):
        # The files that can be used are looked at without the others.
        alone = {path: _load(Customers, [path], visit) for path in paths}
        found = [one for said in alone.values() if isinstance(said, str) for one in failure(_CUSTOMERS, *_parted(said))]
        paths = [path for path, said in alone.items() if not isinstance(said, str)]
        if not found:
            return failure(_CUSTOMERS, *_parted(library))  # they do not go together
        library = _load(Customers, paths, visit) if paths else library
    return [*found, *_records(library, len(paths))] if isinstance(library, Library) else found


def _records(library: Library, files: int) -> list[Diagnosis]:
    counts = ", ".join(
        f"{count:,} {name}" for source in library.edition.sources for name, count in source.counts().items()
    )
    shown = f"{files} files, {counts}" if files > 1 else counts
    lost = library.lost_count()
    doubtful = library.problems_count() - lost
    found: list[Diagnosis] = []
    # Of a file with very many bad lines only the first are kept, and no doubtful one may be among them.
    for count, words, is_lost in ((lost, "cannot be taken", True), (doubtful, "are doubtful", False)):
        first = next((f", such as {one}" for one in library.problems() if one.is_lost is is_lost), "")
        if count:
            found += warning(_CUSTOMERS, f"{shown}; {count:,} lines {words}{first}", _CHECK)
    return found or well(_CUSTOMERS, shown)


def geoip(visit: Visit) -> list[Diagnosis]:
    settings = visit.settings.enrichment
    named: list[tuple[type[Source], str]] = [(Geo, settings.city), (Asn, settings.asn)]
    found: list[Diagnosis] = []
    for kind, path in named:
        if path:
            library = _load(kind, [Path(path)], visit)
            found += failure(_GEOIP, *_parted(library)) if isinstance(library, str) else _built(library, visit.now)
    return found or well(_GEOIP, "not configured: nothing is said of addresses that no record covers")


def _built(library: Library, now: datetime.datetime) -> list[Diagnosis]:
    """How old the databases are, by their own word."""
    found: list[Diagnosis] = []
    for version in library.edition.versions:
        if version.build_epoch is None:
            found += well(_GEOIP, f"{version.file}: sound, and does not say when it was built")
            continue
        built = datetime.datetime.fromtimestamp(version.build_epoch, tz=datetime.UTC)
        age_days = (now - built).days
        shown = f"{version.file}: sound, built {built:%Y-%m-%d}, {age_days} days ago"
        if age_days > GEOIP_AGE_DAYS_MAX:
            found += warning(_GEOIP, shown, "bring a newer one; a scan that runs takes it in by itself")
        else:
            found += well(_GEOIP, shown)
    return found


def privacy(visit: Visit) -> list[Diagnosis]:
    settings = visit.settings.privacy
    log = _log(settings) if settings.key_file or settings.reveal_log else []
    return [*_key(visit), *log]


def _key(visit: Visit) -> list[Diagnosis]:
    key_file = visit.settings.privacy.key_file
    if not key_file:
        if visit.settings.enrichment.customers:
            what = "customers are configured without a key, so a scan refuses: households are among them"
            return failure(_PRIVACY, what, "minesensor privacy new-key FILE, and key_file in [privacy]")
        return well(_PRIVACY, "no key: addresses are shown as they are")
    try:
        key_id = Pseudonyms(read_key(Path(key_file))).key_id
    except KeyFileError as error:
        return failure(_PRIVACY, *_parted(str(error)))
    return well(_PRIVACY, f"key {key_id}, readable by its owner alone")


def _log(settings: PrivacySettings) -> list[Diagnosis]:
    path = Path(settings.reveal_log)
    if not settings.reveal_log:
        return warning(_PRIVACY, "no log of reveals, so nobody can be revealed", "set reveal_log in [privacy]")
    if not path.exists():
        return well(_PRIVACY, f"{str(path)!r}: no reveal yet")
    try:
        count = len(AccessLog(path).entries())
    except AccessLogError as error:
        return failure(_PRIVACY, *_parted(str(error)))
    return well(_PRIVACY, f"{str(path)!r}: {count} entries, and their chain is whole")


def _load(kind: type[Source], paths: Sequence[Path], visit: Visit) -> Library | str:
    """The files of one kind; in words where they cannot be used."""
    try:
        return Library({kind: paths}, Options(visit.settings.enrichment.utc_offset_minutes))
    except EnrichmentError as error:
        return str(error)


def _parted(line: str) -> tuple[str, str]:
    """What and what to do, of a line that says both."""
    what, _, remedy = line.partition("; ")
    return what, remedy
