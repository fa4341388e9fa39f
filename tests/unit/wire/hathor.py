"""Hathor's session, in words that are anybody's."""

from __future__ import annotations

from tests.unit.wire.talk import C, Message, S, says

ADDRESS = "H" + "x" * 33
UUID = "6a" * 16


def asks(method: str = "subscribe", **params: object) -> Message:
    return says(C, id=1, jsonrpc="2.0", method=method, params={"address": ADDRESS, "mine_txs": False, **params})


def job(job_id: str = UUID, **other: object) -> Message:
    params = {"data": "ab" * 80, "job_id": job_id, "nonce_size": 16, "weight": 40, **other}
    return says(S, id=None, jsonrpc="2.0", method="job", params=params)


def share(job_id: str = UUID, method: str = "submit") -> Message:
    return says(C, id=2, jsonrpc="2.0", method=method, params={"job_id": job_id, "nonce": "00" * 16})


OK = says(S, id=1, jsonrpc="2.0", result="ok")
TAKEN = says(S, id=2, jsonrpc="2.0", result="ok")
HATHOR = [asks(), OK, job(), share(), TAKEN]
