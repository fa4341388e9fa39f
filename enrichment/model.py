"""What an enrichment source is asked and what it answers. Plain types: nothing here opens a file or reads a clock.

Times are nanoseconds since 1970, UTC. A text that is "" was not given by the source.
"""

from __future__ import annotations

import enum

import msgspec


class SubjectKind(enum.StrEnum):
    """Whom an address belongs to, as far as privacy is concerned."""

    ENTERPRISE = "enterprise"
    IDC = "idc"
    HOUSEHOLD = "household"
    UNKNOWN = "unknown"


class Level(enum.StrEnum):
    """The precision that was really reached, finest first. Only what is at least ``street`` is a physical address."""

    PORT = "port"
    RACK = "rack"
    ROOM = "room"
    SITE = "site"
    LINE = "line"
    STREET = "street"
    CELL = "cell"
    CITY = "city"
    PROVINCE = "province"
    OPERATOR = "operator"
    NONE = "none"


class Unanswered(enum.StrEnum):
    """Why there is no owner: an answer of its own, and the operator's measure of its records."""

    NO_CUSTOMER_LIST = "no_customer_list"  # nobody told us who our customers are
    NO_RECORD = "no_record"  # no row covers the address
    COVERAGE_GAP = "coverage_gap"  # rows cover the address, but not the time of the session
    CONFLICT = "conflict"  # two owners at once, or one after the other within the session
    BAD_RECORD = "bad_record"  # the row that would say it cannot be read


class Flag(enum.StrEnum):
    """What a reader should know before acting on an attribution."""

    PARTIAL = "partial"  # the record covers less of the session than it should
    GEO_CONTRADICTS = "geo_contradicts"  # GeoIP says another province or country; the record stands
    USCC_INVALID = "uscc_invalid"  # the check character of the credit code is wrong
    NO_SITE = "no_site"  # the record names neither site nor address


class Datum(enum.StrEnum):
    """What a coordinate counts from: the same numbers mean places up to 1.4 km apart."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"
    CGCS2000 = "CGCS2000"
    UNKNOWN = "UNKNOWN"


class Subject(msgspec.Struct, frozen=True, gc=False):
    """Who is asked about. The same address in another realm is another subject."""

    realm: int
    ip: str
    port: int = 0
    transport: str = ""


class Interval(msgspec.Struct, frozen=True, gc=False):
    """From the first to the last packet of a session, both included."""

    from_ns: int
    to_ns: int


class Owner(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an operator's record says of an address."""

    kind: SubjectKind
    customer: str = ""
    enterprise: str = ""
    uscc: str = ""
    site: str = ""
    address: str = ""
    division: str = ""
    line: str = ""
    meter: str = ""
    latitude: float | None = None
    longitude: float | None = None
    datum: Datum = Datum.UNKNOWN


class Place(msgspec.Struct, frozen=True):
    """What GeoIP says: a city at best. ``province`` is a Chinese division code where it can be told; WGS84."""

    country: str = ""
    subdivision: str = ""
    province: str = ""
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None
    radius_km: int | None = None


class Carrier(msgspec.Struct, frozen=True):
    """Whose autonomous system announces the address."""

    number: int
    name: str = ""


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One step from an address towards its owner. ``cover`` is the share of the session that the record covers."""

    source: str
    key: str  # the address, range or prefix that matched
    ref: str = ""  # the record: file:line
    from_ns: int | None = None
    to_ns: int | None = None
    cover: float = 1.0
    confidence: float


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One source's answer. ``says`` None: it knows the address but cannot answer, and ``unanswered`` says why."""

    hop: Hop
    level: Level
    says: Owner | Place | Carrier | None = None
    unanswered: Unanswered | None = None
    flags: tuple[Flag, ...] = ()


class DataVersion(msgspec.Struct, frozen=True):
    """The very file that answered; ``build_epoch`` in seconds, where the file carries one."""

    source: str
    file: str
    sha256: str
    build_epoch: int | None = None
