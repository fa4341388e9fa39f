"""Files that are no TOML, no text or no file at all end in one line."""

from __future__ import annotations

import pytest

from signatures.document import Document, quoted
from signatures.schema import FILE_BYTES_MAX, SignatureError

BROKEN = {
    "no-value": (b"a = 1\nb =\n", "x.toml:2: not valid TOML: Invalid value; correct the line"),
    "key-twice": (b"a = 1\na = 2\n", "x.toml:2: not valid TOML: Cannot overwrite a value; correct the line"),
    "open-quotes": (b"a = '''\nb\n", "x.toml:3: not valid TOML: Expected \"'''\"; correct the line"),
    "not-text": (b"a = 1\n\xff\xfe", "x.toml:2: not UTF-8 text; save the file as UTF-8"),
    "deep": (b"a = " + b"[" * 100_000, "x.toml:1: brackets nest too deep; write plain tables"),
    "huge": (b"#" * (FILE_BYTES_MAX + 1), "x.toml:1: larger than 8 MiB; split the list"),
}


@pytest.mark.parametrize(("data", "what"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_file_is_one_line(tmp_path, data, what):
    path = tmp_path / "x.toml"
    path.write_bytes(data)
    with pytest.raises(SignatureError) as caught:
        Document(path, "x.toml")
    assert str(caught.value) == what


def test_number_too_long_for_the_reader_is_one_line(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("a = " + "9" * 10_000)
    with pytest.raises(SignatureError, match=r"^x\.toml:1: not valid TOML: "):
        Document(path, "x.toml")


def test_folder_in_place_of_a_file_is_one_line(tmp_path):
    with pytest.raises(SignatureError, match=r"^x\.toml:1: cannot be read: Is a directory; check path and rights$"):
        Document(tmp_path, "x.toml")


def test_lines_count_tables_of_a_name_and_step_over_text_blocks(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("a = '''\n[[t]]\nk = 1\n'''\n[[t]]\nk = 1\n[[t]]\nj = 1\n 'k' = 2\n")
    document = Document(path, "x.toml")
    assert document.line_of("t", 0, "k") == 6
    assert document.line_of("t", 1, "k") == 9
    assert document.line_of("t", 1, "missing") == 7
    assert document.line_of("", 0, "a") == 1


def test_quoted_values_are_escaped_and_bounded():
    assert quoted("a\x1b[2J\n") == "'a\\x1b[2J\\n'"
    assert quoted("v" * 1000) == f"'{'v' * 60}...'"
