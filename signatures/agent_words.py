"""Which words stand in every text that a pattern of ``agents.csv`` matches: what holds none of them need not be tried.

To compile a pattern takes as long as to look for a hundred words. Reads only what ``equipment_file`` allows in one: no
look-around, no reference back, no repeated group. What it cannot tell for certain it leaves out. Knows no table.
"""

from __future__ import annotations

from typing import Final

_IGNORE_CASE: Final = "(?i)"
# Shorter words stand in most texts, and spare nothing.
_WORD_CHARS_MIN: Final = 2
# An escape that stands for the character itself is followed by none of these.
_CLASSES: Final = frozenset("bBdDsSwWAZnrtfv0123456789x")
_OPTIONAL: Final = ("?", "*", "{")

Words = tuple[str, ...]


def words_of(pattern: str) -> Words:
    """In lower case; a text that the pattern matches holds at least one of them. (): nothing can be told."""
    found: list[str] = []
    for branch in _split(pattern.removeprefix(_IGNORE_CASE)):
        words = _of_branch(branch)
        if not words:
            return ()
        found += words
    return tuple(dict.fromkeys(found))


def _of_branch(branch: str) -> Words:
    """Of all that must stand there, what is longest: a run of characters, or the branches of a group."""
    choices: list[Words] = []
    run = ""
    position = 0
    while position < len(branch):
        step = _step(branch, position)
        position += len(step)
        follows = branch[position : position + 1]
        char = _character(step)
        if char and follows not in _OPTIONAL:
            run += char
            continue
        choices.append((run,))
        run = ""
        if step.startswith("(") and follows not in _OPTIONAL:
            choices.append(words_of(step[1:-1].removeprefix("?:")))
    choices.append((run,))
    best = max(choices, key=_shortest)
    return best if _shortest(best) >= _WORD_CHARS_MIN else ()


def _shortest(words: Words) -> int:
    return min(map(len, words), default=0)


def _character(step: str) -> str:
    """The character that a step stands for, in lower case; "" where it may be several, or none."""
    if len(step) == 1:
        return "" if step in "^$.?*+|" else step.lower()
    is_escaped = len(step) == 2 and step[0] == "\\" and step[1] not in _CLASSES
    return step[1].lower() if is_escaped else ""


def _split(pattern: str) -> list[str]:
    """The branches of a pattern that stand beside each other outside of groups."""
    branches = [""]
    position = 0
    while position < len(pattern):
        step = _step(pattern, position)
        position += len(step)
        if step == "|":
            branches.append("")
        else:
            branches[-1] += step
    return branches


def _step(pattern: str, position: int) -> str:
    """One character, escape, class, whole group or count of repetitions."""
    first = pattern[position]
    if first == "\\":
        return pattern[position : position + 2]
    if first == "[":
        return pattern[position : _end_of_class(pattern, position)]
    if first == "{":
        return pattern[position : pattern.index("}", position) + 1]
    if first != "(":
        return first
    end = position + 1
    while pattern[end] != ")":
        end += len(_step(pattern, end))
    return pattern[position : end + 1]


def _end_of_class(pattern: str, position: int) -> int:
    end = position + 1
    if pattern[end] == "^":
        end += 1
    if pattern[end] == "]":
        end += 1
    while pattern[end] != "]":
        end += 2 if pattern[end] == "\\" else 1
    return end + 1
