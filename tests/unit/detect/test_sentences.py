from __future__ import annotations

import string

import pytest

from sensor.detect.sentences import SENTENCES, sentence
from sensor.finding import Reason, ReasonCode


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("code", ReasonCode)
def test_each_code_has_words_in_each_language(language: str, code: ReasonCode) -> None:
    words = sentence(Reason(code=code, at=""), language)
    assert words
    assert not set("{[]}") & set(words)


def test_languages_name_the_same_parameters() -> None:
    def names(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for table in SENTENCES.values():
        assert {code: names(text) for code, text in table.items()} == {
            code: names(text) for code, text in SENTENCES["en"].items()
        }


def test_a_parameter_from_the_wire_is_no_format_and_no_control() -> None:
    reason = Reason(code=ReasonCode.LOGIN_SENT, at="", params={"login": "{code.__class__}\x1b[2J"})
    assert sentence(reason) == "the miner logged in as {code.__class__}\\x1b[2J"


def test_a_parameter_not_seen_says_so() -> None:
    assert sentence(Reason(code=ReasonCode.LOGIN_SENT, at="")) == "the miner logged in as not seen"


def test_what_need_not_be_there_is_left_out_with_its_words() -> None:
    refused = Reason(code=ReasonCode.LOGIN_REFUSED, at="", params={"code": 24})
    assert sentence(refused) == "the pool refused the login (code 24)"
    assert sentence(Reason(code=ReasonCode.LOGIN_REFUSED, at="")) == "the pool refused the login"
    assert sentence(Reason(code=ReasonCode.SHARE_REJECTED, at=""), "zh") == "矿池拒绝了份额"
