from __future__ import annotations

import string

import pytest

from sensor.detect.sentences import SENTENCES, sentence
from sensor.finding import Param, Reason, ReasonCode


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
    assert sentence(Reason(code=ReasonCode.ALGORITHM_SEEN, at="")) == "the work is for the algorithm not seen"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (ReasonCode.LOGIN_SENT, "the miner logged in"),
        (ReasonCode.RIG_REGISTERED, "the agent registered a rig"),
        (ReasonCode.REDIRECTED, "the pool sends the miner elsewhere"),
        (ReasonCode.PROXIED, "the session goes through a proxy"),
    ],
)
def test_of_who_is_hidden_nothing_is_said_to_be_unseen(code: ReasonCode, words: str) -> None:
    assert sentence(Reason(code=code, at="")) == words


def test_a_listed_name_that_is_hidden_is_still_a_listed_name() -> None:
    params: dict[str, Param] = {"list": "own", "as_of": "2026-01-01"}
    hidden = sentence(Reason(ReasonCode.NAME_DNS, "", params))
    assert hidden == "a DNS answer for a listed name went to it (list own of 2026-01-01)"
    shown = sentence(Reason(ReasonCode.NAME_DNS, "", params | {"name": "pool.example"}))
    assert shown == "a DNS answer for a listed name, pool.example, went to it (list own of 2026-01-01)"


@pytest.mark.parametrize(("rate", "shown"), [(400_000_000.0, "400,000,000"), (12.5, "12.5"), (1.4e20, "1.4e+20")])
def test_a_hashrate_is_told_in_digits_that_can_be_counted(rate: float, shown: str) -> None:
    reason = Reason(ReasonCode.HASHRATE_REPORTED, "", {"hashrate_hs": rate})
    assert sentence(reason) == f"the miner reports {shown} H/s of itself"


def test_what_need_not_be_there_is_left_out_with_its_words() -> None:
    refused = Reason(code=ReasonCode.LOGIN_REFUSED, at="", params={"code": 24})
    assert sentence(refused) == "the pool refused the login (code 24)"
    assert sentence(Reason(code=ReasonCode.LOGIN_REFUSED, at="")) == "the pool refused the login"
    assert sentence(Reason(code=ReasonCode.SHARE_REJECTED, at=""), "zh") == "矿池拒绝了份额"
