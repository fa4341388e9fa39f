"""What holds for every source there is: one test over the list."""

from __future__ import annotations

import builtins
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import enrichment
from enrichment import SOURCES, EnrichmentError, Options, Source
from enrichment.model import DataVersion, Facts, Interval, Level, Owner, Subject
from tests.lab.mmdb import asn, city, write_mmdb

KNOWN = "203.0.113.7"
INTERVAL = Interval(1_772_438_400_000_000_000, 1_772_442_000_000_000_000)


def files(folder: Path) -> dict[str, Path]:
    """A sound file for each source, which knows 203.0.113.0/24."""
    network = "203.0.113.0/24"
    customers = folder / "customers.csv"
    customers.write_text(f"prefix,kind,customer,site\n{network},idc,C-1,hall\n")
    return {
        "customers": customers,
        "city": write_mmdb(folder / "city.mmdb", {network: city("CN", "JL", "Changchun")}, "GeoLite2-City"),
        "asn": write_mmdb(folder / "asn.mmdb", {network: asn(64500, "Example")}, "GeoLite2-ASN"),
    }


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Source]:
    paths = files(tmp_path_factory.mktemp("sources"))
    return {kind.name: kind.load([paths[kind.name]], Options(), None) for kind in SOURCES}


each = pytest.mark.parametrize("name", [kind.name for kind in SOURCES])


def test_names_are_distinct_and_each_has_a_file_and_a_test() -> None:
    names = [kind.name for kind in SOURCES]
    assert len(set(names)) == len(names)
    for kind in SOURCES:
        module = kind.__module__.rpartition(".")[2]
        assert (Path(__file__).parent / f"test_{module}.py").exists()
        assert (Path(enrichment.__file__).parent / f"{module}.py").exists()


@each
def test_what_is_known_comes_with_a_hop_a_level_and_a_version(name: str, loaded: dict[str, Source]) -> None:
    facts = loaded[name].lookup(Subject(0, KNOWN), INTERVAL)
    assert isinstance(facts, Facts)
    assert facts.says is not None
    assert facts.hop.source == name
    assert 0 < facts.hop.confidence < 1
    assert facts.level in Level
    (version,) = loaded[name].versions
    assert isinstance(version, DataVersion)
    assert (version.source, len(version.sha256)) == (name, 64)


@each
def test_what_is_not_known_is_none(name: str, loaded: dict[str, Source]) -> None:
    for ip in ("198.51.100.1", "2001:db8::1", "::ffff:198.51.100.1"):
        assert loaded[name].lookup(Subject(0, ip), INTERVAL) is None


@each
@pytest.mark.parametrize("ip", ["::ffff:203.0.113.7", "2002:cb00:7107::1", "64:ff9b::cb00:7107"])
def test_every_spelling_of_an_address_has_the_same_answer(name: str, ip: str, loaded: dict[str, Source]) -> None:
    source = loaded[name]
    assert source.lookup(Subject(0, ip), INTERVAL) == source.lookup(Subject(0, KNOWN), INTERVAL)


@each
def test_an_answer_is_the_same_each_time_and_needs_no_file(
    name: str, loaded: dict[str, Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = loaded[name].lookup(Subject(0, KNOWN), INTERVAL)

    def closed(*_: object, **__: object) -> None:
        raise AssertionError("a lookup opened a file")

    for module in (builtins, io, os):
        monkeypatch.setattr(module, "open", closed)
    assert loaded[name].lookup(Subject(0, KNOWN), INTERVAL) == before


@each
def test_only_who_tells_the_owner_looks_at_the_time(name: str, loaded: dict[str, Source]) -> None:
    source = loaded[name]
    facts = source.lookup(Subject(0, KNOWN), INTERVAL)
    assert facts is not None
    assert isinstance(facts.says, Owner) is source.tells_owner
    if not source.tells_owner:
        assert source.lookup(Subject(0, KNOWN), Interval(0, 0)) == facts


ADDRESSES = st.ip_addresses().map(str) | st.text(max_size=50) | st.sampled_from([KNOWN, "", "fe80::1%lo", "::", "0"])
TIMES = st.integers(-(1 << 63), (1 << 63) - 1)
SUBJECTS = st.builds(Subject, st.integers(0, 65_535), ADDRESSES, st.integers(0, 65_535), st.just("tcp"))


@each
@given(subject=SUBJECTS, interval=st.builds(Interval, TIMES, TIMES))
def test_nothing_that_is_asked_raises(
    name: str, subject: Subject, interval: Interval, loaded: dict[str, Source]
) -> None:
    facts = loaded[name].lookup(subject, interval)
    assert facts is None or facts.hop.source == name


@each
@pytest.mark.parametrize("data", [b"", b"\x00" * 4096, b"\xab\xcd\xefMaxMind.com\xe0", b"prefix,kind\n\xff\xff,\n"])
def test_a_file_that_is_none_is_one_line_that_names_it(name: str, data: bytes, tmp_path: Path) -> None:
    (kind,) = [kind for kind in SOURCES if kind.name == name]
    path = tmp_path / "offered"
    path.write_bytes(data)
    with pytest.raises(EnrichmentError) as caught:
        kind.load([path], Options(), None)
    text = str(caught.value)
    assert text.startswith(str(path))
    assert "; " in text
    assert text.isprintable()
