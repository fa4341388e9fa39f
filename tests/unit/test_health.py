from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from sensor.health import EngineBuild
from sensor.model import InputReport
from sensor.summary import Summary, health
from tests.contract import hold
from tests.e2e.commandline import ROOT, run
from tests.messages import a_health

DAY_NS = 86_400 * 1_000_000_000
ENGINE = EngineBuild("1.2", "release", "x86_64-linux")
READ = Summary(
    inputs=[
        InputReport("/home/li/b.pcap", "pcapng", 3, 300, 20_000 * DAY_NS, 20_002 * DAY_NS, {"bad_length": 1}),
        InputReport("/home/li/a.pcap", "pcap", 1, 60, 19_999 * DAY_NS + 1, 20_001 * DAY_NS, {}),
        InputReport("/home/li/c.pcap", "pcap", 0, 0, None, None, {}),
    ],
    failures=[],
    packets=4,
    wire_bytes=360,
    flows_tcp=3,
    flows_udp=1,
    flows_tcp_one_way=1,
    packets_cut=1,
    payload_bytes_cut=2,
    undecoded={"snap_cut": 1},
    drops={"gap_bytes": 2},
    messages_odd={"not_json": 3},
    list_age_days=9,
    findings=2,
    sightings=1,
    seconds=2.0,
    is_interrupted=False,
)
LIST = datetime.date(2024, 10, 1)


def test_it_says_what_could_be_seen_and_names_no_file() -> None:
    made = health(READ, "north-1", ENGINE, LIST)
    encoded = msgspec.json.encode(made)
    hold(json.loads(encoded))
    assert b"/home" not in encoded
    assert (made.first_seen, made.last_seen) == ("2024-10-03T00:00:00.000000001Z", "2024-10-06T00:00:00.000000000Z")
    assert [(each.format, each.packets, each.problems) for each in made.inputs] == [
        ("pcapng", 3, {"bad_length": 1}),
        ("pcap", 1, {}),
        ("pcap", 0, {}),
    ]
    assert (made.flows.tcp_one_way, made.flows.one_way_share) == (1, 0.3333)
    assert (made.undecoded, made.drops, made.messages_odd) == (READ.undecoded, READ.drops, READ.messages_odd)
    assert (made.lists.oldest_as_of, made.lists.age_days) == ("2024-10-01", 5)
    assert (made.findings, made.sightings, made.is_complete) == (2, 1, True)


def test_lists_newer_than_the_traffic_have_a_negative_age() -> None:
    assert health(READ, "s", ENGINE, datetime.date(2024, 10, 8)).lists.age_days == -2


def test_without_packets_and_lists_it_is_as_its_schema_too() -> None:
    nothing = msgspec.structs.replace(READ, inputs=[], flows_tcp=0, flows_tcp_one_way=0)
    made = msgspec.json.decode(msgspec.json.encode(health(nothing, "s", ENGINE, None)))
    hold(made)
    assert not {"first_seen", "last_seen"} & made.keys()
    assert made["lists"] == {}
    assert "one_way_share" not in made["flows"]


def test_of_a_hundred_thousand_inputs_some_are_listed_and_all_counted() -> None:
    many = msgspec.structs.replace(READ, inputs=READ.inputs * 500)
    made = health(many, "s", ENGINE, LIST)
    assert (len(made.inputs), made.inputs_count) == (1000, 1500)


@pytest.mark.parametrize(
    "change",
    [
        lambda: msgspec.structs.replace(READ, packets=5),
        lambda: msgspec.structs.replace(READ, drops={}),
        lambda: msgspec.structs.replace(READ, is_interrupted=True),
    ],
)
def test_its_name_is_made_of_what_it_says_and_not_of_the_clock(change: Callable[[], Summary]) -> None:
    first = health(READ, "s", ENGINE, LIST)
    slower = msgspec.structs.replace(READ, seconds=9.0, list_age_days=100)
    assert health(slower, "s", ENGINE, LIST) == first
    assert health(change(), "s", ENGINE, LIST).health_id != first.health_id
    assert a_health(1).health_id != a_health(2).health_id


# ---------------------------------------------------------------- as a user asks for it


def test_a_line_of_health_comes_where_it_is_asked_for_and_nowhere_else(tmp_path: Path) -> None:
    demo = ROOT / "pcaps" / "demo.pcap"
    plain = run("scan", "--json", "--findings", tmp_path / "a", demo)
    asked = run("scan", "--json", "--health", "--findings", tmp_path / "b", demo)
    lines = asked.stdout.splitlines()
    assert lines[:-1] == plain.stdout.splitlines()
    assert (tmp_path / "a").read_bytes() == plain.stdout
    assert (tmp_path / "b").read_bytes() == asked.stdout
    last = json.loads(lines[-1])
    hold(last)
    assert (last["kind"], last["occasion"], last["findings"]) == ("health", "scan_end", len(lines) - 1)


def test_the_same_capture_gives_the_same_record() -> None:
    demo = ROOT / "pcaps" / "demo.pcap"
    first, second = (run("scan", "--json", "--health", demo, hash_seed=seed).stdout for seed in ("0", "1"))
    assert first == second
