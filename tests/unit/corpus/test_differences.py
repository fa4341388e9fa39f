from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import pytest

from tests.corpus.differences import Known

SHOWN: Final = "udp_flows 1 (dissectors: 2)"
ROW: Final = f"""
[[difference]]
reason = "a tunnel by its source port"
[difference.files]
"benign/a.pcap" = "{SHOWN}"
"""


def known(folder: Path, text: str = ROW) -> Known:
    path = folder / "differences.toml"
    path.write_text(text, encoding="utf-8")
    return Known(path)


def test_a_difference_is_known_by_its_file_and_both_counts(tmp_path: Path) -> None:
    listed = known(tmp_path)
    assert listed.reason("benign/a.pcap", SHOWN) == "a tunnel by its source port"
    assert not listed.is_stale("benign/a.pcap", SHOWN)
    assert listed.reason("benign/b.pcap", SHOWN) == ""
    assert not listed.is_stale("benign/b.pcap", SHOWN)


@pytest.mark.parametrize("shown", ["", "udp_flows 1 (dissectors: 3)", SHOWN + "; packets 1 (dissectors: 2)"])
def test_a_file_that_differs_otherwise_or_no_longer_is_stale(tmp_path: Path, shown: str) -> None:
    listed = known(tmp_path)
    assert listed.reason("benign/a.pcap", shown) == ""
    assert listed.is_stale("benign/a.pcap", shown)


@pytest.mark.parametrize("line", ["reason", '"benign/a.pcap"'])
def test_a_row_without_words_is_refused(tmp_path: Path, line: str) -> None:
    text = "\n".join(f'{line} = "?"' if one.startswith(line) else one for one in ROW.splitlines())
    with pytest.raises(msgspec.ValidationError):
        known(tmp_path, text)


def test_the_committed_differences_name_both_counts() -> None:
    listed = Known()
    assert listed.files()
    assert all("(dissectors: " in shown for shown in listed.files().values())


def test_where_the_dissectors_err_they_have_no_opinion(tmp_path: Path) -> None:
    err = known(tmp_path, ROW.replace("[difference.files]", "dissectors_err = true\n[difference.files]"))
    assert err.is_no_opinion("benign/a.pcap", SHOWN)
    assert not err.is_no_opinion("benign/a.pcap", "")
    assert not err.is_no_opinion("benign/b.pcap", SHOWN)
    assert not known(tmp_path).is_no_opinion("benign/a.pcap", SHOWN)
