"""The configuration file: TOML to frozen settings. Each mistake is one line: file:line: what; what to do.

Every setting has a default that works; docs/configuration.md explains each.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from sensor import limits
from sensor.exclusions import Exclusion
from sensor.pipeline import PipelineSettings
from sensor.targets import KafkaSettings, SettingError, SpoolSettings, TopicSettings
from system.fault import words
from system.plain_file import open_plain

_DOCS: Final = "docs/configuration.md"
# The file must fit the id into Kafka headers and file names.
_SENSOR_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_VLAN_MAX: Final = 4095
_VNI_MAX: Final = (1 << 24) - 1
_COUNT_MAX: Final = 16 * 1024 * 1024
_NS_PER_SECOND: Final = 1_000_000_000

Count = Annotated[int, Meta(ge=1, le=_COUNT_MAX)]
Sessions = Annotated[int, Meta(ge=1, le=1024 * 1024)]
# A byte of a flow's slot counts its looks.
Looks = Annotated[int, Meta(ge=1, le=255)]
Seconds = Annotated[int, Meta(ge=1, le=7 * 86_400)]
Selector = Annotated[int, Meta(ge=-1, le=_VNI_MAX)]
Vlan = Annotated[int, Meta(ge=-1, le=_VLAN_MAX)]


class ConfigError(ValueError):
    """The configuration cannot be used. The text is one line: file:line: what is wrong; what to do."""


class Realm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Packets that match belong to ``realm``; -1 matches any. The first matching row counts."""

    realm: Annotated[int, Meta(ge=0, le=65_535)]
    interface: Selector = -1
    outer_vlan: Vlan = -1
    inner_vlan: Vlan = -1
    vni: Selector = -1


class ScanSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a scan writes when the command line does not say otherwise."""

    updates: bool = False
    sightings: bool = False


class MetricsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a scan shows its metrics: nowhere by default. ``port`` 0 is none."""

    file: str = ""
    port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    address: str = "127.0.0.1"


class EnrichmentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files that say whose an address is; none by default. Dates in ``customers`` are of this offset from UTC."""

    customers: tuple[str, ...] = ()
    city: str = ""
    asn: str = ""
    utc_offset_minutes: Annotated[int, Meta(ge=-720, le=840)] = 480


class PrivacySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The key of the pseudonyms, and where reveals are logged."""

    key_file: str = ""
    reveal_log: str = ""


class SignatureSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``folders`` are read after the packaged signatures; a later row replaces an earlier one."""

    packaged: bool = True
    folders: tuple[str, ...] = ()


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds that may be changed, with the unit in the name. The others stand in sensor/limits.py."""

    flows_max: Count = limits.FLOWS_MAX
    young_sessions_max: Sessions = limits.YOUNG_SESSIONS_MAX
    settled_sessions_max: Sessions = limits.SETTLED_SESSIONS_MAX
    one_sided_sessions_max: Sessions = limits.ONE_SIDED_SESSIONS_MAX
    resting_sessions_max: Sessions = limits.RESTING_SESSIONS_MAX
    sightings_max: Count = limits.SIGHTINGS_MAX
    learned_addresses_max: Count = limits.LEARNED_ADDRESSES_MAX
    held_bytes_max: Annotated[int, Meta(ge=512, le=65_536)] = limits.HELD_BYTES_MAX
    reorder_bytes_max: Annotated[int, Meta(ge=2048, le=1024 * 1024)] = limits.REORDER_BYTES_MAX
    reorder_total_bytes_max: Annotated[int, Meta(ge=65_536, le=1 << 34)] = limits.REORDER_TOTAL_BYTES_MAX
    fragment_bytes_max: Annotated[int, Meta(ge=65_536, le=1 << 30)] = limits.FRAGMENT_BYTES_MAX
    layers_max: Annotated[int, Meta(ge=4, le=64)] = limits.LAYERS_MAX
    looks_per_second_max: Looks = limits.LOOKS_PER_SECOND_MAX
    looks_per_hour_max: Looks = limits.LOOKS_PER_HOUR_MAX
    reorder_seconds_max: Seconds = limits.REORDER_NS_MAX // _NS_PER_SECOND
    tcp_idle_seconds_max: Seconds = limits.TCP_IDLE_NS_MAX // _NS_PER_SECOND
    udp_idle_seconds_max: Seconds = limits.UDP_IDLE_NS_MAX // _NS_PER_SECOND
    half_open_idle_seconds_max: Seconds = limits.HALF_OPEN_IDLE_NS_MAX // _NS_PER_SECOND
    fragment_seconds_max: Annotated[int, Meta(ge=1, le=600)] = limits.FRAGMENT_NS_MAX // _NS_PER_SECOND
    learned_ttl_seconds_min: Seconds = limits.LEARNED_TTL_NS_MIN // _NS_PER_SECOND


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings. ``own`` are our prefixes; they decide the direction of a finding, never who mines."""

    sensor_id: Annotated[str, Meta(pattern=_SENSOR_ID)] = "scan"
    own: tuple[str, ...] = ()
    scan: ScanSettings = ScanSettings()
    metrics: MetricsSettings = MetricsSettings()
    signatures: SignatureSettings = SignatureSettings()
    enrichment: EnrichmentSettings = EnrichmentSettings()
    privacy: PrivacySettings = PrivacySettings()
    spool: SpoolSettings = SpoolSettings()
    kafka: KafkaSettings = KafkaSettings()
    topics: TopicSettings = TopicSettings()
    limits: Limits = Limits()
    realms: Annotated[tuple[Realm, ...], Meta(max_length=limits.REALMS_MAX)] = ()
    exclusions: Annotated[tuple[Exclusion, ...], Meta(max_length=limits.EXCLUSIONS_MAX)] = ()

    def pipeline(self) -> PipelineSettings:
        return PipelineSettings(
            sensor_id=self.sensor_id,
            young_sessions_max=self.limits.young_sessions_max,
            settled_sessions_max=self.limits.settled_sessions_max,
            one_sided_sessions_max=self.limits.one_sided_sessions_max,
            resting_sessions_max=self.limits.resting_sessions_max,
            sightings_max=self.limits.sightings_max,
        )

    def caps(self) -> dict[str, int]:
        """The engine's bounds under the names it knows: seconds become nanoseconds."""
        caps: dict[str, int] = {}
        for name in _ENGINE_CAPS:
            value: int = getattr(self.limits, name)
            is_time = "_seconds_m" in name
            caps[name.replace("_seconds_m", "_ns_m") if is_time else name] = value * (_NS_PER_SECOND if is_time else 1)
        return caps

    def realm_rows(self) -> list[tuple[int, int, int, int, int]]:
        return [(row.interface, row.outer_vlan, row.inner_vlan, row.vni, row.realm) for row in self.realms]

    def signature_folders(self, packaged: Path) -> list[Path]:
        """The folders to read, relative ones from the current folder."""
        return [packaged] * self.signatures.packaged + [Path(folder) for folder in self.signatures.folders]


# The sightings table is the pipeline's own.
_ENGINE_CAPS: Final = tuple(name for name in Limits.__struct_fields__ if name != "sightings_max")


def load(path: Path | None) -> Settings:
    """The settings in ``path``, or the defaults. Raises ConfigError, one line of text."""
    if path is None:
        return Settings()
    text = _read(path)
    settings = parse(text, str(path))
    for folder in settings.signatures.folders:
        if not os.path.isdir(folder):  # noqa: PTH112  (that of pathlib may raise)
            line = _line_of(text, "signatures", "folders")
            raise ConfigError(f"{path}:{line}: signatures.folders: {folder!r} is no folder; correct the path")
    return settings


def parse(text: str, shown: str) -> Settings:
    """The settings in ``text``; ``shown`` is how errors call it."""
    import tomllib  # noqa: PLC0415  (most scans have no configuration)

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_toml_error(str(error), text, shown)) from None
    except RecursionError:
        raise ConfigError(f"{shown}:1: nested too deep; see {_DOCS}") from None
    try:
        settings = msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(_invalid(str(error), table, text, shown)) from None
    _check(settings, text, shown)
    return settings


def _check(settings: Settings, text: str, shown: str) -> None:
    """What the types cannot tell."""
    for section, key in _with_null(settings):
        where = f"{shown}:{_line_of(text, section, key)}: {f'{section}.{key}' if section else key}"
        raise ConfigError(f"{where}: holds a null character, which no name and no path can; remove it")
    for prefix in settings.own:
        problem = prefix_problem(prefix)
        if problem:
            raise ConfigError(f"{shown}:{_line_of(text, '', 'own')}: own: {problem}")
    if not _is_address(settings.metrics.address):
        line, given = _line_of(text, "metrics", "address"), settings.metrics.address
        raise ConfigError(f"{shown}:{line}: metrics.address: {given!r} is no IP address; write it like '127.0.0.1'")
    for place, exclusion in enumerate(settings.exclusions):
        try:
            exclusion.check()
        except SettingError as error:
            line = _line_of(text, "exclusions", error.key, place)
            raise ConfigError(f"{shown}:{line}: exclusions.{error.key}: {error.text}") from None
    for name in ("kafka", "topics"):
        try:
            getattr(settings, name).check()
        except SettingError as error:
            line = _line_of(text, name, error.key)
            raise ConfigError(f"{shown}:{line}: {name}.{error.key}: {error.text}") from None


def _with_null(settings: Settings) -> Iterator[tuple[str, str]]:
    """Section and key of each text that holds a null character: no file has such a name, and no call takes it."""
    for name, value in msgspec.structs.asdict(settings).items():
        is_section = isinstance(value, msgspec.Struct)
        keys = msgspec.structs.asdict(value) if is_section else {name: value}
        yield from ((name if is_section else "", key) for key, held in keys.items() if "\0" in _texts(held))


def _texts(value: object) -> str:
    """All text of a setting's value: of one, or of a list."""
    if isinstance(value, tuple):
        return "".join(text for text in value if isinstance(text, str))
    return value if isinstance(value, str) else ""


def prefix_problem(prefix: str) -> str:
    """What is wrong with an own prefix and what to do, or ""."""
    try:
        ipaddress.ip_network(prefix)
    except ValueError:
        pass
    else:
        return ""
    try:
        network = ipaddress.ip_network(prefix, strict=False)
    except ValueError:
        return f"{prefix!r} is not an IP prefix; write it like '203.0.113.0/24' or '2001:db8::/32'"
    return f"{prefix!r} has bits set behind its length; write '{network}'"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def to_toml(settings: Settings) -> str:
    """All settings in force as a configuration file that says the same."""
    lines = [f'sensor_id = "{settings.sensor_id}"', f"own = {_toml(settings.own)}"]
    for name in ("scan", "metrics", "signatures", "enrichment", "privacy", "spool", "kafka", "topics", "limits"):
        lines += ["", f"[{name}]"]
        lines += [f"{key} = {_toml(value)}" for key, value in msgspec.structs.asdict(getattr(settings, name)).items()]
    for name in ("realms", "exclusions"):
        for row in getattr(settings, name):
            lines += ["", f"[[{name}]]"]
            lines += [f"{key} = {_toml(value)}" for key, value in msgspec.structs.asdict(row).items()]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    # TOML's strings, numbers, booleans and arrays of them are written as in JSON.
    return msgspec.json.encode(value).decode("utf-8")


def _read(path: Path) -> str:
    try:
        with open_plain(path) as file:
            data = file.read(limits.CONFIG_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError(f"{path}: {words(error)}; correct the path given with --config") from None
    if len(data) > limits.CONFIG_BYTES_MAX:
        raise ConfigError(f"{path}: larger than {limits.CONFIG_BYTES_MAX} bytes; this is no configuration file")
    try:
        # Some editors begin a file with a mark of its encoding.
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: not UTF-8; save the file as UTF-8") from None


# ---------------------------------------------------------------- where a mistake stands

# Sections of which there may be several.
_ROWS: Final = {"realms": Realm, "exclusions": Exclusion}
# Compiled when there is a mistake.
_AT_LINE: Final = r"(?s)^(?P<what>.*?) \(at (?:line (?P<line>\d+), column \d+|end of document)\)$"
_AT_KEY: Final = r"(?s)^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$"
_UNKNOWN: Final = r"unknown field `(?P<key>[^`]*)`"


def _toml_error(message: str, text: str, shown: str) -> str:
    match = re.match(_AT_LINE, message)
    line = match["line"] if match and match["line"] else str(text.count("\n") + 1)
    what = match["what"] if match else message
    return f"{shown}:{line}: {_one_line(what)}; correct the TOML"


def _invalid(message: str, table: dict[str, Any], text: str, shown: str) -> str:
    match = re.match(_AT_KEY, message)
    what, path = (match["what"], match["path"] or "$") if match else (message, "$")
    # "$.limits.flows_max", "$.realms[...].realm", "$.own[...]"
    names = [part.split("[")[0] for part in path.split(".")[1:]]
    unknown = re.search(_UNKNOWN, what)
    if unknown:
        section = names[0] if names else ""
        where = f" in [{section}]" if section else ""
        line = _line_of(text, section, unknown["key"], _bad_row(table, section))
        return f"{shown}:{line}: unknown key {unknown['key']!r}{where}; remove it or see {_DOCS}"
    key = names[-1] if names else ""
    section = names[0] if len(names) > 1 or key in _ROWS else ""
    line = _line_of(text, section, key, _bad_row(table, section))
    return f"{shown}:{line}: {'.'.join(names) or 'file'}: {_one_line(what)}; see {_DOCS}"


def _bad_row(table: dict[str, Any], section: str) -> int:
    """The place of the first table of ``[[section]]`` that is wrong by itself: the message does not say which."""
    rows = table.get(section)
    if section not in _ROWS or not isinstance(rows, list):
        return 0
    for place, row in enumerate(rows):
        try:
            msgspec.convert(row, _ROWS[section])
        except msgspec.ValidationError:
            return place
    return 0


def _line_of(text: str, section: str, key: str, place: int = 0) -> int:
    """The line that sets ``key`` in ``[section]``, for ``[[section]]`` in the table at ``place``; where none does, that
    of the section, else 1.
    """
    current, fallback, tables = "", 1, 0
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith("["):
            current = bare.strip("[]# \t").split("]")[0].strip()
            tables += current == section
            if current == section and tables > place + 1:
                break
            if current == section and tables <= place:
                current = f"{section} before"
            if current in (section, key):
                fallback = number
            continue
        name = bare.partition("=")[0].strip().strip("\"'")
        if name in {key, f"{section}.{key}"} and current in (section, ""):
            return number
        if name == section and not current:
            fallback = number  # an inline table
    return fallback


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return text[:1].lower() + text[1:]
