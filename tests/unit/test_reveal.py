from __future__ import annotations

from pathlib import Path

import pytest

from enrichment.model import Owner, SubjectKind
from sensor.access_log import AccessLog, AccessLogError
from sensor.attribution import Attributed, Known
from sensor.finding import Finding
from sensor.privacy import Pseudonymiser
from sensor.pseudonym import Pseudonyms
from sensor.reveal import OWNERS_MAX, Places, Request, RevealError, current_user, reveal
from tests.findings import MINER, finding

PSEUDONYMS, OTHER = Pseudonyms(b"k" * 32), Pseudonyms(b"o" * 32)
FAMILY = Owner(SubjectKind.HOUSEHOLD, customer="C-9", address="Demo Road 5")
LINE = Owner(SubjectKind.HOUSEHOLD, line="L-7")
OWNERS = (Owner(SubjectKind.IDC, customer="C-1"), FAMILY, LINE)


def subject_of(known: Known) -> str:
    """The pseudonym that a finding really leaves with."""
    body = Pseudonymiser(PSEUDONYMS).message(Attributed(finding(), known, Known())).body
    assert isinstance(body, Finding)
    assert isinstance(body.miner.subject, str)
    return body.miner.subject


HOUSEHOLD = subject_of(Known(SubjectKind.HOUSEHOLD, customer="C-9", is_recorded=True))
UNKNOWN = subject_of(Known())


def ask(subject: str, reason: str = "case 2026-17, ordered by the city") -> Request:
    return Request(subject, reason, "2026-03-02T08:00:00Z", "jane", "0" * 32)


def test_a_household_is_found_among_the_customers(tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "log")
    revealed = reveal(ask(HOUSEHOLD), PSEUDONYMS, Places(owners=OWNERS), log)
    assert (revealed.owners, revealed.address) == ((FAMILY,), None)
    assert log.entries() == [revealed.entry]


def test_a_line_is_found_where_there_is_no_customer_number(tmp_path: Path) -> None:
    subject = subject_of(Known(SubjectKind.HOUSEHOLD, line="L-7", is_recorded=True))
    assert reveal(ask(subject), PSEUDONYMS, Places(owners=OWNERS), AccessLog(tmp_path / "log")).owners == (LINE,)


def test_who_is_on_no_list_is_found_in_the_capture(tmp_path: Path) -> None:
    places = Places(owners=OWNERS, addresses=[(0, "192.0.2.1"), (1, MINER), (0, f"::ffff:{MINER}")])
    revealed = reveal(ask(UNKNOWN), PSEUDONYMS, places, AccessLog(tmp_path / "log"))
    assert (revealed.owners, revealed.address) == ((), (0, MINER))


def test_a_customer_with_many_records_is_shown_with_a_bound(tmp_path: Path) -> None:
    many = [FAMILY] * (OWNERS_MAX + 5)
    assert len(reveal(ask(HOUSEHOLD), PSEUDONYMS, Places(many), AccessLog(tmp_path / "log")).owners) == OWNERS_MAX


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", "no reason is given; say why in some words"),
        ("   ", "no reason is given; say why in some words"),
        ("x", "a reason of 1 characters; write 8 to 500"),
        ("why\n\n \n", "a reason of 3 characters; write 8 to 500"),
        ("r" * 501, "a reason of 501 characters; write 8 to 500"),
    ],
)
def test_without_a_reason_nothing_is_revealed(reason: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(RevealError, match=words):
        reveal(ask(HOUSEHOLD, reason), PSEUDONYMS, Places(OWNERS), AccessLog(tmp_path / "log"))
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize("subject", ["", MINER, "0" * 32, HOUSEHOLD + "0", "\x1b[2J"])
def test_what_is_no_pseudonym_is_one_line(subject: str, tmp_path: Path) -> None:
    with pytest.raises(RevealError, match="is no pseudonym; take the subject of a finding") as caught:
        reveal(ask(subject), PSEUDONYMS, Places(OWNERS), AccessLog(tmp_path / "log"))
    assert str(caught.value).isprintable()


def test_another_key_reveals_nothing_and_the_attempt_is_logged(tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "log")
    with pytest.raises(RevealError) as caught:
        reveal(ask(HOUSEHOLD), OTHER, Places(OWNERS), log)
    assert str(caught.value) == (
        f"the pseudonym was made with key {PSEUDONYMS.key_id}, and this is key {OTHER.key_id}; "
        "give the key file that was in use then"
    )
    assert [entry.asked.outcome for entry in log.entries()] == ["wrong_key"]


def test_where_nobody_is_found_the_attempt_is_logged(tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "log")
    with pytest.raises(RevealError, match=r"nobody in the lists and captures given has this pseudonym; give the list"):
        reveal(ask(HOUSEHOLD), PSEUDONYMS, Places(), log)
    assert [entry.asked.outcome for entry in log.entries()] == ["not_found"]


def test_what_cannot_be_logged_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(AccessLogError):
        reveal(ask(HOUSEHOLD), PSEUDONYMS, Places(OWNERS), AccessLog(tmp_path / "none" / "log"))


def test_a_damaged_log_ends_all_reveals(tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "log")
    for _ in range(3):
        reveal(ask(HOUSEHOLD), PSEUDONYMS, Places(OWNERS), log)
    lines = (tmp_path / "log").read_bytes().splitlines(keepends=True)
    (tmp_path / "log").write_bytes(lines[0] + lines[2])
    with pytest.raises(AccessLogError, match=":2: does not follow from what is before it"):
        reveal(ask(HOUSEHOLD), PSEUDONYMS, Places(OWNERS), log)


def test_the_log_says_who_when_why_and_for_whom_and_not_who_it_was(tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "log")
    reveal(ask(HOUSEHOLD, "  case 17,\n by \x1b[1morder\u202e "), PSEUDONYMS, Places(OWNERS), log)
    (entry,) = log.entries()
    assert entry.asked.reason == "case 17, by \\x1b[1morder\\u202e"
    assert (entry.asked.who, entry.asked.at, entry.asked.subject) == ("jane", "2026-03-02T08:00:00Z", HOUSEHOLD)
    assert b"Demo Road" not in (tmp_path / "log").read_bytes()
    assert b"C-9" not in (tmp_path / "log").read_bytes()


def test_the_user_is_known_to_the_system() -> None:
    assert current_user()
