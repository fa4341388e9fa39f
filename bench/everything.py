"""A sensor with everything on: customers, GeoIP, pseudonyms, metrics, and a real Kafka to deliver to.

Makes the files that such a sensor is configured with, for the addresses of the mix, the same bytes each time; and says
what all of it costs beside detection alone.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from bench.child import ChildError, Command, Usage, run
from sensor.keyfile import new_key
from tests.lab.mmdb import asn, city, write_mmdb

#: Clients of the mix lie in the first, its servers in the second (native/mixer).
_CLIENTS, _SERVERS = "198.18.0.0/16", "198.19.0.0/16"
_CLIENTS_V6, _SERVERS_V6 = "2001:2:0:1::/64", "2001:2:0:2::/64"
_COLUMNS: Final = "prefix,kind,customer,enterprise,site,address,division,line,valid_from"
_KINDS: Final = ("enterprise", "enterprise", "idc", "household")
_CITIES: Final = 64
_SEED: Final = 20_261_126
#: What is added is less than single runs differ by: so many pairs of runs for each run of the other figures.
PAIRS_PER_REPEAT: Final = 3
# What the summary and the file of metrics say of a run.
_BETWEEN: Final = re.compile(r"^time +([\d.]+) s", re.MULTILINE)
_METRIC: Final = re.compile(r"^minesensor_(start|reading)_time_seconds ([\d.e+]+)$", re.MULTILINE)


class Parts(NamedTuple):
    """One run: ``between_s`` first and last packet, ``after_s`` until all is delivered, ``start_s`` the rest."""

    usage: Usage
    start_s: float
    between_s: float
    after_s: float


def write_customers(path: Path) -> None:
    """A customer for each 64 IPv4 clients, every fourth a household, and rows around and within."""
    rows = [
        _COLUMNS,
        f"{_CLIENTS},enterprise,C-0,Bench Carrier,,,150000,,2024-01-01",
        f"{_CLIENTS_V6},enterprise,C-6,Bench Six,Hall 6,6 Bench Road,150602,L-6,2024-01-01",
    ]
    for number in range(1024):
        prefix = f"198.18.{number // 4}.{number % 4 * 64}/26"
        kind = _KINDS[number % len(_KINDS)]
        where = f"Hall {number},{number} Bench Road" if kind != "household" else f",{number} Bench Lane"
        rows.append(f"{prefix},{kind},C-{number},Bench {number} Ltd,{where},150602,L-{number},2024-01-01")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def write_places(folder: Path) -> tuple[Path, Path]:
    """A city and an ASN database with a network for each 256 addresses, as fine as those on offer."""
    draw = Random(_SEED)
    cities = [_city(f"City {number}", draw) for number in range(_CITIES)]
    places: dict[str, dict[str, Any]] = {_CLIENTS_V6: cities[0], _SERVERS_V6: city("NL")}
    carriers = {_CLIENTS_V6: asn(64496, "Bench Telecom"), _SERVERS_V6: asn(64511, "Bench Pools")}
    for third in range(256):
        places[f"198.18.{third}.0/24"] = draw.choice(cities)
        places[f"198.19.{third}.0/24"] = city("NL", "NH", "Amsterdam", (52.4, 4.9))
        carriers[f"198.18.{third}.0/24"] = asn(64496 + third % 8, f"Bench Telecom {third % 8}")
    carriers[_SERVERS] = asn(64511, "Bench Pools")
    return (
        write_mmdb(folder / "city.mmdb", places, "MinesensorBench-City"),
        write_mmdb(folder / "asn.mmdb", carriers, "MinesensorBench-ASN"),
    )


def _city(name: str, draw: Random) -> dict[str, Any]:
    """A record with names in as many languages as those on offer have."""
    record = city("CN", "NM", name, (round(draw.uniform(37, 53), 4), round(draw.uniform(97, 126), 4)))
    languages = ("de", "en", "es", "fr", "ja", "pt-BR", "ru", "zh-CN")
    for part in (record["country"], record["subdivisions"][0], record["city"]):
        part["names"] = {language: f"{name} {language}" for language in languages}
    return record


class Site:
    """One sensor's files in ``folder``, and the Kafka at ``bootstrap``."""

    def __init__(self, folder: Path, bootstrap: str) -> None:
        self._folder = folder
        self._metrics = folder / "metrics.prom"
        key, customers, config = folder / "privacy.key", folder / "customers.csv", folder / "sensor.toml"
        new_key(key)
        write_customers(customers)
        places, carriers = write_places(folder)
        config.write_text(
            f'[spool]\npath = "{folder / "spool"}"\n[kafka]\nbootstrap = ["{bootstrap}"]\n', encoding="utf-8"
        )
        files = {"config": config, "customers": customers, "city": places, "asn": carriers, "key-file": key}
        files["metrics-file"] = self._metrics
        #: All that ``minesensor scan`` can be asked for beside finding.
        self.options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
        self.options += ["--health", "--kafka"]

    def after_s(self, between_s: float) -> float:
        """How long the last run went on after its last packet: until Kafka had everything."""
        times = dict(_METRIC.findall(self._metrics.read_text(encoding="utf-8")))
        return float(times["reading"]) - float(times["start"]) - between_s


def compare(alone: Command, site: Site, output: Path, repeats: int) -> tuple[list[Parts], list[Parts]]:
    """Runs detection alone and with everything on, in turn, so that both meet the same weather."""
    pairs = [(_parts(alone, None, output), _parts([*alone, *site.options], site, output)) for _ in range(repeats)]
    return [off for off, _ in pairs], [on for _, on in pairs]


def _parts(command: Command, site: Site | None, output: Path) -> Parts:
    usage = run(command, output)
    said = output.with_suffix(".stderr").read_text(encoding="utf-8")
    between = _BETWEEN.search(said)
    if between is None:
        raise ChildError(command, 0, "its summary tells no time")
    between_s = float(between[1])
    after_s = site.after_s(between_s) if site else 0.0
    return Parts(usage, usage.wall_s - between_s - after_s, between_s, after_s)


def median_part_added(off: Sequence[Parts], on: Sequence[Parts]) -> float:
    """Between the first and the last packet, of what detection alone takes: the median over pairs, whose two runs were
    one after the other.
    """
    return statistics.median(more.between_s / less.between_s - 1 for less, more in zip(off, on, strict=True))


def median(parts: Sequence[Parts], name: str) -> float:
    values: list[float] = [getattr(one, name) for one in parts]
    return statistics.median(values)


@contextlib.contextmanager
def kafka(folder: Path) -> Iterator[str]:
    """A real broker with the sensor's topics; its address. Raises ChildError where there is none to be had."""
    # From the tests, whose jars it starts from: a benchmark fetches nothing.
    from tests.kafka.broker import ROOT, Broker  # noqa: PLC0415
    from tests.kafka.site import make_topics  # noqa: PLC0415

    if not any((ROOT / ".cache" / "kafka").glob("*/.complete")) or shutil.which("java") is None:
        raise ChildError(["kafka"], 1, "no broker to deliver to; make test, or tools/kafka_jars.sh, brings its jars")
    broker = Broker(folder)
    try:
        broker.format()
        broker.start()
        make_topics(broker)
        yield broker.bootstrap
    finally:
        broker.stop()
