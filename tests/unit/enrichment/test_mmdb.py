from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maxminddb.decoder import Decoder

from enrichment import mmdb
from enrichment.addresses import Address, normalise
from enrichment.base import EnrichmentError
from enrichment.model import DataVersion
from tests.lab.mmdb import BUILT, city, write_mmdb

MARKER = b"\xab\xcd\xefMaxMind.com"
ADAPTERS = (mmdb.Adapter(re.compile("City"), lambda record: record),)
NETWORKS = {f"10.{number}.0.0/16": city("CN", "JL", f"city {number}") for number in range(50)}


def load(path: Path, previous: DataVersion | None = None) -> mmdb.Database:
    return mmdb.load(path, "city", ADAPTERS, previous)


def look(database: mmdb.Database, ip: str) -> tuple[object, str] | None:
    address = normalise(ip)
    assert address is not None
    return database.get(address)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("mmdb") / "city.mmdb"
    return write_mmdb(path, NETWORKS | {"2001:db8::/32": city("CN")}, "minesensor-City").read_bytes()


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> mmdb.Database:
    """Networks of many lengths, some within others."""
    networks = {f"10.{1 << bit % 8}.0.0/{bit}": city("CN", "JL", f"city {bit}") for bit in range(14, 30)}
    return load(write_mmdb(tmp_path_factory.mktemp("narrow") / "city.mmdb", networks, "minesensor-City"))


def test_the_version_is_that_of_the_very_bytes(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "GeoLite2-City.mmdb"
    path.write_bytes(sound)
    assert load(path).version == DataVersion("city", path.name, hashlib.sha256(sound).hexdigest(), BUILT)


def test_an_entry_comes_with_the_network_it_is_kept_for(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(sound)
    database = load(path)
    assert look(database, "10.7.1.2") == (NETWORKS["10.7.0.0/16"], "10.7.0.0/16")
    assert look(database, "2001:db8:1::1") == (city("CN"), "2001:db8::/32")
    assert look(database, "203.0.113.1") is None


def test_an_entry_is_read_once_for_all_addresses_of_its_leaf(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(sound)
    read: list[object] = []
    database = mmdb.load(path, "city", (mmdb.Adapter(re.compile("City"), read.append),), None)
    for number in range(3):
        look(database, f"10.7.{number}.1")
        look(database, f"10.8.{number}.1")
    assert read == [NETWORKS["10.7.0.0/16"], NETWORKS["10.8.0.0/16"]]


@settings(max_examples=50, deadline=None)
@given(numbers=st.lists(st.integers(0, (1 << 32) - 1), min_size=1, max_size=40))
def test_what_was_kept_of_other_addresses_changes_no_answer(numbers: list[int], narrow: mmdb.Database) -> None:
    fresh = mmdb.Database(narrow._reader, ADAPTERS[0], narrow.version)
    for number in numbers:
        # Most random addresses lie in no network; these all lie in or beside one.
        address = Address(4, 10 << 24 | number >> 8)
        alone = mmdb.Database(narrow._reader, ADAPTERS[0], narrow.version)
        assert fresh.get(address) == alone.get(address)


def test_a_file_for_ipv4_knows_no_ipv6(tmp_path: Path) -> None:
    database = load(write_mmdb(tmp_path / "x", NETWORKS, "City", ip_version=4))
    assert look(database, "2001:db8::1") is None
    assert look(database, "::ffff:10.7.1.2") is not None


def test_overwriting_the_file_in_place_changes_no_answer(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(sound)
    database = load(path)
    path.write_bytes(b"")
    assert look(database, "10.7.1.2") is not None


def complaint(path: Path, previous: DataVersion | None = None) -> str:
    with pytest.raises(EnrichmentError) as caught:
        load(path, previous)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("data", "what"),
    [(b"", "an empty file; get it again"), (b"x" * 5000, "no MaxMind DB file, or cut short; get it again")],
)
def test_what_is_no_database_is_one_line(data: bytes, what: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(data)
    assert complaint(tmp_path / "x").startswith(what)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    assert complaint(tmp_path / "none") == "no such file or directory; correct the path or its rights"
    assert complaint(tmp_path) == "is a directory; correct the path or its rights"


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99, -100, -3, -2, -1])
def test_a_file_cut_anywhere_is_refused(kept: float, sound: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(sound[: round(len(sound) * kept) if kept > 0 else int(kept)])
    assert complaint(tmp_path / "x").startswith("no MaxMind DB file, or cut short; ")


def test_a_file_with_a_hole_in_its_data_is_refused(sound: bytes, tmp_path: Path) -> None:
    begin = sound.index(b"city 3")
    (tmp_path / "x").write_bytes(sound[: begin - 100] + b"\xff" * 200 + sound[begin + 100 :])
    assert complaint(tmp_path / "x").startswith("damaged; get it again")


def test_a_database_of_another_type_is_refused(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "x", NETWORKS, "GeoLite2-ASN\n")
    assert complaint(path) == "a database of type 'GeoLite2-ASN\\n', not for city; give the right file"


def test_a_database_without_networks_is_refused(tmp_path: Path) -> None:
    assert complaint(write_mmdb(tmp_path / "x", {}, "City")) == "holds no networks; get it again"


def test_one_network_is_enough_wherever_it_lies(tmp_path: Path) -> None:
    database = load(write_mmdb(tmp_path / "x", {"203.0.113.9/32": city("CN")}, "City"))
    assert look(database, "203.0.113.9") is not None


def test_an_older_build_is_refused_and_the_same_or_a_newer_one_is_not(tmp_path: Path) -> None:
    in_use = load(write_mmdb(tmp_path / "x", NETWORKS, "City")).version
    path = write_mmdb(tmp_path / "x", NETWORKS, "City", built=BUILT - 1)
    assert complaint(path, in_use) == "older than the one in use; it stays, get a newer file"
    for built in (BUILT, BUILT + 1):
        path = write_mmdb(tmp_path / "x", NETWORKS, "City", built=built)
        assert load(path, in_use).version.build_epoch == built


def test_a_database_without_a_date_is_refused(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "x", NETWORKS, "City", built=0)
    assert complaint(path) == "does not say when it was built; get the file again"


def text(value: str) -> bytes:
    return bytes([2 << 5 | len(value)]) + value.encode()


def number(value: int) -> bytes:
    return bytes([8, 2]) + value.to_bytes(8, "big")


def with_metadata(sound: bytes, **changes: bytes | None) -> bytes:
    """A file with metadata of its own: fields left out (None), changed or added, as they are written in bytes."""
    start = sound.rindex(MARKER) + len(MARKER)
    known = Decoder(sound, start).decode(start)[0]
    assert isinstance(known, dict)
    fields = {name: text(value) if isinstance(value, str) else b"" for name, value in known.items()}
    fields |= {name: number(value) for name, value in known.items() if isinstance(value, int)}
    fields |= {"languages": bytes([1, 4]) + text("en"), "description": bytes([7 << 5])}
    left = {name: value for name, value in (fields | changes).items() if value is not None}
    return sound[:start] + bytes([7 << 5 | len(left)]) + b"".join(text(name) + value for name, value in left.items())


@pytest.mark.parametrize(
    "changes",
    [
        {"languages": None, "description": None},
        {"description": None},
        {"author": text("somebody")},
        {"languages": None, "custom": bytes([7 << 5 | 1]) + text("a") + text("b")},
    ],
)
def test_metadata_may_say_less_and_more_than_is_usual(
    changes: dict[str, bytes | None], sound: bytes, tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(with_metadata(sound, **changes))
    database = load(tmp_path / "x")
    assert look(database, "10.7.0.1") == (NETWORKS["10.7.0.0/16"], "10.7.0.0/16")
    assert database.version.sha256 == hashlib.sha256((tmp_path / "x").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"node_count": None}, "no MaxMind DB file, or cut short"),
        ({"author": text("x"), "node_count": text("many")}, "no MaxMind DB file, or cut short"),
        ({"author": text("x"), "database_type": bytes([7 << 5])}, "no MaxMind DB file, or cut short"),
        ({"binary_format_major_version": number(3)}, "of version 3 of the format; get one of version 2"),
        # No date has so many seconds: it ended the doctor with a traceback.
        ({"build_epoch": number((1 << 63) + 1)}, "does not say when it was built"),
    ],
)
def test_metadata_that_cannot_be_are_one_line(
    changes: dict[str, bytes | None], what: str, sound: bytes, tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(with_metadata(sound, **changes))
    assert complaint(tmp_path / "x").startswith(what)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_the_bytes_nothing_raises_but_the_one_error(data: st.DataObject, sound: bytes) -> None:
    changed = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 8))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    reader = mmdb._open(Path("x"), sound)
    try:
        reader = mmdb._open(Path("x"), bytes(changed))
    except EnrichmentError:
        return
    # Also what the canaries did not meet: a database of which only a part is damaged.
    database = mmdb.Database(reader, ADAPTERS[0], DataVersion("city", "x", ""))
    for number in range(50):
        look(database, f"10.{number}.1.1")
    look(database, "2001:db8::1")
