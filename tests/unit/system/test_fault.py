from __future__ import annotations

import errno
import os

import pytest

from system.fault import words


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "x"), "no such file or directory"),
        (TimeoutError(), "timeouterror"),
    ],
)
def test_an_error_has_words_also_where_the_system_gave_none(error: OSError, said: str) -> None:
    assert words(error) == said
