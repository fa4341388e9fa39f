"""The files of a sensor with everything on fit the addresses of the mix, and a run's time is taken apart rightly."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.child import ChildError
from bench.everything import Site, _parts, write_customers, write_places
from enrichment import Asn, Customers, Geo
from enrichment.base import Options
from enrichment.model import Interval, Subject

SESSION = Interval(1_772_438_400 * 10**9, 1_772_438_401 * 10**9)


@pytest.mark.parametrize("ip", ["198.18.0.1", "198.18.255.254", "2001:2:0:1::ffff"])
def test_each_client_of_the_mix_has_an_owner_a_place_and_a_carrier(ip: str, tmp_path: Path) -> None:
    write_customers(tmp_path / "customers.csv")
    city, asn = write_places(tmp_path)
    customers = Customers.load([tmp_path / "customers.csv"], Options())
    sources = (customers, Geo.load([city], Options()), Asn.load([asn], Options()))
    assert all(source.lookup(Subject(0, ip), SESSION) for source in sources)
    assert customers.problems.kept == []


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path, "127.0.0.1:9092")


def says(folder: Path, text: str) -> list[str]:
    script = folder / "sensor"
    script.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    script.chmod(0o755)
    return [str(script)]


def test_a_run_is_its_start_the_time_between_the_packets_and_the_delivery(site: Site, tmp_path: Path) -> None:
    metrics = "minesensor_start_time_seconds 1.7e+09\nminesensor_reading_time_seconds 1.70000000075e+09\n"
    (tmp_path / "metrics.prom").write_text(metrics, "utf-8")
    parts = _parts(says(tmp_path, 'echo "time       0.250 s, 1.00 Gbit/s" >&2'), site, tmp_path / "out")
    assert (parts.between_s, parts.after_s) == (0.25, 0.5)
    assert parts.start_s == pytest.approx(parts.usage.wall_s - 0.75)


def test_a_run_that_tells_no_time_is_an_error(site: Site, tmp_path: Path) -> None:
    with pytest.raises(ChildError, match="tells no time"):
        _parts(says(tmp_path, "true"), site, tmp_path / "out")
