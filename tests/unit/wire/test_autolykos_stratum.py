"""Ergo's stratum: a bound in decimal digits, and a difficulty that makes shares easier."""

from __future__ import annotations

import pytest

from sensor.event import Difficulty, Share, Standing
from sensor.wire.dialogue import Dialogue
from sensor.wire.stratum_other import StratumOther
from tests.unit.wire.family import BOUND, HASH, RELATIVE, difficulty, notify, submit
from tests.unit.wire.talk import C, Message, S, hear, jobs, read, talk

SESSION = RELATIVE["autolykos-stratum"]
LOGIN = "9abc.rig3"
ORDER = 2.0**256
# The whole chain's: 10^15 hashes a block.
CHAINS = str(int(ORDER / 1e15))


def job(bound: object = BOUND, version: object = 2, name: object = "j") -> Message:
    return notify(name, 900_000, HASH, "", "", version, bound, "", True)


def work_of(*messages: Message) -> float | None:
    return jobs(hear([*SESSION[:4], *messages]))[-1].work


def test_a_bound_with_difficulty_1_is_the_shares() -> None:
    assert work_of(difficulty(1), job()) == pytest.approx(5.0e9)
    assert work_of(job()) == pytest.approx(5.0e9)


def test_a_factor_that_was_lost_makes_no_rig_as_fast_as_the_chain() -> None:
    assert work_of(job(CHAINS)) is None


def test_a_difficulty_multiplies_the_chains_bound() -> None:
    assert work_of(difficulty(250_000), job(CHAINS)) == pytest.approx(4.0e9)


def test_a_bound_that_is_not_meant_to_be_multiplied_is_not() -> None:
    """For NiceHash some pools send the share's bound, and its difficulty in hashes besides."""
    bound = str(int(ORDER / (2.0 * 2**32)))
    assert work_of(difficulty(2 * 2**32), job(bound)) == pytest.approx(2.0 * 2**32)


def test_in_the_middle_a_bound_is_taken_if_it_can_be_a_shares() -> None:
    assert jobs(hear([job()]))[0].work == pytest.approx(5.0e9)
    assert jobs(hear([job(CHAINS)]))[0].work is None
    early, late = jobs(hear([job(CHAINS), difficulty(250_000), job(CHAINS)]))
    assert (early.work, late.work) == (None, pytest.approx(4.0e9))


def test_a_difficulty_is_told_in_hashes_of_the_latest_bound() -> None:
    decoder = StratumOther()
    read(decoder, SESSION)
    (event,) = read(decoder, [difficulty(0.5)])
    assert event == Difficulty(S, 0, 0.5, pytest.approx(1.0e10))


def test_a_share_keeps_the_worth_of_its_job() -> None:
    late = submit(9, LOGIN, "j", "0a0b0d", "", "0a0b0c0d0e0f0a0c")
    events = hear([*SESSION, difficulty(0.5), job(name="k"), late])
    assert [event.work for event in events if isinstance(event, Share)] == pytest.approx([5.0e9, 5.0e9])


def test_coin_and_algorithm_are_ergos() -> None:
    (found,) = jobs(hear(SESSION))
    assert (found.algorithm, found.coin, found.height, found.clean) == ("autolykos2", "ERG", 900_000, True)


@pytest.mark.parametrize(
    "message", [job(version="2"), job(version="00000003"), job(name=17), job(name="0000000000000011")]
)
def test_the_job_is_read_in_every_writing(message: Message) -> None:
    (found,) = jobs(read(StratumOther(), [message]))
    assert found.work == pytest.approx(5.0e9)


@pytest.mark.parametrize(
    "message",
    [
        job(bound="0"),
        job(bound="1" * 79),
        job(bound=5),
        job(bound="-5"),
        job(bound="²"),
        job(bound=str(2**256 - 1)),
        job(version="20000000"),
        job(version=True),
        job(version=0),
        job(name=None),
        notify("j", "x", HASH, "", "", 2, BOUND, "", True),
        notify("j", 900_000, HASH[2:], "", "", 2, BOUND, "", True),
        notify("j", 900_000, HASH, "", "", 2, BOUND, "", "true"),
        notify("j", HASH, HASH, HASH, HASH, HASH, "00000000", "1a00a4ea", "59eeb494"),  # Handshake
    ],
)
def test_a_job_of_another_form_is_not_its(message: Message) -> None:
    decoder = StratumOther()
    read(decoder, [message])
    assert decoder.name == "stratum-other"


def test_shares_alone_have_no_name() -> None:
    dialogue = Dialogue()
    hear([(C, SESSION[-2][1])] * 4, dialogue=dialogue)
    assert (dialogue.dialect, dialogue.standing) == ("stratum-other", Standing.UNDECIDED)


@pytest.mark.parametrize(
    "words",
    [
        'S> {"msg":"' + HASH + '","b":' + BOUND + ',"h":900000,"pk":"03"}',
        'C> {"pk":"03","w":"02","n":"0000000000000000","d":0}',
        'C> {"id":1,"method":"info","params":[]}',
    ],
)
def test_a_nodes_own_interface_is_not_mining(words: str) -> None:
    dialogue = Dialogue()
    hear(talk(words) * 20, dialogue=dialogue)
    assert (dialogue.dialect, dialogue.refuted) == (None, True)
