"""Folders as a whole: what is found, in which order, and what does not fit together."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sensor import limits
from signatures import schema
from signatures.loader import load
from signatures.schema import AnchorSide


def test_packaged_signatures_load_and_are_equal_each_time():
    first, second = load(), load()
    assert first.anchors == second.anchors
    assert (first.entries, first.names, first.addresses) == (second.entries, second.names, second.addresses)


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_order_does_not_depend_on_the_hash_seed(seed):
    code = "from signatures import load; s = load(); print(s.anchors, s.names)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(schema.__file__).rpartition("/signatures/")[0]},
        capture_output=True,
        text=True,
        check=True,
    )
    signatures = load()
    assert run.stdout.strip() == f"{signatures.anchors} {signatures.names}"


def test_bounds_are_those_of_the_sensor():
    assert schema.ANCHORS_MAX == limits.ANCHORS_MAX
    assert schema.ANCHOR_BYTES_MIN == limits.ANCHOR_BYTES_MIN
    assert schema.ANCHOR_DEPTH_BYTES_MAX == limits.HELD_BYTES_MAX


def test_packaged_anchors_keep_the_engine_s_rules():
    for carrier in schema.Carrier:
        anchors = [anchor for anchor in load().anchors if anchor.carrier is carrier]
        patterns = [anchor.pattern for anchor in anchors]
        assert 0 < len(patterns) == len(set(patterns)) <= schema.ANCHORS_MAX
        assert min(map(len, patterns)) >= schema.ANCHOR_BYTES_MIN
        assert not [(a, b) for a in patterns for b in patterns if a != b and a in b]
        assert all(anchor.protocols for anchor in anchors)


def test_an_anchor_of_another_carrier_is_another_anchor(write, protocol):
    write("protocols/p.toml", protocol)
    other = protocol.replace('name = "p"', 'name = "q"\ncarrier = "http"')
    anchors = load([write("protocols/q.toml", other)]).anchors
    assert [(anchor.carrier, anchor.protocols) for anchor in anchors] == [
        (schema.Carrier.LINES, ("p",)),
        (schema.Carrier.HTTP, ("q",)),
    ]


def test_shared_anchor_takes_the_widest_depth_and_both_sides(write, protocol):
    write("protocols/p.toml", protocol)
    other = protocol.replace('name = "p"', 'name = "q"').replace('"miner"', '"pool"').replace("64", "128")
    (anchor,) = load([write("protocols/q.toml", other)]).anchors
    assert (anchor.depth, anchor.side, anchor.protocols) == (128, AnchorSide.ANY, ("p", "q"))


def test_anchor_inside_another_is_refused(write, complaint, protocol):
    write("protocols/p.toml", protocol)
    other = protocol.replace('name = "p"', 'name = "q"').replace("mining.example", "mining.ex")
    root = write("protocols/q.toml", other)
    assert complaint(lambda: load([root])) == (
        "protocols/q.toml:1: anchor 'mining.ex' is part of anchor 'mining.example'; remove one of them"
    )


def test_too_many_anchors_are_refused_in_the_file_that_goes_beyond(write, complaint, protocol):
    write("protocols/p.toml", protocol)
    anchors = "".join(f'[[anchor]]\npattern = "anchor{i:02}"\nside = "any"\ndepth = 1\n' for i in range(64))
    head = protocol.replace('name = "p"', 'name = "q"')[: protocol.index("[[anchor]]")]
    root = write("protocols/q.toml", head + anchors)
    assert complaint(lambda: load([root])) == ("protocols/q.toml:1: 65 anchors in all, 64 are the limit; remove some")


def test_list_name_used_twice_is_refused(write, complaint, pool_list):
    write("pools/a.toml", pool_list)
    root = write("pools/b.toml", pool_list)
    assert complaint(lambda: load([root])) == ("pools/b.toml:1: list 'x' is also in pools/a.toml; rename one")


def test_protocol_name_used_twice_is_refused(write, complaint, protocol):
    write("one/protocols/p.toml", protocol)
    root = write("two/protocols/p.toml", protocol)
    assert complaint(lambda: load([root / "one", root / "two"])) == (
        "two/protocols/p.toml:1: protocol 'p' is also in one/protocols/p.toml; rename one"
    )


def test_missing_folder_is_refused(complaint, tmp_path):
    assert complaint(lambda: load([tmp_path / "nowhere"])) == "nowhere:1: no such folder; correct the path"


def test_too_many_files_are_refused(write, complaint, pool_list):
    for number in range(257):
        root = write(f"pools/{number}.toml", "")
    assert complaint(lambda: load([root])) == "pools:1: more than 256 files; join some"


def test_empty_folder_is_no_signatures(tmp_path):
    signatures = load([tmp_path])
    assert (signatures.protocols, signatures.anchors, signatures.lists, signatures.names) == ((), (), (), ())


def test_files_beside_the_folders_they_belong_into_are_told(write, complaint, pool_list):
    folder = write("x.toml", pool_list)
    words = complaint(lambda: load([folder]))
    assert words.endswith("no folder protocols or pools in it; put the files into one of these")


def test_a_folder_that_cannot_be_read_is_not_taken_for_an_empty_one(write, complaint, tmp_path):
    # Not even root may read what is no folder; what may not be read says so in the same way.
    folder = write("pools", "x")
    assert complaint(lambda: load([folder])) == "pools:1: cannot be read: not a directory; check path and rights"


def test_a_mark_of_the_encoding_is_no_mistake(write, pool_list):
    assert load([write("pools/x.toml", "\ufeff" + pool_list)]).names


@pytest.mark.parametrize(("bound", "what"), [("NAMES_MAX", "names"), ("ADDRESSES_MAX", "addresses with their ports")])
def test_more_rows_than_the_engine_takes_are_told(write, complaint, pool_list, monkeypatch, bound, what):
    monkeypatch.setattr(f"signatures.loader.{bound}", 0)
    folder = write("pools/x.toml", pool_list)
    assert complaint(lambda: load([folder])).endswith(f"{what} in all lists, 0 are the limit; shorten it")


def test_row_of_a_later_folder_replaces_that_of_an_earlier_one(write, pool_list):
    write("one/pools/x.toml", pool_list)
    mine = pool_list.replace('name = "x"', 'name = "mine"').replace("3333,4444", "25")
    root = write("two/pools/mine.toml", mine.replace("192.0.2.10 3333", "192.0.2.10 25"))
    signatures = load([root / "one", root / "two"])
    assert signatures.names[0] == ("pool.example.com", False, (25,), 3)
    assert signatures.addresses == (("192.0.2.10", 32, 25, 5),)
    assert signatures.entries[3].list_name == "mine"


def test_files_that_are_not_toml_are_left_alone(write, pool_list):
    write("pools/README", "not for us")
    assert len(load([write("pools/x.toml", pool_list)]).lists) == 1
