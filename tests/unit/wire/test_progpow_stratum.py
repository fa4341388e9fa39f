"""ProgPow's stratum: jobs of seven, targets said twice, and which ProgPow it is only from a Ravencoin address."""

from __future__ import annotations

import pytest

from sensor.event import Share, Standing
from sensor.wire.dialogue import Dialogue
from sensor.wire.stratum_other import StratumOther
from tests.unit.wire.family import HASH, RAVEN, RELATIVE, SEED, TARGET, WORK, log_in, notify, submit, subscribed, target
from tests.unit.wire.talk import Message, hear, jobs, read

SESSION = RELATIVE["progpow-stratum"]
# The chain's target as bits, and the same in full.
BITS = "1b00d3cd"
CHAINS = f"{0x00D3CD << 8 * (0x1B - 3):064x}"
EASY = "00000003" + "f" * 56


def job(share_target: str, bits: str = BITS, name: str = "3f1b") -> Message:
    return notify(name, HASH, SEED, share_target, True, 3_204_411, bits)


def test_the_height_and_whether_the_job_is_clean_are_read() -> None:
    (found,) = jobs(hear(SESSION))
    assert (found.height, found.clean, found.work) == (3_204_411, True, pytest.approx(WORK))


@pytest.mark.parametrize(
    "login", ["aFiroAddress123.rig3", "0x" + "c0" * 20, "R" + "V" * 32 + ".rig3", "account.rig3", "RIO.rig3"]
)
def test_any_other_login_names_neither_algorithm_nor_coin(login: str) -> None:
    (found,) = jobs(hear([*SESSION[:2], log_in(login), *SESSION[3:6]]))
    assert (found.algorithm, found.coin) == (None, None)


def test_the_jobs_own_target_counts() -> None:
    """A message of the pool was lost: what the job says holds."""
    (found,) = jobs(hear([*SESSION[:4], target(EASY), job(TARGET)]))
    assert found.work == pytest.approx(WORK)


def test_but_not_where_it_is_the_chains() -> None:
    (found,) = jobs(hear([*SESSION[:4], target(EASY), job(CHAINS)]))
    assert found.work == pytest.approx(2.0**30)


def test_the_chains_target_is_better_than_none() -> None:
    (found,) = jobs(hear([job(CHAINS)]))
    assert found.work == pytest.approx(2.0**256 / int(CHAINS, 16))


def test_hashes_may_be_written_with_0x_and_more_may_follow() -> None:
    params = ("1", "0x" + HASH, "0x" + SEED, "0x" + TARGET, False, 9, BITS, "extra")
    (found,) = jobs(read(StratumOther(), [notify(*params)]))
    assert (found.job_id, found.height, found.work) == ("1", 9, pytest.approx(WORK))


def test_a_short_nonce_without_a_session_is_assumed_to_be_its() -> None:
    dialogue = Dialogue()
    hear([*SESSION[:2], SESSION[4]], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.standing) == ("progpow-stratum", Standing.UNDECIDED)


@pytest.mark.parametrize(
    "result", [[None, "0a0b0c0d"], [None, "a331", 6], ["s", "64290b"], [None, ""], [None, "64290"], [None, 7], None]
)
def test_no_other_answer_is(result: object) -> None:
    decoder = StratumOther()
    read(decoder, [SESSION[0], subscribed(result), SESSION[4]])
    assert decoder.name == "stratum-other"


def test_a_share_is_worth_what_its_job_was() -> None:
    share = submit(9, RAVEN, "3f1c", "0x64290b0000a1b2c4", "0x" + HASH, "0x" + SEED)
    events = hear([*SESSION, target(EASY), job(EASY, name="3f1c"), share])
    assert [event.work for event in events if isinstance(event, Share)] == pytest.approx([WORK, 2.0**30])


@pytest.mark.parametrize(
    "message",
    [
        notify("3f1b", HASH, SEED, TARGET, True, 3204411),
        notify("3f1b", HASH, SEED, TARGET, "true", 3204411, BITS),
        notify("3f1b", HASH, SEED, "", True, 3204411, BITS),
        notify("3f1b", HASH, SEED, TARGET, True, -1, BITS),
        notify("j", HASH, "00" * 20, "00000001", "1b00d3cd", "66b3c0de", True),  # Warthog
    ],
)
def test_a_job_of_another_form_is_not_its(message: Message) -> None:
    decoder = StratumOther()
    read(decoder, [message])
    assert decoder.name == "stratum-other"
