"""What the operating system says went wrong."""

from __future__ import annotations


def words(error: OSError) -> str:
    """In lower case, as a part of a line. Not each error has a text: then what kind of error it is."""
    return (error.strerror or type(error).__name__).lower()
