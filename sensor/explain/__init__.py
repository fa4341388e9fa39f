"""Explains a finding: the chain from bytes to verdict, in statements that become words in the reader's language."""

from __future__ import annotations

from pathlib import Path

from sensor.explain.attribution import attribution
from sensor.explain.estimate import estimate
from sensor.explain.revealed import revealed
from sensor.explain.say import Say
from sensor.explain.second import second_opinion
from sensor.explain.session import chain, revision, session, verdict
from sensor.explain.statement import Section, Statement, heading, text
from sensor.explain.words import SIDES, WORDS
from sensor.findings_file import Found
from sensor.reveal import Revealed

__all__ = ["LANGUAGES", "SIDES", "Say", "Section", "Statement", "explain", "heading", "text"]

LANGUAGES = tuple(WORDS)


def explain(found: Found, capture: Path | None, answers: list[Revealed] | None = None) -> list[Statement]:
    """All statements in the order of their sections; with a capture also tshark's.

    ``answers`` are those of a reveal, where somebody asked for one.
    """
    finding = found.finding
    statements = [*session(finding), revision(finding, found.line, found.revisions)]
    statements += [*chain(finding), *verdict(finding), *estimate(finding)]
    statements += [*attribution(finding), *revealed(answers or [])]
    if capture is not None:
        statements += second_opinion(finding, capture)
    return statements
