from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from sensor.detect.judge import GRADE_RANK, STAGE_RANK
from sensor.detect.session import Session
from sensor.event import Standing
from sensor.finding import Grade, ReasonCode, Stage
from sensor.limits import UPDATE_INTERVAL_NS
from sensor.model import Chunk, Side
from sensor.times import next_boundary
from sensor.wire import dialogue as wire
from tests.scripted import SECOND, START, ScriptedDialogue, opened, said


def session_of(*chunks: str, midstream: bool = False, gaps: dict[int, int] | None = None) -> Session:
    session = Session(opened(midstream=midstream), ScriptedDialogue())
    for number, words in enumerate(chunks):
        session.receive(said(words, at=number, gap=(gaps or {}).get(number, 0)))
    return session


@pytest.mark.parametrize(
    ("chunks", "midstream", "stage", "grade"),
    [
        (["C subscribe"], False, Stage.ATTEMPTED, Grade.D),
        (["C subscribe", "S job"], False, Stage.ATTEMPTED, Grade.D),
        (["C login:a", "S job"], False, Stage.ATTEMPTED, Grade.D),
        (["C login:a", "S no"], False, Stage.REFUSED, Grade.D),
        (["C login:a", "S no job"], False, Stage.REFUSED, Grade.D),
        (["C login:a", "S ok"], False, Stage.JOINED, Grade.B),
        (["C login:a login:b", "S no ok"], False, Stage.JOINED, Grade.B),
        (["S job"], False, Stage.JOINED, Grade.D),
        (["C hum", "S job", "S job", "S job"], False, Stage.ATTEMPTED, Grade.D),
        (["C hum", "S hum"], False, Stage.ATTEMPTED, Grade.D),
        (["S job"], True, Stage.JOINED, Grade.D),
        (["S job job"], True, Stage.JOINED, Grade.D),
        (["S job", "S job"], True, Stage.JOINED, Grade.D),
        (["S job", "S job", "S job"], False, Stage.JOINED, Grade.B),
        (["S job", "S job", "S job"], True, Stage.JOINED, Grade.B),
        (["S job", "S yes", "S yes"], True, Stage.JOINED, Grade.B),
        (["C subscribe", "S job"], True, Stage.JOINED, Grade.B),
        (["S yes", "S yes", "S yes"], True, Stage.JOINED, Grade.B),
        (["C share"], True, Stage.WORKING, Grade.D),
        (["C share", "C share"], True, Stage.WORKING, Grade.D),
        (["C share", "C share", "C share"], True, Stage.WORKING, Grade.B),
        (["C login:a", "C share", "C share"], True, Stage.WORKING, Grade.B),
        (["C share", "S bad"], True, Stage.WORKING, Grade.B),
        (["C share", "S yes"], True, Stage.WORKING, Grade.A),
        (["S job", "C share"], True, Stage.WORKING, Grade.A),
        (["C login:a", "S ok job", "C share"], False, Stage.WORKING, Grade.A),
        (["C login:a", "S no", "C share", "S bad"], False, Stage.WORKING, Grade.B),
    ],
)
def test_stage_and_grade_follow_what_was_seen(chunks: list[str], midstream: bool, stage: Stage, grade: Grade) -> None:
    session = session_of(*chunks, midstream=midstream)
    assert (session.stage, session.grade) == (stage, grade)


def test_a_login_lost_in_a_gap_is_proven_by_a_job() -> None:
    assert session_of("C subscribe", "S job", gaps={0: 100}).stage is Stage.JOINED


def test_an_answer_lost_in_a_gap_is_proven_by_a_job() -> None:
    assert session_of("C login:a", "S job", gaps={1: 100}).stage is Stage.JOINED


def test_a_gap_before_a_job_proves_nothing_where_no_login_was_sent() -> None:
    assert session_of("C subscribe", "S job", gaps={1: 100}).stage is Stage.ATTEMPTED


def test_a_refusal_that_was_seen_outweighs_a_gap() -> None:
    assert session_of("C login:a", "S no", "S job", gaps={2: 100}).stage is Stage.REFUSED


def test_what_no_decoder_confirms_is_no_finding() -> None:
    session = session_of("C login:a", "S ok job undecided", "C undecided")
    assert session.stage is Stage.JOINED
    assert session_of("C undecided", "S ok undecided").grade is Grade.D


@pytest.mark.parametrize(
    ("chunks", "grade"),
    [
        (["C share share undecided"], Grade.D),
        (["C login:a undecided", "C share undecided", "C share undecided"], Grade.B),
        (["C share undecided", "S yes undecided"], Grade.A),
        (["C login:a undecided", "S ok:a undecided"], Grade.B),
        (["C login:a undecided", "S no undecided", "C share undecided"], Grade.D),
    ],
)
def test_without_a_job_two_ends_or_shares_one_by_one_are_a_finding(chunks: list[str], grade: Grade) -> None:
    """Only jobs confirm a mining.* dialect, and a capture may hold none: one direction, or short frames."""
    assert session_of(*chunks).grade is grade


WORDS = st.sampled_from(["subscribe", "login:a.b", "ok", "no", "job", "share", "yes", "bad", "undecided", "refute"])
CHUNKS = st.lists(st.tuples(st.sampled_from("CS"), st.lists(WORDS, max_size=4), st.integers(0, 1)), max_size=12)


@given(CHUNKS, st.booleans())
def test_stage_and_grade_never_fall(chunks: list[tuple[str, list[str], int]], midstream: bool) -> None:
    session = Session(opened(midstream=midstream), ScriptedDialogue())
    for number, (who, words, gap) in enumerate(chunks):
        before = STAGE_RANK[session.stage], GRADE_RANK[session.grade]
        session.receive(said(f"{who} {' '.join(words)}", at=number, gap=gap))
        assert STAGE_RANK[session.stage] >= before[0]
        assert GRADE_RANK[session.grade] >= before[1]
        counts = session.tally.work.counts()
        assert counts.submitted == counts.accepted + counts.rejected + counts.unanswered


def test_it_is_settled_by_two_messages_in_different_packets() -> None:
    session = session_of("C share", midstream=True)
    session.receive(said("S yes", at=0))
    assert session.is_settled
    assert not session_of("C share share", midstream=True).is_settled


def test_chunks_of_one_packet_are_one_packet() -> None:
    session = Session(opened(midstream=True), ScriptedDialogue())
    session.receive(said("S job", at=1))
    session.receive(said("S job", at=1))
    assert not session.is_settled


def test_an_attempt_is_not_settled() -> None:
    assert not session_of("C subscribe", "S job", "C subscribe").is_settled


def test_a_restart_before_the_first_revision_forgets_all() -> None:
    session = session_of("S job", "S job restart", midstream=True)
    assert session.stage is Stage.ATTEMPTED
    assert session.tally.jobs == 0
    assert [reason.code for reason in session.evidence.reasons()] == [
        ReasonCode.MIDSTREAM,
        ReasonCode.DIALECT_CONFIRMED,
    ]


def test_a_restart_into_an_undecided_reading_is_no_finding() -> None:
    session = Session(opened(midstream=True), ScriptedDialogue())
    session.receive(said("S job", at=1))
    session.receive(said("S restart job undecided", at=2))
    assert session.grade is Grade.D


def test_a_restart_after_a_revision_keeps_stage_and_grade_and_says_so() -> None:
    session = session_of("S job", "S job", "S job", midstream=True)
    session.revised(START)
    session.receive(said("S restart", at=2))
    assert (session.stage, session.grade, session.tally.jobs) == (Stage.JOINED, Grade.B, 0)
    assert ReasonCode.DIALECT_CHANGED in {reason.code for reason in session.evidence.reasons()}


def equihash_lines() -> list[Chunk]:
    """Before the first job nobody knows which mining.* dialect it is; each message is a packet of its own."""
    asked = b'{"id":1,"method":"mining.subscribe","params":["EWBF 0.3.4b",null,"pool.example",3333]}'
    login = b'{"id":2,"method":"mining.authorize","params":["t1Example.rig","x"]}'
    target = b'{"id":null,"method":"mining.set_target","params":["0007ffff' + b"ff" * 28 + b'"]}'
    job = b'{"id":null,"method":"mining.notify","params":["j","04000000","%s","%s","%s","d6c2a569","1f07ffff",true]}'
    lines = [
        (Side.A, asked),
        (Side.B, b'{"id":1,"result":[null,"a1b2c3d4"],"error":null}'),
        (Side.A, login),
        (Side.B, b'{"id":2,"result":true,"error":null}'),
        (Side.B, target),
        (Side.B, job % (b"11" * 32, b"22" * 32, b"00" * 32)),
    ]
    return [Chunk(1, side, START + number, 0, line + b"\n") for number, (side, line) in enumerate(lines)]


@pytest.mark.parametrize("is_told", [False, True])
def test_reasons_read_before_their_dialect_was_known_keep_the_proofs_of_their_own_messages(is_told: bool) -> None:
    session = Session(opened(), wire.Dialogue())
    for chunk in equihash_lines():
        session.receive(chunk)
        if is_told and session.is_finding:
            session.revised(chunk.ts_ns)
    assert session.dialect == "equihash-stratum"
    proofs = {reason.code: reason.proof for reason in session.evidence.reasons() if reason.side is not UNSET}
    assert "mining.subscribe" in str(proofs[ReasonCode.SUBSCRIBED])
    assert "mining.authorize" in str(proofs[ReasonCode.LOGIN_SENT])
    assert proofs[ReasonCode.LOGIN_ACCEPTED] == '{"id":2,"result":true,"error":null}'
    assert "mining.notify" in str(proofs[ReasonCode.JOB_SEEN])


def test_a_reason_is_not_proved_by_another_message_than_its_own() -> None:
    session = Session(opened(), wire.Dialogue())
    # A line without an end is read when the other side speaks.
    session.receive(Chunk(1, Side.A, START, 0, b'{"id":1,"method":"mining.subscribe","params":["x/1"]}'))
    session.receive(Chunk(1, Side.B, START + 1, 0, b'{"id":1,"result":[[["mining.notify","1"]],"aa",4]}\n'))
    (reason,) = (one for one in session.evidence.reasons() if one.code is ReasonCode.SUBSCRIBED)
    assert reason.proof is UNSET


def test_a_session_of_both_sides_is_not_refuted_any_more() -> None:
    dialogue = ScriptedDialogue()
    session = Session(opened(midstream=True), dialogue)
    session.receive(said("S job", at=1))
    dialogue.refuted = True
    assert session.is_refuted
    dialogue.refuted = False
    session.receive(said("C share", at=2))
    dialogue.refuted, dialogue.standing = True, Standing.REFUTED
    assert not session.is_refuted


def test_one_side_is_withdrawn_when_the_other_talks_of_something_else() -> None:
    session = session_of("S job", "S job", "S yes", midstream=True)
    assert (session.grade, session.is_refuted) == (Grade.B, False)
    session.receive(said("C nonsense", at=3))
    assert session.is_refuted


def test_what_one_side_says_for_both_is_nothing() -> None:
    dialogue = ScriptedDialogue()
    dialogue.is_doubtful = True
    session = Session(opened(midstream=True), dialogue)
    for number, words in enumerate(["C login:a", "S job", "C share", "S yes"]):
        session.receive(said(words, at=number))
    assert (session.grade, session.is_attempt) == (Grade.D, False)


def test_an_attempt_whose_words_are_quoted_is_none() -> None:
    assert session_of("C login:a").is_attempt
    assert session_of("C login:a", "S nonsense").is_attempt
    assert not session_of("C login:a nonsense").is_attempt


def test_the_end_that_mines_is_remembered_when_the_reading_is_given_up() -> None:
    dialogue = ScriptedDialogue()
    session = Session(opened(midstream=True), dialogue)
    session.receive(said("S job", at=1))
    dialogue.miner = None
    session.receive(said("S job", at=2))
    assert session.ends()[0].port == 50_000


@given(st.integers(0, 2**62))
def test_boundaries_are_aligned_with_the_clock(ts_ns: int) -> None:
    boundary = next_boundary(ts_ns)
    assert boundary % UPDATE_INTERVAL_NS == 0
    assert 0 < boundary - ts_ns <= UPDATE_INTERVAL_NS


def test_start_is_a_boundary() -> None:
    assert next_boundary(START) == START + 300 * SECOND
