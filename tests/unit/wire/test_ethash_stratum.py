"""Plain Ethash over mining.* methods: the target in the job, the same share as ProgPow's."""

from __future__ import annotations

import pytest

from sensor.event import HashrateReport, Notice, Share, Standing
from sensor.wire.dialogue import Dialogue
from sensor.wire.stratum_other import StratumOther
from tests.unit.wire.family import ETHER, HASH, RELATIVE, SEED, TARGET, WORK, difficulty, notify, submit
from tests.unit.wire.talk import C, Message, S, hear, jobs, misses, read, says, talk

SESSION = RELATIVE["ethash-stratum"]
HEADER = "0x" + HASH
SHARE = submit(4, ETHER, "4a", "0x" + "0b" * 8, HEADER, "0x" + SEED)


@pytest.mark.parametrize(
    ("params", "clean"),
    [
        (["4a", HEADER, "0x" + SEED, "0x" + TARGET, True], True),
        (["4a", HASH, SEED, TARGET, False], False),
        (["4a", HASH, SEED, TARGET.lstrip("0"), False], False),
        ([HEADER, HEADER, "0x" + SEED, "0x" + TARGET], None),
        ([7, HASH, SEED, "0x" + TARGET, True], True),
    ],
)
def test_the_job_is_read_in_every_writing(params: list[object], clean: bool | None) -> None:
    (job,) = jobs(read(StratumOther(), [notify(*params)]))
    assert (job.work, job.clean) == (pytest.approx(WORK), clean)
    assert job.job_id == str(params[0])


def test_the_height_stands_beside_the_parameters() -> None:
    (job,) = jobs(hear(SESSION))
    assert job.height == 5


def test_no_algorithm_is_given_because_ethashs_relatives_look_the_same() -> None:
    (job,) = jobs(hear(SESSION))
    assert (job.algorithm, job.coin) == (None, None)


def test_each_job_brings_its_own_target() -> None:
    easier = notify("4b", HEADER, "0x" + SEED, "0x00000001" + "f" * 56, True)
    events = hear([*SESSION, easier, submit(5, ETHER, "4b", "0x" + "0c" * 8, HEADER, "0x" + SEED), SHARE])
    assert [event.work for event in events if isinstance(event, Share)] == pytest.approx([WORK, 2.0**31, WORK])


def test_a_difficulty_beside_the_targets_is_for_show() -> None:
    decoder = StratumOther()
    read(decoder, SESSION)
    (event,) = read(decoder, [difficulty(4)])
    assert isinstance(event, Notice)


def test_the_hashrate_is_reported_by_an_ethereum_method() -> None:
    report = says(C, id=9, method="eth_submitHashrate", params=["0x1dcd6500", "0x" + SEED], worker="rig3")
    events = hear([*SESSION, report, says(S, id=9, result=True)])
    assert HashrateReport(C, 0, 5e8, "rig3") in events
    assert misses(events) == []


def test_shares_alone_may_be_progpows_and_have_no_name() -> None:
    dialogue = Dialogue()
    hear([SHARE] * 4, dialogue=dialogue)
    assert (dialogue.dialect, dialogue.standing) == ("stratum-other", Standing.UNDECIDED)


@pytest.mark.parametrize(
    "job",
    [
        notify("4a", HEADER, "0x" + SEED, "0x" + TARGET, "true"),
        notify("4a", HEADER, "0x" + SEED, "0x", True),
        notify("4a", HEADER, "0x" + SEED, "0x" + TARGET, True, 5),
        notify("4a", HEADER, "0x" + SEED, "0x" + "0" * 64, True),
        notify("4a", HEADER, 12_000_000, SEED, True),  # CKB
        notify("4a", HEADER, "0x" + SEED, TARGET + "00", True),
        notify("4a", HEADER, "0x" + SEED[2:], "0x" + TARGET, True),
    ],
)
def test_a_job_of_another_form_is_not_its(job: Message) -> None:
    decoder = StratumOther()
    read(decoder, [*SESSION[:4], job])
    assert decoder.name == "stratum-other"


@pytest.mark.parametrize(
    "words",
    [
        'C> {"id":1,"method":"eth_getWork","params":[]}\nC> {"id":2,"method":"eth_syncing"}',
        'C> {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}',
        'C> {"jsonrpc":"2.0","id":1,"method":"miner_start","params":[2]}',
        'C> {"jsonrpc":"2.0","id":1,"method":"ethash_getWork","params":[]}',
    ],
)
def test_a_nodes_own_interface_is_not_mining(words: str) -> None:
    dialogue = Dialogue()
    hear(talk(words), dialogue=dialogue)
    assert (dialogue.dialect, dialogue.refuted) == (None, True)
