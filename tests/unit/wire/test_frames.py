"""BTCAgent's frames: each command byte for byte, and what is none."""

from __future__ import annotations

import pytest

from sensor.event import MalformedCode
from sensor.wire.frames import (
    AgentMessage,
    Levelled,
    NonceSet,
    Registered,
    Responded,
    Submitted,
    Unregistered,
    read_frame,
)
from sensor.wire.lines import Frame, LineFramer


def read(data: bytes) -> AgentMessage | MalformedCode:
    """What ``data``, one whole frame, says."""
    (frame,) = LineFramer().feed(data)
    assert isinstance(frame, Frame)
    assert len(frame.body) == len(data) - 4
    return read_frame(frame)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            "7f01 1b00 0100 63676d696e65722f342e31302e3000 726967303100",
            Registered(1, "cgminer/4.10.0", "rig01"),
        ),
        ("7f01 0800 0700 00 00", Registered(7, None, None)),
        ("7f01 0a00 0700 00 c3a900", Registered(7, None, "é")),
        ("7f02 0f00 07 0100 2a000000 efbeadde", Submitted(1, "7")),
        ("7f03 1300 ff feff 2a000000 efbeadde 00000066", Submitted(0xFFFE, "255")),
        ("7f12 1300 00 0100 2a000000 efbeadde 00e0ff1f", Submitted(1, "0")),
        ("7f13 1700 07 0100 2a000000 efbeadde 00000066 00e0ff1f", Submitted(1, "7")),
        ("7f02 1200 0100 0102030405060708 6a6f6231", Submitted(1, "")),
        ("7f14 3200 0100 0102030405060708 6a6f6231" + "11" * 32, Submitted(1, "")),
        ("7f04 0600 0201", Unregistered(0x102)),
        ("7f05 0b00 0e 0200 0100 0200", Levelled(14, (1, 2))),
        ("7f10 0a00 0300 87962c6b", Responded(3, 1_798_084_231)),
        ("7f10 0a00 ffff 15000000", Responded(0xFFFF, 21)),
        ("7f22 0a00 0100 00000005", NonceSet(1)),
    ],
)
def test_every_command_is_read(data: str, said: AgentMessage) -> None:
    assert read(bytes.fromhex(data)) == said


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("7f01 0800 0700 6100", MalformedCode.BAD_FRAME),  # one string
        ("7f01 0900 0700 00 0000", MalformedCode.BAD_FRAME),  # three
        ("7f01 0900 0700 00 0061", MalformedCode.BAD_FRAME),  # not ended
        ("7f01 0900 0700 0700 00", MalformedCode.BAD_VALUE),  # a control character
        ("7f01 0800 ffff 0000", MalformedCode.BAD_FRAME),  # the number of nobody
        ("7f02 0f00 07 ffff 2a000000 efbeadde", MalformedCode.BAD_VALUE),
        ("7f05 0900 0e 0200 0100", MalformedCode.BAD_FRAME),  # fewer rigs than it says
        ("7f05 0900 40 0100 0100", MalformedCode.BAD_FRAME),  # no difficulty is 2^64
        ("7f05 0700 0e 0000", MalformedCode.BAD_FRAME),  # for nobody
        ("7f14 2e00 0100 0102030405060708" + "11" * 32, MalformedCode.BAD_FRAME),  # for no job
    ],
)
def test_what_does_not_fit_its_command_is_no_frame(data: str, code: MalformedCode) -> None:
    assert read(bytes.fromhex(data)) is code


def test_the_longest_list_of_rigs_is_read_whole() -> None:
    body = bytes.fromhex("0efc7f") + b"".join(rig.to_bytes(2, "little") for rig in range(32_764))
    said = read(bytes.fromhex("7f05ffff") + body)
    assert isinstance(said, Levelled)
    assert said.rigs == tuple(range(32_764))
