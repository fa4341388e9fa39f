"""Which attempts and names become sightings beside findings."""

from __future__ import annotations

from sensor.finding import Sighting, SightingKind
from sensor.model import Chunk, CloseCause, Endpoint, FlowClosed, FlowKey, FlowOpened, NameKind, NameSeen, Side
from sensor.pipeline import Pipeline, PipelineSettings
from sensor.wire.dialogue import Dialogue
from sensor.wire.http_dialogue import HttpDialogue
from signatures import PACKAGED, load

MINER = "192.0.2.10"
POOL = Endpoint("198.51.100.20", 3333)
SUBSCRIBE = b'{"id":1,"method":"mining.subscribe","params":["cgminer/4.11.1"]}\n'
SUBSCRIBED = b'{"id":1,"result":[[["mining.notify","ae68"]],"08000002",4],"error":null}\n'
AUTHORIZE = b'{"id":2,"method":"mining.authorize","params":["rig.1","x"]}\n'
AUTHORIZED = b'{"id":2,"result":true,"error":null}\n'
SETTINGS = PipelineSettings()
SIGNATURES = load([PACKAGED])


def pipeline() -> Pipeline:
    return Pipeline(SETTINGS, SIGNATURES, Dialogue, HttpDialogue)


def connection(pipeline: Pipeline, flow_id: int, *messages: bytes) -> int:
    """Feeds a whole connection from another port; its findings."""
    ts_ns = flow_id * 1_000_000_000
    key = FlowKey(0, "tcp", Endpoint(MINER, 40_000 + flow_id), POOL)
    pipeline.feed([FlowOpened(flow_id, ts_ns, ts_ns, key, False, 0, (), ())])
    sides = [Side.A, Side.B] * len(messages)
    output = pipeline.feed(
        [
            *(
                Chunk(flow_id, side, ts_ns + number, 0, data)
                for number, (side, data) in enumerate(zip(sides, messages, strict=False))
            ),
            FlowClosed(flow_id, ts_ns + 1000, CloseCause.FIN),
        ]
    )
    return len(output.findings)


def rows(pipeline: Pipeline) -> list[Sighting]:
    return pipeline.finish(100_000_000_000).sightings


def test_attempts_are_counted_even_where_the_same_ends_have_a_finding():
    sensor = pipeline()
    assert not connection(sensor, 1, SUBSCRIBE)
    assert connection(sensor, 2, SUBSCRIBE, SUBSCRIBED, AUTHORIZE, AUTHORIZED)
    assert not connection(sensor, 3, SUBSCRIBE)
    assert [(row.what, row.count) for row in rows(sensor)] == [(SightingKind.ATTEMPTED, 2)]


def test_a_listed_address_is_not_told_where_the_same_ends_have_a_finding():
    def listed(flow_id: int) -> NameSeen:
        client = Endpoint(MINER, 40_000 + flow_id)
        return NameSeen(flow_id, flow_id, 0, "tcp", NameKind.ADDRESS, client, POOL, "", 0, 0, ())

    sensor = pipeline()
    sensor.feed([listed(1)])
    assert [row.what for row in rows(sensor)] == [SightingKind.ADDRESS]
    sensor = pipeline()
    sensor.feed([listed(1)])
    assert connection(sensor, 1, SUBSCRIBE, SUBSCRIBED, AUTHORIZE, AUTHORIZED)
    assert rows(sensor) == []
