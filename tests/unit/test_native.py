from __future__ import annotations

import os
import signal
import struct
import threading
from pathlib import Path

import msgspec
import pytest

from sensor.config import Limits, Settings
from sensor.limits import REALMS_MAX
from sensor.model import Chunk, FlowClosed, FlowOpened, Need, Side, Steering
from sensor.native import CaptureError, CaptureScan, Plan, PlanError, build_info, build_plan
from sensor.selftest import CASES, capture
from signatures import load
from signatures.schema import ADDRESSES_MAX, NAMES_MAX


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.pcap"
    path.write_bytes(capture(CASES[:1]))
    return path


def scan_of(path: Path, since_ns: int | None = None, until_ns: int | None = None) -> CaptureScan:
    plan = build_plan(load(), realms=Settings().realm_rows(), caps=Settings().caps())
    return CaptureScan(plan, [str(path)], since_ns, until_ns)


def test_the_engine_is_a_release_build() -> None:
    assert build_info()["profile"] == "release"


@pytest.mark.parametrize("end", ["minimum", "maximum"])
def test_the_engine_takes_whatever_the_settings_allow(end: str) -> None:
    allowed = msgspec.json.schema(Limits)["$defs"]["Limits"]["properties"]
    limits = Limits(**{name: about[end] for name, about in allowed.items()})
    realms = [(-1, -1, -1, -1, 1)] * REALMS_MAX
    assert build_plan(load(), realms=realms, caps=Settings(limits=limits).caps())


def test_the_engine_takes_as_many_rows_as_the_lists_may_have() -> None:
    names = [(f"h{number}.pool.example", False, (), 0) for number in range(NAMES_MAX)]
    addresses = [("192.0.2.1", 32, number % 65_536, number) for number in range(ADDRESSES_MAX)]
    anchors = [(b"mining.example", 9)]
    made = {"generation": 1, "anchors": anchors, "http_anchors": [], "realms": [], "caps": {}}
    assert Plan(names=names, addresses=addresses, **made)
    with pytest.raises(PlanError, match="names: 100001 rows"):
        Plan(names=[*names, ("one.example", False, (), 0)], addresses=[], **made)
    with pytest.raises(PlanError, match="addresses: 100001 rows"):
        Plan(names=[], addresses=[*addresses, addresses[0]], **made)


def test_counters_are_in_one_order(small: Path) -> None:
    orders = {tuple(scan_of(small).counters()) for _ in range(4)}
    assert len(orders) == 1


def test_tuples_become_the_types_of_the_model(small: Path) -> None:
    scan = scan_of(small)
    first = scan.read()
    assert first is not None
    opened, chunk = first[:2]
    assert isinstance(opened, FlowOpened)
    assert (opened.key.a.ip, opened.key.b.port, opened.midstream) == ("192.0.2.10", 40_000, False)
    assert isinstance(chunk, Chunk)
    assert chunk.side is Side.A
    assert chunk.data.startswith(b'{"id":1')
    seen = [*first]
    scan.steer([Steering(opened.flow_id, Need.MORE)])
    while batch := scan.read():
        seen += batch
    assert isinstance(seen[-1], FlowClosed)
    assert {observation.flow_id for observation in seen} == {opened.flow_id}


def test_an_ignored_flow_is_told_again_only_as_a_new_one(small: Path) -> None:
    scan = scan_of(small)
    first = scan.read()
    assert first
    scan.steer([Steering(first[0].flow_id, Need.IGNORE)])
    (again, *_) = [observation for batch in iter(scan.read, []) for observation in batch or ()]
    assert isinstance(again, FlowOpened)


def test_an_input_reports_what_was_read(small: Path) -> None:
    scan = scan_of(small)
    while scan.read() != []:
        pass
    (report,) = scan.inputs()
    assert (report.path, report.packets, report.problems) == (str(small), 14, {})
    assert scan.counters()["packets"] == 14
    assert scan.unknown_links() == {}
    assert scan.failures() == []
    assert scan.progress()[0] > 0


def test_a_window_leaves_out_the_rest(small: Path) -> None:
    scan = scan_of(small, since_ns=1_700_000_001_000_000_000)
    while scan.read() != []:
        pass
    assert scan.counters()["packets"] == 0


def test_what_is_no_capture_is_told_with_path_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) * 20)
    with pytest.raises(CaptureError) as caught:
        scan_of(path)
    where, what, remedy = caught.value.args
    assert where == str(path)
    assert what
    assert remedy


def test_what_lies_before_the_window_is_passed_over_in_turns_that_can_be_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "long.pcap"
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    path.write_bytes(header + struct.pack("<IIIIx", 1_700_000_000, 0, 1, 1) * 200_000)
    scan = scan_of(path, since_ns=1_800_000_000_000_000_000)
    turns, seen = 0, set[int]()
    while scan.read() != []:
        turns += 1
        seen.add(scan.progress()[0])
    (report,) = scan.inputs()
    assert turns == len(seen) == 3
    assert (report.packets, report.outside_window) == (0, 200_000)


def test_a_thread_of_this_process_may_write_to_the_pipe_that_is_opened(small: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        with pipe.open("wb") as sent:
            sent.write(small.read_bytes())

    def give_up(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    # Not what is tested: without it a failure would wait for ever.
    signal.alarm(30)
    writer = threading.Thread(target=write, daemon=True)
    try:
        writer.start()
        scan = scan_of(pipe)
        while scan.read() != []:
            pass
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    writer.join()
    (report,) = scan.inputs()
    assert (report.packets, report.problems) == (14, {})
