from __future__ import annotations

import pytest

from sensor.detect.tally import Names, Tally
from sensor.event import Difficulty, Job, Login, ShareResult, TellingShare
from sensor.limits import LOGINS_PER_SESSION_MAX, NAMES_CHARS_PER_SESSION_MAX, WORKERS_PER_SESSION_MAX
from sensor.model import Side


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
            tally.works(f"rig{number}")
    assert tally.workers.count == WORKERS_PER_SESSION_MAX
    assert len(tally.workers.listed()) < WORKERS_PER_SESSION_MAX


def test_workers_beyond_the_bound_are_not_counted() -> None:
    tally = Tally()
    for number in range(WORKERS_PER_SESSION_MAX + 100):
        tally.works(f"rig{number}")
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


def test_names_that_sent_a_share_are_told_from_those_that_only_logged_in() -> None:
    tally = Tally()
    for number in range(3):
        tally.login(Login(Side.A, 0, f"a.{number}", str(number), None, None))
    for name in ("1", None, "7", "1"):
        tally.works(name)
    assert (tally.workers.working, tally.workers.count) == (2, 4)


def test_rigs_of_one_name_under_two_accounts_are_two() -> None:
    tally = Tally()
    for account in ("a", "b", "a", "b"):
        for number in range(3):
            tally.login(Login(Side.A, 0, f"{account}.{number}", str(number), None, None))
    tally.works("1")
    assert (tally.workers_count, tally.workers.listed()) == (6, ("0", "1", "2"))


def test_another_algorithm_is_another_coin() -> None:
    tally = Tally()
    for algorithm, coin, expected in [
        ("rx/0", "XMR", ("rx/0", "XMR")),
        (None, None, ("rx/0", "XMR")),
        ("rx/0", None, ("rx/0", "XMR")),
        ("cn/r", None, ("cn/r", None)),
        ("rx/0", "XMR", ("rx/0", "XMR")),
    ]:
        tally.mined(algorithm, coin)
        assert (tally.algorithm, tally.coin) == expected


def test_where_no_login_was_seen_shares_tell_the_rigs_of_each_account() -> None:
    tally = Tally(is_midstream=True)
    for number, login in enumerate(["a.1", "b.1", "b.2", "a.1", "b.1", "c"]):
        worker = login.partition(".")[2] or None
        tally.told(TellingShare(Side.A, 0, number, "j", worker, None, None, login=login))
        tally.works(worker)
    assert (tally.workers_count, tally.workers.listed(), tally.named) == (3, ("1", "2"), "a")


@pytest.mark.parametrize(("login", "named"), [("rig7", None), ("0x" + "ab" * 20, "0x" + "ab" * 20), ("a.7", "a")])
def test_a_bare_name_is_an_account_only_if_it_is_an_address(login: str, named: str | None) -> None:
    tally = Tally(is_midstream=True)
    tally.told(TellingShare(Side.A, 0, 1, "j", login.partition(".")[2] or None, None, None, login=login))
    assert tally.named == named


def test_namesakes_do_not_pass_the_bound() -> None:
    tally = Tally()
    for account in ("a", "b"):
        for number in range(WORKERS_PER_SESSION_MAX):
            tally.login(Login(Side.A, 0, f"{account}.{number}", str(number), None, None))
    assert tally.workers_count == WORKERS_PER_SESSION_MAX


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [([None], None), ([None, 512.0, None], 512.0), ([512.0, 512.0], 512.0), ([512.0, 1024.0, 512.0], None)],
)
def test_a_difficulty_is_asked_for_where_logins_ask_for_one(wishes: list[float | None], expected: float | None) -> None:
    tally = Tally()
    for number, wish in enumerate(wishes):
        tally.login(Login(Side.A, 0, f"a.{number}", str(number), None, wish))
    assert tally.difficulty_wish == expected


@pytest.mark.parametrize("is_midstream", [False, True])
def test_in_the_middle_of_a_session_a_difficulty_holds_from_the_next_job_on(is_midstream: bool) -> None:
    """The miner is still at work on a job that was worth something else; at a start it has no other."""
    tally = Tally(is_midstream=is_midstream)
    tally.difficulty(Difficulty(Side.B, 10, 8.0, None))
    assert tally.work.has_begun is not is_midstream
    tally.job(Job(Side.B, 20, "j", 8.0, None, None, None, None, None))
    assert tally.work.has_begun


def test_behind_a_hole_answers_count_the_difficulty_of_the_job_until_the_next() -> None:
    tally = Tally(is_midstream=True)
    tally.job(Job(Side.B, 0, "j", 8.0, None, None, None, None, None))
    tally.difficulty(Difficulty(Side.B, 10, 32.0, None))
    tally.work.result(ShareResult(Side.B, 20, None, True, False, False, None))
    work = tally.work.seen(30, is_edge=False)
    assert work is not None and work.total == 8.0
