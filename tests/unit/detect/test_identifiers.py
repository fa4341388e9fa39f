from __future__ import annotations

import hashlib

import msgspec
import pytest

from sensor.detect.identifiers import community_id, finding_id, sighting_id
from sensor.model import Endpoint, FlowKey
from tests.scripted import KEY, START


def test_finding_id_is_the_documented_bytes() -> None:
    layout = (
        bytes.fromhex(
            "0004" + b"scan".hex() + "00000000" + "06"
            "00000000000000000000ffffc000020ac350"  # 192.0.2.10:50000
            "00000000000000000000ffffcb0071050d05"  # 203.0.113.5:3333
        )
        + START.to_bytes(8, "big")
    )
    assert finding_id("scan", KEY, START) == hashlib.sha256(layout).hexdigest()[:32]


def test_finding_id_does_not_depend_on_who_spoke_first() -> None:
    turned = msgspec.structs.replace(KEY, a=KEY.b, b=KEY.a)
    assert finding_id("scan", turned, START) == finding_id("scan", KEY, START)


@pytest.mark.parametrize(
    "other",
    [
        ("scan2", KEY, START),
        ("scan", msgspec.structs.replace(KEY, realm=1), START),
        ("scan", msgspec.structs.replace(KEY, transport="udp"), START),
        ("scan", msgspec.structs.replace(KEY, a=Endpoint("192.0.2.10", 50_001)), START),
        ("scan", KEY, START + 1),
    ],
)
def test_finding_id_depends_on_each_of_its_parts(other: tuple[str, FlowKey, int]) -> None:
    assert finding_id(*other) != finding_id("scan", KEY, START)


def test_sighting_id_keeps_the_parts_of_its_key_apart() -> None:
    assert sighting_id("s", ("ab", "c"), 0) != sighting_id("s", ("a", "bc"), 0)


# From the published baseline of Community ID version 1, seed 0.
@pytest.mark.parametrize(
    ("transport", "a", "b", "expected"),
    [
        ("tcp", ("128.232.110.120", 34855), ("66.35.250.204", 80), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        ("udp", ("192.168.1.52", 54585), ("8.8.8.8", 53), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
        (
            "tcp",
            ("2001:470:e5bf:dead:4957:2174:e82c:4887", 63943),
            ("2607:f8b0:400c:c03::1a", 25),
            "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
        ),
    ],
)
def test_community_id_is_that_of_the_published_baseline(
    transport: str, a: tuple[str, int], b: tuple[str, int], expected: str
) -> None:
    assert community_id(FlowKey(0, transport, Endpoint(*a), Endpoint(*b))) == expected
    assert community_id(FlowKey(0, transport, Endpoint(*b), Endpoint(*a))) == expected
