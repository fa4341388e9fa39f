from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import pytest

from sensor.model import Endpoint
from tests.corpus import exceptions
from tests.corpus.judge import Mismatch
from tests.corpus.quotes import Payloads
from tests.unit.corpus.crafted import stream, true_file

WRONG: Final = Mismatch("a.pcap", "7", "jobs", "3", "2")
OTHER: Final = Mismatch("b.pcap", "1", "jobs", "3", "2")
LINE: Final = '{"method":"mining.notify","params":["1"]}'
ROW: Final = f"""
[[exception]]
file = "a.pcap"
field = "jobs"
truth = "3"
ours = "2"
reason = "Sent twice under one sequence number."
[exception.quotes]
"7" = '{LINE}'
"8" = '{LINE}'
"""


def loaded(folder: Path, text: str = ROW) -> list[exceptions.Excepted]:
    path = folder / "exceptions.toml"
    path.write_text(text, encoding="utf-8")
    return exceptions.load(path)


def row_for(mismatch: Mismatch) -> exceptions.Excepted:
    told: dict[str, object] = {
        "file": mismatch.file,
        "field": mismatch.field,
        "truth": mismatch.truth,
        "ours": mismatch.ours,
    }
    return msgspec.convert(
        {**told, "reason": "Because it is so.", "quotes": {mismatch.stream: LINE}}, exceptions.Excepted
    )


def test_a_row_covers_each_of_its_streams_and_no_other(tmp_path: Path) -> None:
    eight, nine = (msgspec.structs.replace(WRONG, stream=name) for name in "89")
    assert exceptions.split({WRONG, eight, nine}, loaded(tmp_path), {"a.pcap"}) == ([nine], [])


@pytest.mark.parametrize("member", ["file", "stream", "field", "truth", "ours"])
def test_an_exception_covers_nothing_but_its_own_mismatch(member: str) -> None:
    almost = msgspec.structs.replace(WRONG, **{member: "4"})
    wrong, stale = exceptions.split({WRONG}, [row_for(almost)], {"a.pcap"})
    assert wrong == [WRONG]
    assert stale == ([almost] if member != "file" else [])


def test_an_exception_that_no_longer_applies_is_stale() -> None:
    assert exceptions.split(set(), [row_for(WRONG)], {"a.pcap"}) == ([], [WRONG])


def test_an_exception_of_a_capture_that_was_not_judged_is_not_stale() -> None:
    assert exceptions.split({OTHER}, [row_for(WRONG), row_for(OTHER)], {"b.pcap"}) == ([], [])


# ---------------------------------------------------------------- quotes


def unproven(payloads: Payloads) -> list[Mismatch]:
    files = {"a.pcap": true_file(stream(stream=7))}
    return exceptions.unproven([row_for(WRONG), row_for(OTHER)], files, lambda _file: payloads)


def test_a_quote_that_stands_in_its_stream_proves_the_exception() -> None:
    ends = ("192.0.2.10", Endpoint("203.0.113.5", 3333))
    assert unproven({ends: [b"", b"first\n" + LINE.encode() + b"\nlast"]}) == []


@pytest.mark.parametrize("port", [3333, 3334])
def test_a_quote_that_stands_elsewhere_or_nowhere_proves_nothing(port: int) -> None:
    ends = ("192.0.2.10", Endpoint("203.0.113.5", port))
    text = LINE if port != 3333 else LINE.replace("1", "2")
    assert unproven({ends: [text.encode()]}) == [WRONG]


# ---------------------------------------------------------------- form


@pytest.mark.parametrize("member", ["reason", "ours", "[exception.quotes]", '"7"'])
def test_a_row_that_lacks_a_member_is_refused(tmp_path: Path, member: str) -> None:
    kept = [line for line in ROW.splitlines() if not line.startswith((member, '"8"'))]
    if member == '"7"':
        assert loaded(tmp_path, "\n".join(kept))[0].quotes == {}
        return
    with pytest.raises(msgspec.ValidationError):
        loaded(tmp_path, "\n".join(kept))


@pytest.mark.parametrize("words", [LINE, "Sent twice under one sequence number."])
def test_a_row_without_a_quote_or_a_reason_in_words_is_refused(tmp_path: Path, words: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        loaded(tmp_path, ROW.replace(words, "?"))


def test_a_row_with_a_misspelt_member_is_refused(tmp_path: Path) -> None:
    with pytest.raises(msgspec.ValidationError, match="because"):
        loaded(tmp_path, ROW.replace("reason", "because"))


def test_the_committed_rows_are_well_formed() -> None:
    assert all(row.quotes for row in exceptions.load())
