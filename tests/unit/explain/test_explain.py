from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sensor.explain import LANGUAGES, Say, Section, Statement, explain, text
from sensor.finding import Direction, Finding, MinerEnd, Phase, Reason, ReasonCode
from sensor.findings_file import Found
from sensor.model import CloseCause
from tests.kept import CAPTURES, findings


def explained(finding: Finding) -> list[Statement]:
    return explain(Found(finding, line=7, revisions=3, broken_count=0, broken_first=0), None)


def said(finding: Finding) -> dict[str, str]:
    """English text by code; of several of one code the first."""
    texts: dict[str, str] = {}
    for statement in explained(finding):
        texts.setdefault(statement.code.value, text(statement, "en"))
    return texts


@pytest.fixture
def finding() -> Finding:
    """The workstation of the demonstration, in its last state."""
    return [one for one in findings("demo.pcap") if one.miner.ip == "198.51.100.23"][-1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CAPTURES)
def test_every_revision_is_explained_in_whole_lines(name: str, language: str) -> None:
    for one in findings(name):
        statements = explained(one)
        sections = [statement.section for statement in statements]
        assert sections == sorted(sections, key=list(Section).index)
        for statement in statements:
            line = text(statement, language)
            assert line.isprintable()
            assert "{" not in line.replace("{code", "")
            assert "?" not in line or "?" in str(statement.params)


def test_the_chain_has_every_reason_in_the_order_of_time(finding: Finding) -> None:
    chain = [statement for statement in explained(finding) if statement.section is Section.CHAIN]
    assert sorted(statement.code for statement in chain) == sorted(reason.code for reason in finding.reasons)
    assert [statement.at for statement in chain] == sorted(reason.at for reason in finding.reasons)
    proofs = {reason.code: reason.proof for reason in finding.reasons if isinstance(reason.proof, str)}
    assert {statement.code: statement.proof for statement in chain if statement.proof} == proofs
    assert {statement.side for statement in chain} == {"miner", "pool", ""}


def test_who_mines_where_and_how_much_is_said(finding: Finding) -> None:
    texts = said(finding)
    assert texts["mines"] == "198.51.100.23:51877 mines at pool.supportxmr.com (203.0.113.20:443)"
    assert texts["dialect"] == "they speak cryptonote over tcp"
    assert texts["coin"] == "its jobs are for the coin XMR"
    assert texts["workers"] == "worker names, 1 in all: desk0"
    assert texts["revision"] == "this is revision 5, from line 7; the file holds 3 of it"
    assert texts["shares"] == "34 shares sent: 34 accepted, 0 rejected, 0 without an answer"
    assert texts["messages"] == "the counts rest on 38 messages of the miner and 65 of the pool"
    assert {"stage_working", "grade_A", "closed_end", "jobs"} <= texts.keys()


def test_one_side_alone_says_what_was_not_seen() -> None:
    assert "shares_of_miner" in said(next(findings("one-way-miner.pcap")))
    one = [one for one in findings("one-way-pool.pcap") if one.shares.accepted][-1]
    assert "shares_of_pool" in said(one)
    assert "only_pool_seen" in said(one)


def test_what_is_missing_is_said(finding: Finding) -> None:
    assert "gaps" not in said(finding)
    holed = msgspec.structs.replace(finding, gaps_bytes=99)
    assert said(holed)["gaps"].startswith("99 bytes of payload are missing")


@pytest.mark.parametrize("direction", Direction)
def test_each_direction_is_said(direction: Direction, finding: Finding) -> None:
    assert f"direction_{direction}" in said(msgspec.structs.replace(finding, direction=direction))


@pytest.mark.parametrize("cause", CloseCause)
def test_each_end_is_said(cause: CloseCause, finding: Finding) -> None:
    ended = msgspec.structs.replace(finding, phase=Phase.CLOSED, close_cause=cause, end_of_input=False)
    assert f"closed_{cause}" in said(ended)


def test_a_session_that_goes_on_says_so(finding: Finding) -> None:
    assert "going_on" in said(msgspec.structs.replace(finding, end_of_input=False))


def test_tunnels_are_said() -> None:
    tunnelled = [one for one in findings("tunnels.pcap") if isinstance(one.tunnel, msgspec.Struct)]
    assert any("vxlan" in said(one)["tunnel"] for one in tunnelled)


def test_a_difficulty_that_was_asked_for_is_said(finding: Finding) -> None:
    assert "difficulty_wish" not in said(finding)
    identity = msgspec.structs.replace(finding.miner_identity, difficulty_wish=10_000.0)
    text = said(msgspec.structs.replace(finding, miner_identity=identity))["difficulty_wish"]
    assert text == "with its login it asks for a difficulty of 10000, which the pool need not give"


def test_text_of_the_wire_is_escaped_and_no_format(finding: Finding) -> None:
    identity = msgspec.structs.replace(
        finding.miner_identity, account="{code.__class__}\x1b[2J", workers=("\u202eevil",), agent="矿"
    )
    texts = said(msgspec.structs.replace(finding, miner_identity=identity))
    assert texts["account"] == "the miner logs in as {code.__class__}\\x1b[2J"
    assert texts["workers"].endswith("\\u202eevil")
    assert texts["agent"] == "its software calls itself \\u77ff"


def test_a_withdrawn_finding_says_so(finding: Finding) -> None:
    withdrawn = Reason(code=ReasonCode.WITHDRAWN, at=finding.at)
    taken_back = msgspec.structs.replace(finding, reasons=(*finding.reasons, withdrawn), phase=Phase.CLOSED)
    chain = [one for one in explained(taken_back) if one.section is Section.CHAIN]
    assert text(chain[-1], "en") == "withdrawn: what followed cannot be a mining session"


def test_without_a_capture_nobody_else_is_asked(finding: Finding) -> None:
    assert Section.TSHARK not in {statement.section for statement in explained(finding)}
    assert not any(code.startswith("tshark") for code in said(finding))


def test_a_hidden_end_is_said_by_its_pseudonym_and_tshark_is_not_asked(finding: Finding, tmp_path: Path) -> None:
    subject = "01234567-" + "ab" * 16
    hidden = msgspec.structs.replace(finding, miner=MinerEnd(subject=subject, realm=0))
    told = explain(Found(hidden, 1, 1, 0, 0), tmp_path / "x.pcap")
    assert subject in " ".join(text(statement, "en") for statement in told)
    assert [statement.code for statement in told if statement.section is Section.TSHARK] == [Say.TSHARK_HIDDEN]


def test_a_path_that_tshark_cannot_read_is_said(finding: Finding, tmp_path: Path) -> None:
    found = Found(finding, 1, 1, 0, 0)
    (statement,) = [one for one in explain(found, tmp_path / "\x1bnone") if one.section is Section.TSHARK]
    assert statement.code in (Say.TSHARK_UNREADABLE, Say.TSHARK_NOT_INSTALLED)
    assert "\x1b" not in text(statement, "zh")
