from __future__ import annotations

from sensor.detect.tally import Names, Tally
from sensor.limits import LOGINS_PER_SESSION_MAX, NAMES_CHARS_PER_SESSION_MAX, WORKERS_PER_SESSION_MAX
from sensor.model import Job, Login, Share, ShareResult, Side


def share(key: int, worker: str | None = None) -> Share:
    return Share(Side.A, 0, key, "j", worker, None, None)


def answer(key: int | None, *, accepted: bool = True, stale: bool = False, duplicate: bool = False) -> ShareResult:
    return ShareResult(Side.B, 0, key, accepted, stale, duplicate, None)


def test_submitted_is_the_sum_of_accepted_rejected_and_unanswered() -> None:
    tally = Tally()
    for key in range(5):
        tally.share(share(key))
    tally.share_result(answer(0))
    tally.share_result(answer(1, accepted=False, stale=True))
    tally.share_result(answer(2, accepted=False, duplicate=True))
    counts = tally.shares()
    assert (counts.submitted, counts.accepted, counts.rejected, counts.unanswered) == (5, 1, 2, 2)
    assert (counts.stale, counts.duplicate) == (1, 1)


def test_an_answer_without_its_submit_stands_for_one() -> None:
    tally = Tally()
    tally.share_result(answer(None))
    assert (tally.shares().submitted, tally.shares().unanswered) == (1, 0)


def test_logins_are_kept_as_sent_up_to_their_bound() -> None:
    tally = Tally()
    for number in range(LOGINS_PER_SESSION_MAX + 10):
        tally.login(Login(Side.A, 0, f"a.{number}", str(number), None, None))
    assert tally.logins.listed() == tuple(f"a.{number}" for number in range(LOGINS_PER_SESSION_MAX))
    assert tally.workers.count == LOGINS_PER_SESSION_MAX + 10


def test_workers_are_counted_exactly_beyond_those_listed() -> None:
    tally = Tally()
    for _ in range(2):
        for number in range(WORKERS_PER_SESSION_MAX):
            tally.share(share(number, f"rig{number}"))
    assert tally.workers.count == WORKERS_PER_SESSION_MAX
    assert len(tally.workers.listed()) < WORKERS_PER_SESSION_MAX


def test_workers_beyond_the_bound_are_not_counted() -> None:
    tally = Tally()
    for number in range(WORKERS_PER_SESSION_MAX + 100):
        tally.share(share(number, f"rig{number}"))
    assert tally.workers.count == WORKERS_PER_SESSION_MAX


def test_long_names_do_not_grow_the_text_that_is_kept() -> None:
    names = Names(256, 1024, NAMES_CHARS_PER_SESSION_MAX)
    for number in range(1000):
        names.add(f"{number:0250}")
    assert sum(map(len, names.listed())) <= NAMES_CHARS_PER_SESSION_MAX
    assert names.count == 1000


def test_a_name_that_is_no_text_of_unicode_is_a_name() -> None:
    names = Names(0, 10, 100)
    names.add("\ud800")
    assert names.count == 1


def test_what_a_job_does_not_say_stays_as_it_was() -> None:
    tally = Tally()
    tally.job(Job(Side.B, 0, "1", 1024.0, 2.0**42, "sha256d", "BTC", True, None))
    tally.job(Job(Side.B, 0, "2", None, None, None, None, None, None))
    assert (tally.jobs, tally.algorithm, tally.coin) == (2, "sha256d", "BTC")
