"""Refusals in all their shapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.wire.faults import read_fault
from sensor.wire.jsonrpc import Rpc


@pytest.mark.parametrize(
    ("error", "code", "flags"),
    [
        ([21, "Job not found", None], 21, "stale share"),
        ([21, "Stale job!"], 21, "stale share"),
        ([22, "Duplicate share", None], 22, "duplicate share"),
        ([23, "Low difficulty share", None], 23, "share"),
        ([21, "low difficulty", None], 21, "share"),
        ([21, "Stale share of low difficulty", None], 21, "stale share"),
        ([37, "Stale share", None], 37, "stale share"),
        ([36, "Job not found", None], 36, "stale share"),
        ([24, "Unauthorized worker", None], 24, ""),
        ([25, "Not subscribed"], 25, ""),
        ([20, "Not supported.", None], 20, "method"),
        ([20, "Unknown method 'mining.get_transactions'", None], 20, "method"),
        ({"code": -32601, "message": "Procedure not found."}, -32601, "method"),
        ({"code": -1, "message": "Low difficulty share"}, -1, "share"),
        ({"code": -1, "message": "Block expired"}, -1, "stale share"),
        ({"code": -1, "message": "Block outdated"}, -1, "stale share"),
        ({"code": -1, "message": "Your miner is outdated"}, -1, ""),
        ({"code": -1, "message": "Duplicate share"}, -1, "duplicate share"),
        ({"code": -1, "message": "Invalid job id"}, -1, "stale share"),
        ({"code": -1, "message": "Unauthenticated"}, -1, ""),
        ({"message": "Low diff share"}, None, "share"),
        ("(20, 'Bad params', None)", 20, ""),
        ("stale", None, "stale share"),
        (True, None, ""),
        (None, None, ""),
        ([], None, ""),
        ({}, None, ""),
        (["Stale"], None, "stale share"),
        ([10**40, "x"], None, ""),
        ([True, 5], None, ""),
    ],
)
def test_a_refusal_is_read(error: object, code: int | None, flags: str) -> None:
    fault = read_fault(Rpc(error=error))
    found = {
        "stale": fault.stale,
        "duplicate": fault.duplicate,
        "share": fault.of_share,
        "method": fault.of_method,
    }
    assert (fault.code, {name for name, is_set in found.items() if is_set}) == (code, set(flags.split()))


def test_ckpool_gives_its_reason_beside_the_error() -> None:
    fault = read_fault(Rpc(result=False, error=None, reject_reason="Stale"))
    assert fault.stale


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200)


@given(SCALARS | st.lists(SCALARS, max_size=4) | st.dictionaries(st.sampled_from(["code", "message", "x"]), SCALARS))
def test_any_error_is_read(error: object) -> None:
    fault = read_fault(Rpc(error=error, reject_reason=error))
    assert not (fault.stale and fault.duplicate)
