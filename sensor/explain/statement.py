"""What an explanation is made of: statements in sections, each a code with parameters. Words come last."""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from sensor.detect.proof import printable, readable
from sensor.detect.sentences import said, template
from sensor.explain.say import Say
from sensor.explain.words import HEADINGS, WORDS
from sensor.finding import Param, ReasonCode


class Section(enum.StrEnum):
    """In the order in which they are told."""

    SESSION = "session"
    CHAIN = "chain"
    VERDICT = "verdict"
    ESTIMATE = "estimate"
    ATTRIBUTION = "attribution"
    REVEAL = "reveal"
    TSHARK = "tshark"


class Statement(msgspec.Struct, frozen=True):
    """``at``, ``side`` and ``proof`` are those of a reason; "" elsewhere."""

    section: Section
    code: Say | ReasonCode
    params: dict[str, Param] = {}
    at: str = ""
    side: str = ""
    proof: str = ""


# Here the parameters come from our own files, in any script; elsewhere from the wire.
_OWN_TEXT: Final = frozenset({Section.ATTRIBUTION, Section.REVEAL})


def text(statement: Statement, language: str) -> str:
    """The statement in words: one line, whatever its parameters hold."""
    code, params = statement.code, statement.params
    if isinstance(code, ReasonCode):
        shown = {name: printable(said(value)) for name, value in params.items()}
        return template(code, params, language).format_map(_Shown(shown))
    show = _own if statement.section in _OWN_TEXT else printable
    return WORDS[language][code].format_map(_Shown({name: show(str(value)) for name, value in params.items()}))


def heading(section: Section, language: str) -> str:
    return HEADINGS[language][section.value]


def _own(value: str) -> str:
    return readable(value, "utf-8")


class _Shown(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "?"
