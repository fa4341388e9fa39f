from __future__ import annotations

import io

import msgspec
import pytest
from msgspec import UNSET
from rich.console import Console

from enrichment.model import Level, SubjectKind, Unanswered
from sensor.finding import Finding, MinerEnd
from sensor.message import Message
from sensor.model import Endpoint
from sensor.ownership import Attribution, Division, End
from sensor.pipeline import Pipeline, PipelineSettings
from sensor.sinks.table import TableSink
from tests.scripted import KEY, START, ScriptedDialogue, SmallCatalogue, name_seen, opened, said


def finding_of(login: str = "acct.rig", *, ip: str = "192.0.2.10", port: int = 50_000) -> Finding:
    key = msgspec.structs.replace(KEY, a=Endpoint(ip, port))
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    chunks = [said(f"C login:{login}", at=1), said("S ok job", at=2), said("C share", at=3), said("S yes", at=4)]
    pipeline.feed([opened(key=key), *chunks])
    return pipeline.finish(START).findings[-1]


def shown(*findings: Finding, by_session: bool = False, width: int = 240) -> str:
    stream = io.StringIO()
    sink = TableSink(
        Console(file=stream, width=width, markup=False, emoji=False, highlight=False), by_session=by_session
    )
    for finding in findings:
        sink.write(Message("", finding))
    sink.close()
    return stream.getvalue()


def test_a_row_says_who_where_what_how_much_and_why() -> None:
    text = shown(finding_of())
    for words in (
        "192.0.2.10",
        "203.0.113.5:3333",
        "acct",
        "rig",
        "scripted",
        "1 sent",
        "A working",
        "the pool accepted a share",
    ):
        assert words in text


def test_sessions_of_one_miner_pool_and_account_are_one_row() -> None:
    text = shown(finding_of(port=1), finding_of("acct.other", port=2), finding_of("else.rig", port=3))
    assert "2 sessions" in text
    assert "2 sent" in text
    assert "other" in text
    assert text.count("192.0.2.10") == 2


def test_by_session_each_has_its_row() -> None:
    assert shown(finding_of(port=1), finding_of(port=2), by_session=True).count("192.0.2.10:") == 2


def test_text_of_the_wire_is_neither_markup_nor_control() -> None:
    text = shown(finding_of("[red]x.\x1b[2J\u202e"))
    assert "[red]x" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b" in text


@pytest.mark.parametrize("width", [20, 80, 120, 200])
def test_a_narrow_terminal_folds_and_cuts_nothing(width: int) -> None:
    named = attribution(SubjectKind.ENTERPRISE, enterprise="Demo North Cold Store Limited", site="Hall 4, row 2 and 3")
    # A character of Chinese is two columns wide, which would shift the others in their lines.
    plain = msgspec.structs.replace(named, division=UNSET)
    found = finding_of("4eKHe9gSDYDDqkKcRHmYzDzNEmLoy85rR8ev4q.rig", ip="2001:db8:1234:5678:9abc:def0:1234:5678")
    text = shown(msgspec.structs.replace(found, attribution=plain), width=width)
    assert "\u2026" not in text
    head, _, body = text.partition("\u2500")
    # The last column, which is the first to be cut off; what is folded has lost its blanks.
    at = next(line.index("Why") for line in head.splitlines() if "Why" in line)
    why = "".join(line[at:].replace(" ", "") for line in body.splitlines()[1:])
    assert why == "thepoolacceptedasharetheminersentashare"


def test_what_was_not_seen_is_a_question_mark() -> None:
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    finding = pipeline.feed([opened(midstream=True), *(said("C share", at=at) for at in (1, 2, 3))]).findings[-1]
    text = shown(finding)
    assert "3 sent" in text
    assert "? accepted" in text


def test_sightings_have_a_table_of_their_own() -> None:
    stream = io.StringIO()
    sink = TableSink(Console(file=stream, width=200), by_session=False)
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    pipeline.feed([name_seen("dns")])
    for sighting in pipeline.finish(0).sightings:
        sink.write(Message("", sighting))
    sink.close()
    assert "pool.example" in stream.getvalue()
    assert "Mining found" not in stream.getvalue()


def test_whose_it_is_has_a_column_where_anything_is_known() -> None:
    found = finding_of()
    assert "Whose" not in shown(found)
    whole = attribution(SubjectKind.ENTERPRISE, enterprise="\u5317\u65b9\u6570\u636e", site="Hall 4")
    text = shown(msgspec.structs.replace(found, attribution=whole))
    for words in ("Whose", "\u5317\u65b9\u6570\u636e", "Hall 4", "\u5185\u8499\u53e4\u81ea\u6cbb\u533a 150602"):
        assert words in text


def test_who_is_hidden_is_shown_by_kind_county_and_the_beginning_of_a_pseudonym() -> None:
    subject = "01234567-" + "ab" * 16
    hidden = msgspec.structs.replace(
        finding_of(), miner=MinerEnd(subject=subject, realm=0), attribution=attribution(SubjectKind.HOUSEHOLD)
    )
    text = shown(hidden)
    for words in ("01234567-abababababab...", "household", "150602"):
        assert words in text
    assert subject not in text


def test_why_nobody_is_known_is_said() -> None:
    nobody = attribution(SubjectKind.UNKNOWN, reason=Unanswered.NO_RECORD)
    text = shown(msgspec.structs.replace(finding_of(), attribution=nobody))
    assert "unknown" in text
    assert "no record" in text


def test_names_that_a_terminal_cannot_write_are_shown_as_numbers_and_controls_never_get_through() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    sink = TableSink(Console(file=stream, width=240, markup=False), by_session=False)
    named = attribution(SubjectKind.IDC, enterprise="\u5317\u65b9\u202e\x1b[2J")
    sink.write(Message("", msgspec.structs.replace(finding_of(), attribution=named)))
    sink.close()
    stream.flush()
    text = stream.buffer.getvalue().decode("ascii")  # type: ignore[attr-defined]
    assert "\\u5317\\u65b9\\u202e\\x1b[2J" in text


def attribution(kind: SubjectKind, **known: object) -> Attribution:
    division = Division("150602", "county", "150000", "\u5185\u8499\u53e4\u81ea\u6cbb\u533a", "150600")
    return Attribution(
        end=End.MINER,
        kind=kind,
        level=Level.SITE,
        confidence=0.95,
        division=division,
        hops=(),
        flags=(),
        data_versions=(),
        **known,  # type: ignore[arg-type]
    )
