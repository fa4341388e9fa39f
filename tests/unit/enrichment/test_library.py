from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from enrichment import Asn, Customers, EnrichmentError, Geo, Library, Options
from enrichment.model import Interval, Place, Subject
from tests.lab.mmdb import BUILT, asn, city, write_mmdb

INTERVAL = Interval(0, 0)
HERE = Subject(0, "203.0.113.7")
NETWORK = "203.0.113.0/24"
SWAPS = 100


def offer(path: Path, data: bytes) -> None:
    """Puts a file in the place of another as one step."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(data)
    os.replace(fresh, path)  # noqa: PTH105


def build(path: Path, name: str, built: int = BUILT) -> Path:
    return write_mmdb(path, {NETWORK: city("CN", "JL", name)}, "GeoLite2-City", built=built)


def city_of(library: Library) -> tuple[str, int | None]:
    """The city that is answered, and when the file that is named was built."""
    edition = library.edition
    (source,) = edition.sources
    facts = source.lookup(HERE, INTERVAL)
    assert facts is not None
    assert isinstance(facts.says, Place)
    return facts.says.city, edition.versions[0].build_epoch


def test_nothing_changes_while_no_file_does(tmp_path: Path) -> None:
    library = Library({Geo: [build(tmp_path / "x", "one")]}, Options())
    edition = library.edition
    assert library.refresh() == []
    assert library.edition is edition
    assert edition.generation == 1


def test_a_replaced_file_is_taken_whole_with_its_version(tmp_path: Path) -> None:
    library = Library({Geo: [build(tmp_path / "x", "one")]}, Options())
    before = library.edition
    build(tmp_path / "x", "two", BUILT + 60)
    assert library.refresh() == []
    assert city_of(library) == ("two", BUILT + 60)
    assert library.edition.generation == 2
    # Whoever still holds the old edition is answered from the old file.
    assert before.versions[0].build_epoch == BUILT


@pytest.mark.parametrize("bad", ["truncated", "wrong type", "older", "empty", "gone"])
def test_a_bad_file_is_told_once_and_the_good_one_stays(bad: str, tmp_path: Path) -> None:
    path = build(tmp_path / "x", "one")
    library = Library({Geo: [path]}, Options())
    match bad:
        case "truncated":
            offer(path, path.read_bytes()[:-40])
        case "wrong type":
            write_mmdb(path, {NETWORK: asn(64500, "x")}, "GeoLite2-ASN", built=BUILT + 1)
        case "older":
            build(path, "before", BUILT - 1)
        case "empty":
            offer(path, b"")
        case "gone":
            path.unlink()
    (problem,) = library.refresh()
    assert str(problem).startswith(f"{path}: ")
    assert str(problem).endswith("; the one in use stays")
    assert library.refresh() == []
    assert city_of(library) == ("one", BUILT)
    build(path, "two", BUILT + 2)
    assert library.refresh() == []
    assert city_of(library) == ("two", BUILT + 2)


def test_customers_are_replaced_in_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    offer(path, f"prefix,kind,customer\n{NETWORK},idc,one\n".encode())
    library = Library({Customers: [path]}, Options())
    offer(path, b"prefix,customer\n")
    (problem,) = library.refresh()
    assert "no column 'kind'" in str(problem)
    offer(path, f"prefix,kind,customer\n{NETWORK},idc,two\n203.0.113.7,x,three\n".encode())
    (problem,) = library.refresh()
    assert str(problem) == f"{path}:3: kind 'x' is none; write one of enterprise, idc, household, unknown"
    assert library.problems() == [problem]
    facts = library.edition.sources[0].lookup(Subject(0, "203.0.113.8"), INTERVAL)
    assert facts is not None
    assert facts.says is not None
    assert library.edition.generation == 2


def test_at_the_start_a_bad_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EnrichmentError, match="no such file"):
        Library({Geo: [tmp_path / "none"]}, Options())


def test_sources_without_files_are_left_out(tmp_path: Path) -> None:
    library = Library({Customers: [], Geo: [], Asn: []}, Options())
    assert library.edition.sources == ()
    assert library.edition.versions == ()


def test_a_hundred_swaps_under_load_lose_no_answer(tmp_path: Path) -> None:
    """Readers look up without pause while good, truncated, foreign and older files take each other's place."""
    path = build(tmp_path / "x", "city 0")
    foreign = write_mmdb(tmp_path / "foreign", {NETWORK: asn(64500, "x")}, "GeoLite2-ASN", built=BUILT + 10_000)
    older = build(tmp_path / "older", "older", BUILT - 60)
    bad = [path.read_bytes()[:-1], path.read_bytes()[:200], foreign.read_bytes(), older.read_bytes()]
    library = Library({Geo: [path]}, Options())
    done = threading.Event()
    answers: list[set[tuple[str, int | None]]] = [set(), set()]
    failures: list[BaseException] = []

    def read(seen: set[tuple[str, int | None]]) -> None:
        try:
            while not done.is_set():
                seen.add(city_of(library))
        except BaseException as error:  # noqa: BLE001  (a thread's failure must reach the test)
            failures.append(error)

    readers = [threading.Thread(target=read, args=(seen,)) for seen in answers]
    for reader in readers:
        reader.start()
    refused = 0
    for number in range(1, SWAPS + 1):
        offer(path, bad[number % len(bad)])
        refused += len(library.refresh())
        assert city_of(library) == (f"city {number - 1}", BUILT + number - 1)
        build(path, f"city {number}", BUILT + number)
        assert library.refresh() == []
        assert city_of(library) == (f"city {number}", BUILT + number)
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert refused == SWAPS
    # What was named is what answered, in each single lookup.
    good = {(f"city {number}", BUILT + number) for number in range(SWAPS + 1)}
    assert all(seen and seen <= good for seen in answers)
