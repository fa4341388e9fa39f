"""Shares, their answers, and an account of them at a difficulty."""

from __future__ import annotations

from sensor.detect.work import WorkAccount
from sensor.event import LowShare, Share, ShareResult
from sensor.model import Side, Work

SECOND = 1_000_000_000


def share(key: int, worth: float | None, at: float = 0) -> Share:
    return Share(Side.A, round(at * SECOND), key, "j", None, worth, None)


def answer(
    key: int | None,
    *,
    at: float = 0,
    accepted: bool = False,
    stale: bool = False,
    duplicate: bool = False,
    low: bool = False,
) -> ShareResult:
    kind = LowShare if low else ShareResult
    return kind(Side.B, round(at * SECOND), key, accepted, stale, duplicate, None)


def account(worth: float = 10.0, *, is_holed: bool = False) -> WorkAccount:
    begun = WorkAccount(is_holed=is_holed)
    begun.job(0, worth, None)
    return begun


def seen(counted: WorkAccount, until: float = 100, *, is_edge: bool = False) -> Work:
    work = counted.seen(round(until * SECOND), is_edge=is_edge)
    assert work is not None
    return work
