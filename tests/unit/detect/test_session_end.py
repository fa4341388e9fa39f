"""What a session is worth when its connection ends."""

from __future__ import annotations

import pytest

from sensor.detect.session import Session
from sensor.finding import Grade, Stage
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
