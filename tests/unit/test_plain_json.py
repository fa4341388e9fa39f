from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.plain_json import plain

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.recursive(TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)))
def test_it_reads_back_as_it_was_and_holds_nothing_that_is_not_printable(value: object) -> None:
    line = plain(msgspec.json.encode(value))
    assert msgspec.json.decode(line) == value
    assert line.decode("utf-8").isprintable()


@pytest.mark.parametrize(
    ("char", "escaped"),
    [
        ("\x9b", "\\u009b"),  # begins an escape sequence on 8-bit terminals
        ("\x7f", "\\u007f"),
        ("\u202e", "\\u202e"),  # turns the rest of the line round
        ("\u2028", "\\u2028"),  # ends a line for some readers
        ("\U000e0041", "\\udb40\\udc41"),  # an invisible letter
        ("\xe9", "\xe9"),
        ("\u6c49", "\u6c49"),
    ],
)
def test_controls_and_marks_are_escaped_and_letters_are_not(char: str, escaped: str) -> None:
    assert plain(msgspec.json.encode(f"a{char}b")).decode("utf-8") == f'"a{escaped}b"'
