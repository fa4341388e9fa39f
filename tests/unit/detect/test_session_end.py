"""What a session is worth when its connection ends."""

from __future__ import annotations

import json

import pytest

from sensor.detect.proof import proof
from sensor.detect.session import Session
from sensor.finding import Grade, ReasonCode, Stage
from sensor.model import Chunk, Endpoint, FlowKey, FlowOpened, Side
from sensor.wire.dialogue import Dialogue

KEY = FlowKey(0, "tcp", Endpoint("192.0.2.10", 40_000), Endpoint("198.51.100.20", 3333))
SUBSCRIBE = b'{"id":1,"method":"mining.subscribe","params":["cgminer/4.11.1"]}\n'
SUBSCRIBED = b'{"id":1,"result":[[["mining.notify","ae68"]],"08000002",4],"error":null}\n'
AUTHORIZE = b'{"id":2,"method":"mining.authorize","params":["rig.1","x"]}\n'


def ended(*messages: bytes) -> Session:
    """A session of the messages, the miner's first, then by turns."""
    session = Session(FlowOpened(1, 1, 1, KEY, False, 0, (), ()), Dialogue())
    for number, data in enumerate(messages):
        session.receive(Chunk(1, Side.B if number % 2 else Side.A, 10 + number, 0, data))
    session.close(100)
    return session


def test_frames_make_a_session_an_agents() -> None:
    frame = bytes.fromhex("7f020f000701002a000000efbeadde")
    answer = bytes.fromhex("7f100a00020087962c6b")
    session = ended(SUBSCRIBE, SUBSCRIBED, AUTHORIZE, b'{"id":2,"result":true,"error":null}\n', frame * 3, answer)
    assert (session.agent_frames, session.odd, session.dialect) == (4, {}, "btcagent")
    assert (session.tally.work.submitted, session.tally.work.accepted) == (3, 1)


def test_the_first_solution_tells_the_algorithm_where_no_job_follows() -> None:
    submit = {
        "id": 4,
        "method": "mining.submit",
        "params": ["t1RigAddr.rig", "7f2", "0ab3de01", "8a" * 24, "fd4005" + "ab" * 1344],
    }
    session = ended(json.dumps(submit).encode() + b"\n", b'{"id":4,"result":true,"error":null}\n')
    assert (session.grade, session.dialect) == (Grade.A, "equihash-stratum")
    assert session.tally.algorithm == "equihash-200-9"
    (reason,) = [reason for reason in session.evidence.reasons() if reason.code is ReasonCode.ALGORITHM_SEEN]
    assert (reason.side, reason.params) == ("miner", {"algorithm": "equihash-200-9"})


LOGINS = {
    "stratum": AUTHORIZE.replace(b'"x"', b'"hunter2secret"'),
    "ethproxy": b'{"id":2,"method":"eth_submitLogin","params":["0xabc.rig","hunter2secret"]}\n',
    "cryptonote": b'{"id":2,"method":"login","params":{"login":"rig.1","pass":"hunter2secret","agent":"XMRig/6"}}\n',
}


@pytest.mark.parametrize("login", LOGINS.values(), ids=list(LOGINS))
@pytest.mark.parametrize("cut", [0, 30])
def test_a_refusal_that_repeats_the_password_is_shown_without_it(login: bytes, cut: int) -> None:
    dialogue = Dialogue()
    session = Session(FlowOpened(1, 1, 1, KEY, False, 0, (), ()), dialogue)
    for number, data in enumerate((login[:cut], login[cut:])):
        session.receive(Chunk(1, Side.A, 10 + number, 0, data))
    refusal = b'{"id":2,"result":null,"error":{"code":-1,"message":"wrong password hunter2secret for rig.1"}}\n'
    session.receive(Chunk(1, Side.B, 20, 0, refusal))
    proofs = {reason.code: reason.proof for reason in session.evidence.reasons()}
    assert "wrong password *** for rig.1" in str(proofs[ReasonCode.LOGIN_REFUSED])
    assert "hunter2secret" not in str(proofs)
    assert all(isinstance(secret, bytes) for secret in dialogue.secrets), "the password itself is forgotten"
    again = b'{"id":9,"result":null,"error":{"code":-1,"message":"unauthorised: bad password \'hunter2secret\'."}}\n'
    shown = proof(again, (), dialogue.secrets)
    assert "bad password '***'." in shown


@pytest.mark.parametrize(
    ("answer", "stage", "grade"),
    [
        (b'{"id":2,"result":true,"error":null}\n', Stage.JOINED, Grade.B),
        (b'{"id":2,"result":false,"error":null}\n', Stage.REFUSED, Grade.D),
        (b"", Stage.ATTEMPTED, Grade.D),
    ],
)
def test_a_login_that_no_job_follows_counts_by_its_answer(answer: bytes, stage: Stage, grade: Grade):
    session = ended(SUBSCRIBE, SUBSCRIBED, AUTHORIZE, *([answer] if answer else []))
    assert (session.stage, session.grade, session.dialect) == (stage, grade, "stratum-v1")
