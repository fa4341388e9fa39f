"""Who says the words of both ends quotes them; who only seems to is heard."""

from __future__ import annotations

import pytest

from sensor.event import Login, Share, ShareResult, Standing
from sensor.limits import QUOTED_WORDS_MAX
from sensor.model import Side
from sensor.wire.dialogue import Dialogue
from tests.unit.wire.cryptonote import XMRIG
from tests.unit.wire.dialogues import DIALOGUES
from tests.unit.wire.ethproxy import ETHMINER
from tests.unit.wire.family import yes
from tests.unit.wire.stratum_v1 import ASIC, notify, submit
from tests.unit.wire.talk import SECOND, C, Message, S, hear


def one_sided(name: str, side: Side) -> list[Message]:
    """A whole dialogue as a log has it: every line from one side."""
    return [(side, data) for _, data in DIALOGUES[name]]


@pytest.mark.parametrize("side", [C, S])
@pytest.mark.parametrize("name", DIALOGUES)
def test_a_dialogue_told_by_one_side_is_refuted_for_good(name: str, side: Side) -> None:
    dialogue = Dialogue()
    hear(one_sided(name, side) * QUOTED_WORDS_MAX * 2, dialogue=dialogue)
    assert (dialogue.refuted, dialogue.is_quotation, dialogue.is_echo) == (True, True, False)
    assert dialogue.feed(side, 0, 0, notify("a")[1]) == []


@pytest.mark.parametrize("start", range(len(ASIC)))
def test_a_log_is_refuted_from_any_line_on_and_until_then_in_doubt(start: int) -> None:
    dialogue = Dialogue()
    told = ASIC[start:] + ASIC * QUOTED_WORDS_MAX
    for index, (_, data) in enumerate(told):
        dialogue.feed(S, index * SECOND, 0, data)
        speakers = {speaker for speaker, _ in told[: index + 1]}
        assert dialogue.refuted or dialogue.is_doubtful or len(speakers) == 1 or dialogue.standing is Standing.UNDECIDED
    assert dialogue.refuted


def test_shares_and_their_answers_from_one_side_are_a_log() -> None:
    dialogue = Dialogue()
    for ident in range(QUOTED_WORDS_MAX + 2):
        hear([submit(ident, "acct.rig", "j"), (C, yes(ident)[1])], dialogue=dialogue)
        assert dialogue.refuted or dialogue.is_doubtful or not ident
    assert dialogue.refuted


def test_a_miner_that_answers_its_pool_is_no_log() -> None:
    """Only the miner's side is seen: it answers pings, under numbers that are those of its own shares by chance."""
    dialogue = Dialogue()
    for ident in range(3, 40):
        hear(
            [submit(ident, "acct.rig", "j"), (C, b'{"id":%d,"result":"pong","error":null}\n' % ident)],
            dialogue=dialogue,
        )
        hear([(C, b'{"id":%d,"result":true,"error":null}\n' % (ident - 2))], dialogue=dialogue)
    assert (dialogue.refuted, dialogue.is_doubtful) == (False, False)


def test_an_echo_is_refuted() -> None:
    dialogue = Dialogue()
    hear([(side, data) for _, data in ASIC for side in (C, S)], dialogue=dialogue)
    assert (dialogue.refuted, dialogue.is_echo) == (True, True)


def test_two_ends_that_both_spoke_bear_as_many_strange_words_as_shares() -> None:
    dialogue = Dialogue()
    hear(ASIC, dialogue=dialogue)
    for ident in range(100, 140):
        hear([submit(ident, "acct.rig07", "6a1f"), yes(ident), (C, notify("evil")[1])], dialogue=dialogue)
    assert (dialogue.refuted, dialogue.miner) == (False, C)


@pytest.mark.parametrize("side", [C, S])
def test_two_ends_that_both_spoke_bear_any_number_of_strange_words_of_one_of_them(side: Side) -> None:
    """Whoever sends them would hide its mining."""
    dialogue = Dialogue()
    evil = notify("evil")[1] if side is C else submit(900, "acct.rig07", "6a1f")[1]
    hear([*ASIC, *[(side, evil)] * 40], dialogue=dialogue)
    events = hear([submit(100, "acct.rig07", "6a1f"), yes(100)], dialogue=dialogue)
    assert [type(event) for event in events] == [Share, ShareResult]
    assert (dialogue.refuted, dialogue.miner) == (False, C)


_BLUFFS: dict[str, tuple[str, list[bytes]]] = {
    "a text to show": ("stratum-v1", [b'{"id":null,"method":"client.show_message","params":["hi"]}\n']),
    "a first nonce": ("stratum-v1", [b'{"id":null,"method":"mining.set_extranonce","params":["ab",4]}\n']),
    "a difficulty": ("stratum-v1", [b'{"id":null,"method":"mining.set_difficulty","params":[1]}\n']),
    "no job": ("stratum-v1", [b'{"id":null,"method":"mining.notify","params":[]}\n'] * 20),
    "a job": ("stratum-v1", [notify("evil")[1]] * 20),
    "a job of Monero": ("cryptonote", [data for _, data in XMRIG if b'"method":"job"' in data][:1]),
    "work": ("ethproxy", [data for _, data in ETHMINER if b'"id":0' in data][:1]),
}


_WORD = _BLUFFS["a difficulty"][1]


@pytest.mark.parametrize("behind", range(4))
@pytest.mark.parametrize("count", [1, 2, QUOTED_WORDS_MAX - 1])
def test_a_miner_may_bluff_more_than_once_before_the_pools_first_answer(behind: int, count: int) -> None:
    """A pool's word first, and others behind the miner's own first, second or third."""
    own = [message for message in ASIC if message[0] is C][:3]
    pools = [message for message in ASIC if message[0] is S][: len(own)]
    rest = [message for message in ASIC if message not in (*own, *pools)]
    bluffs = [(C, data) for data in _WORD * count]
    dialogue = Dialogue()
    events = hear([(C, _WORD[0]), *own[:behind], *bluffs, *own[behind:], *pools, *rest], dialogue=dialogue)
    shares = [event for event in hear(ASIC) if isinstance(event, (Share, ShareResult, Login))]
    assert [event for event in events if isinstance(event, (Share, ShareResult, Login))] == shares
    assert (dialogue.miner, dialogue.is_doubtful, dialogue.refuted) == (C, False, False)


@pytest.mark.parametrize("bluff", _BLUFFS)
def test_a_miner_that_speaks_like_a_pool_first_is_heard_as_what_it_does_then(bluff: str) -> None:
    name, lines = _BLUFFS[bluff]
    spoken, dialogue = DIALOGUES[name], Dialogue()
    assert lines
    events = hear([*((C, data) for data in lines), *spoken], dialogue=dialogue)
    shares = [event for event in hear(spoken) if isinstance(event, (Share, ShareResult))]
    assert [event for event in events if isinstance(event, (Share, ShareResult))] == shares
    assert (dialogue.miner, dialogue.is_doubtful) == (C, False)
