from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signatures.agent_words import words_of
from signatures.agents import AgentRule, Agents
from signatures.equipment_file import load_equipment
from signatures.loader import PACKAGED

AGENTS = load_equipment(PACKAGED).agents
PLAIN = st.characters(max_codepoint=0x7F)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("^cgminer/", ("cgminer/",)),
        (r"^cgminer/3\.7\.3", ("cgminer/3.7.3",)),
        ("(?i)^(NiceHash|excavator)/", ("nicehash", "excavator")),
        (r"(?i)\bluxos\b|^luxminer/", ("luxos", "luxminer/")),
        ("^flu ?miner", ("miner",)),
        ("(one|two)?three", ("three",)),
        ("(?:one|two)x", ("one", "two")),
        ("ab+c", ("ab",)),
        ("ab*cd", ("cd",)),
        ("ab{0,2}cd", ("cd",)),
        (r"[|\]]x|\|\d", ()),
        ("[^|/]+", ()),
        ("^$", ()),
        ("one|.", ()),
        ("", ()),
    ],
)
def test_words_are_what_every_match_holds(pattern: str, words: tuple[str, ...]) -> None:
    assert words_of(pattern) == words


@pytest.mark.parametrize("rule", AGENTS.rules, ids=lambda rule: rule.pattern)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_a_pattern_matches_holds_one_of_its_words(rule: AgentRule, data: st.DataObject) -> None:
    pattern = rule.pattern
    text = data.draw(st.from_regex(pattern, alphabet=PLAIN))
    assert re.search(pattern, text)
    words = words_of(pattern)
    assert not words or any(word in text.lower() for word in words)


def test_nearly_every_pattern_is_spared() -> None:
    assert sum(not rule.words for rule in AGENTS.rules) <= 1
    agents = Agents(AGENTS.rules)
    assert agents.match("bmminer/2.0.0") is not None
    assert len(agents._compiled) <= 4


@pytest.mark.parametrize("agent", ["ſgminer/1", "ICERIVERMINER", "GMiner/3.44", "x", "", "Antminer S19j Pro/1"])
def test_an_agent_tells_the_same_as_if_every_pattern_were_tried(agent: str) -> None:
    expected = next((rule for rule in AGENTS.rules if re.search(rule.pattern, agent)), None)
    seen = Agents(AGENTS.rules).match(agent)
    assert (seen and seen.rule) == expected
