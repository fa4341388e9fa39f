"""What an explanation is made of: statements in sections, each a code with parameters. Words come last."""

from __future__ import annotations

import enum

import msgspec

from sensor.detect.proof import printable
from sensor.detect.sentences import SENTENCES
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
    TSHARK = "tshark"


class Statement(msgspec.Struct, frozen=True):
    """``at``, ``side`` and ``proof`` are those of a reason; "" elsewhere."""

    section: Section
    code: Say | ReasonCode
    params: dict[str, Param] = {}
    at: str = ""
    side: str = ""
    proof: str = ""


def text(statement: Statement, language: str) -> str:
    """The statement in words: one line, whatever its parameters hold."""
    code = statement.code
    template = SENTENCES[language][code] if isinstance(code, ReasonCode) else WORDS[language][code]
    return template.format_map(_Shown({name: printable(str(value)) for name, value in statement.params.items()}))


def heading(section: Section, language: str) -> str:
    return HEADINGS[language][section.value]


class _Shown(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "?"
