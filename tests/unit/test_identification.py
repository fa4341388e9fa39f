from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from enrichment import Customers, Geo, Library
from enrichment.base import Options, Source
from sensor.finding import Finding, Sighting
from sensor.identification import Identification
from sensor.message import Message
from sensor.ownership import Attribution, DataFile, GeoPlace
from sensor.pseudonym import Domain, Pseudonyms
from sensor.times import rfc3339
from tests.findings import MINER, finding, sighting
from tests.lab.mmdb import BUILT, asn, city, write_mmdb

NETWORK = "203.0.113.0/24"
PSEUDONYMS = Pseudonyms(bytes(32))
SWAPS = 100


def steps(files: Mapping[type[Source], list[Path]], pseudonyms: Pseudonyms | None = None) -> Identification:
    return Identification((), Library(files, Options()), pseudonyms)


def offer(path: Path, data: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(data)
    os.replace(fresh, path)  # noqa: PTH105


def answered(message: Message) -> tuple[str, DataFile]:
    """The city that the finding names, and the file that it says answered."""
    body = message.body
    assert isinstance(body, Finding)
    attribution = body.attribution
    assert isinstance(attribution, Attribution)
    assert isinstance(attribution.place, GeoPlace)
    assert isinstance(attribution.place.city, str)
    return attribution.place.city, attribution.data_versions[-1]


def build(path: Path, name: str, built: int) -> Path:
    return write_mmdb(path, {NETWORK: city("CN", "JL", name)}, "GeoLite2-City", built=built)


def test_a_finding_becomes_a_message_with_owner_and_key(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    offer(path, f"prefix,kind,customer,site\n{NETWORK},idc,C-1,Hall 1\n".encode())
    message = steps({Customers: [path]}, PSEUDONYMS).message(finding())
    assert isinstance(message.body, Finding)
    assert isinstance(message.body.attribution, Attribution)
    assert message.body.attribution.site == "Hall 1"
    assert message.key == PSEUDONYMS.of(Domain.SITE, "C-1", "Hall 1")


def test_a_sighting_becomes_a_message_too() -> None:
    message = steps({}, PSEUDONYMS).message(sighting())
    assert isinstance(message.body, Sighting)
    assert message.key == message.body.miner.subject


def test_broken_rows_are_told_from_the_start_and_with_each_new_file(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    offer(path, f"prefix,kind\n{NETWORK},idc\nx,idc\n".encode())
    identification = steps({Customers: [path]}, PSEUDONYMS)
    assert [problem.where for problem in identification.problems()] == [f"{path}:3"]
    assert identification.refresh() == []
    offer(path, f"prefix,kind\ny,idc\n{NETWORK},idc\nz,idc\n".encode())
    assert [problem.where for problem in identification.refresh()] == [f"{path}:2", f"{path}:4"]


def test_who_becomes_a_customer_while_it_runs_is_named_in_findings_that_open_then(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    offer(path, b"prefix,kind\n192.0.2.1,idc\n")
    identification = steps({Customers: [path]}, PSEUDONYMS)
    first = identification.message(finding()).body
    offer(path, f"prefix,kind,customer\n{NETWORK},enterprise,C-1\n".encode())
    assert identification.refresh() == []
    again, later = (identification.message(finding(finding_id=name)).body for name in (finding().finding_id, "9" * 32))
    assert isinstance(first, Finding)
    assert isinstance(again, Finding)
    assert isinstance(later, Finding)
    assert (first.miner.subject, first.finding_id) == (again.miner.subject, again.finding_id)
    assert later.miner.ip == MINER


def test_in_a_hundred_swaps_each_finding_names_the_file_that_answered_and_none_is_without(tmp_path: Path) -> None:
    """Between good files a truncated, an empty, a foreign and an older one are offered."""
    path = build(tmp_path / "city.mmdb", "city 0", BUILT)
    foreign = write_mmdb(tmp_path / "foreign", {NETWORK: asn(64500, "x")}, "GeoLite2-ASN", built=BUILT + 10_000)
    older = build(tmp_path / "older", "older", BUILT - 60)
    bad = [path.read_bytes()[:-1], b"", foreign.read_bytes(), older.read_bytes()]
    identification = steps({Geo: [path]})
    hashes = set()
    for number in range(SWAPS + 1):
        name, file = answered(identification.message(finding(finding_id=f"{number:032x}")))
        assert (name, file.file, file.built) == (f"city {number}", "city.mmdb", rfc3339((BUILT + number) * 10**9))
        hashes.add(file.sha256)
        offer(path, bad[number % len(bad)])
        (problem,) = identification.refresh()
        assert str(problem).endswith("; the one in use stays")
        assert answered(identification.message(finding(finding_id=f"{number:032x}")))[1] == file
        build(path, f"city {number + 1}", BUILT + number + 1)
        assert identification.refresh() == []
    assert len(hashes) == SWAPS + 1


@pytest.mark.parametrize("pseudonyms", [None, PSEUDONYMS])
def test_mail_leaves_with_neither(pseudonyms: Pseudonyms | None) -> None:
    body = steps({}, pseudonyms).message(finding()).body
    assert isinstance(body, Finding)
    assert "jane" not in str(body)
