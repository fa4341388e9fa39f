from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.json_messages import count_messages

ONE = b'{"id":1,"params":["a}{b",{"x":{}}]}'


@pytest.mark.parametrize(
    ("stream", "count"),
    [
        (b"", 0),
        (ONE + b"\n" + ONE + b"\r\n", 2),
        (ONE + b"\n\n \n" + ONE, 2),
        (ONE + b"\0" + ONE + b"\n\0" + ONE, 3),
        (ONE + ONE + b" " + ONE, 3),
        (b"\xef\xbb\xbf" + ONE + b"\n", 1),
        (b"  " + ONE + b"\n\t" + ONE + b"\n", 2),
        (b"[" + ONE + b"," + ONE + b"]\n", 2),
        (json.dumps(json.loads(ONE), indent=1).encode() + b"\n" + ONE + b"\n", 2),
        (b'{"method":"x",\n{"id":2}\n', 2),
        (b'"x":{"y":1}}\n' + ONE + b"\n", 1),
        (b"PROXY TCP4 198.51.100.7 203.0.113.9 1 2\r\n" + ONE + b"\n", 1),
        (ONE + b"\nhello\n" + ONE + b"\n", 2),
        (ONE + b'\n{"id":2,"par', 2),
    ],
)
def test_messages_are_objects_however_they_end(stream: bytes, count: int) -> None:
    assert count_messages(stream) == count


def test_each_byte_of_a_line_without_end_is_looked_at_once() -> None:
    assert count_messages(b'{"a":"' + b'\\"' * 500_000) == 1


@given(st.lists(st.dictionaries(st.text(max_size=6), st.text(max_size=9) | st.dictionaries(st.text(), st.none()))))
def test_each_object_counts_once(objects: list[dict[str, object]]) -> None:
    for end in ("\n", "\0", "\n\n", ""):
        for indent in (None, 1):
            written = "".join(json.dumps(one, indent=indent) + end for one in objects)
            assert count_messages(written.encode()) == len(objects)
