from __future__ import annotations

import json
from pathlib import Path

import pytest

from sensor import wire
from sensor.finding import Stage
from sensor.model import Endpoint
from tests.corpus.truth import DIALECTS, TRUTH_FILE, TruthError, load
from tests.unit.corpus.crafted import stream


def write(folder: Path, *streams: dict[str, object]) -> Path:
    whole = {"positives/a.pcap": {"packets": 7, "streams": list(streams)}}
    (folder / TRUTH_FILE).write_text(json.dumps(whole), encoding="utf-8")
    return folder


def told(**changes: object) -> dict[str, object]:
    return {
        "stream": 3,
        "client": "192.0.2.10:50000",
        "server": "203.0.113.5:3333",
        "variant": "stratum-v1",
        "stage": "working",
        "first": 1700000100.25,
        "duration": 1.5,
        "jobs": 1,
        "submits": 1,
        "accepted": 1,
        "rejected": 0,
        "gaps": 0,
        **changes,
    }


def test_a_stream_is_read_with_its_ends_and_times_and_other_members_are_let_be(tmp_path: Path) -> None:
    (true,) = load(write(tmp_path, told())).values()
    (one,) = true.streams
    assert (one.miner, one.pool) == (Endpoint("192.0.2.10", 50_000), Endpoint("203.0.113.5", 3333))
    # Seconds in floating point are good for a microsecond.
    assert one.first_ns == pytest.approx(1_700_000_100_250_000_000, abs=1000)
    assert one.last_ns == pytest.approx(1_700_000_101_750_000_000, abs=1000)


def test_an_ipv6_end_is_read_with_and_without_brackets() -> None:
    for client in ("2001:db8::7:50000", "[2001:db8::7]:50000"):
        assert stream(client=client).miner == Endpoint("2001:db8::7", 50_000)


def test_each_judged_variant_is_a_dialect_that_there_is() -> None:
    assert set(DIALECTS.values()) <= set(wire.DIALECTS)
    assert stream(variant="grin-stratum").dialect is None


def test_of_credentials_over_http_the_user_is_the_login() -> None:
    assert stream(variant="http-getwork", users=("acct:x:y", "me")).logins == ("acct", "me")
    assert stream(variant="stratum-v1", users=("acct:x",)).logins == ("acct:x",)


@pytest.mark.parametrize(
    ("counts", "is_a"),
    [
        ({"submits": 1, "jobs": 0, "accepted": 0}, False),
        ({"submits": 1, "jobs": 1, "accepted": 0}, True),
        ({"submits": 1, "jobs": 0, "accepted": 1}, True),
        ({"submits": 0, "jobs": 9, "accepted": 0}, False),
    ],
)
def test_grade_a_needs_a_share_and_a_word_of_the_pool(counts: dict[str, int], is_a: bool) -> None:
    assert stream(Stage.WORKING, 0, **counts).is_grade_a is is_a


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"stage": "napping"}, "napping"), ({"jobs": "many"}, "jobs"), ({"client": None}, "client")],
)
def test_a_truth_of_the_wrong_form_is_told_with_its_place(
    tmp_path: Path, changes: dict[str, object], word: str
) -> None:
    with pytest.raises(TruthError, match=word) as told_of:
        load(write(tmp_path, told(**changes)))
    assert TRUTH_FILE in str(told_of.value)


def test_a_folder_without_truth_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match="name a folder with positives") as told_of:
        load(tmp_path)
    assert "\n" not in str(told_of.value)
