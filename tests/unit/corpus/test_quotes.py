from __future__ import annotations

import pytest

import signatures
from sensor.finding import Stage
from sensor.model import Endpoint
from tests.corpus import accounting, quotes
from tests.lab.__main__ import FOLDER
from tests.lab.captures import CAPTURES
from tests.unit.corpus.crafted import stream, true_file

ENDS = ("192.0.2.10", Endpoint("203.0.113.5", 3333))


@pytest.mark.parametrize(
    ("quote", "stands"),
    [
        ('"method":"job"', True),
        ('{"id":1,…"job"…}', True),
        ('"job"…"id"', False),  # in this order
        ('{"id":1…{"id":2', False),  # on one line
        ('"jo…ob"', False),  # each byte once
        ('"method":"JOB"', False),
    ],
)
def test_a_quote_stands_in_one_line_in_its_order(quote: str, stands: bool) -> None:
    side = b'{"id":1,"method":"job","params":[]}\n{"id":2}\n'
    assert quotes.stands_in(quote, [b"", side]) is stands


def test_a_stream_is_named_by_its_number_or_by_its_ends() -> None:
    true = true_file(stream(Stage.WORKING, 0), stream(Stage.JOINED, 1, server="[2001:db8::7]:80"))
    assert quotes.ends_of("0", true) == ENDS
    assert quotes.ends_of("1", true) == ("192.0.2.10", Endpoint("2001:db8::7", 80))
    assert quotes.ends_of("192.0.2.10 > 203.0.113.5:3333 attempted", true) == ENDS


def test_the_payload_of_a_capture_is_found_under_its_ends() -> None:
    name = "format-le-ns.pcap"
    (truth,) = CAPTURES[name].truths
    payloads = quotes.payloads(accounting.audit_plan(signatures.load()), FOLDER / name)
    sides = payloads[truth.miner.ip, truth.pool]
    assert quotes.stands_in("mining.authorize", sides)
    assert quotes.stands_in("mining.notify", sides)
    assert not quotes.stands_in("mining.notify…mining.notify", sides)
