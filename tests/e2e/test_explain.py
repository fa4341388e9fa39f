# SPDX-License-Identifier: Apache-2.0
"""``minesensor explain`` as a user runs it, and tshark's opinion of what is found in the shipped captures."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import UNSET

from sensor.explain import Section, text
from sensor.explain.second import second_opinion
from sensor.model import Endpoint
from sensor.timestamp import parse_time
from sensor.tshark import Trouble, TsharkError, look
from tests.e2e.commandline import ROOT, SECONDS_MAX, environment, run
from tests.e2e.conversations import played, talk
from tests.e2e.sensing import sense
from tests.lab.captures import CAPTURES
from tests.lab.tshark import PRESENT
from tests.unit.wire.family import difficulty, yes
from tests.unit.wire.stratum_v1 import AUTHORIZE, SUBSCRIBE, SUBSCRIBED, notify, submit

DEMO = ROOT / "pcaps" / "demo.pcap"
FINDING = "5976418a934c3324cce0c02dd51b254f"
MINER, POOL = Endpoint("198.51.100.23", 51877), Endpoint("203.0.113.20", 443)
# .ci/run brings it; there a test without it fails.
needs_tshark = pytest.mark.skipif(
    not PRESENT and "MINESENSOR_CI" not in os.environ, reason="tshark, the independent reader, is not installed"
)
# Each finding starts tshark once; where faults are the point, all are looked at.
FINDINGS_MAX = {"network-faults.pcap": 12, "mid-stream.pcap": 6}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explain") / "out.jsonl"
    assert run("scan", "--json", "--updates", "--findings", path, DEMO).returncode == 0
    return path


# ---------------------------------------------------------------- the second opinion


@needs_tshark
@pytest.mark.parametrize("name", CAPTURES)
def test_tshark_agrees_with_every_finding(name: str) -> None:
    path = ROOT / "pcaps" / name
    for finding in sense(path).findings[: FINDINGS_MAX.get(name, 1)]:
        statements = second_opinion(finding, path)
        compared = [one for one in statements if one.code.startswith(("agree_", "differ_"))]
        # Frames are no JSON, and what of HTTP is a message it does not say.
        has_frames = finding.messages_seen.agent_frames is not UNSET or name == "over-http.pcap"
        messages = [] if has_frames else ["agree_messages_miner", "agree_messages_pool"]
        expected = ["agree_first", "agree_last", *messages, "agree_gaps"]
        assert [one.code for one in compared] == expected, [text(one, "en") for one in compared]


@needs_tshark
@pytest.mark.parametrize("end", [b"\n\n", b"\0", b"", b" \r\n"])
def test_messages_that_are_no_line_each_are_counted_all_the_same(end: bytes, tmp_path: Path) -> None:
    said = [SUBSCRIBE, SUBSCRIBED, AUTHORIZE, yes(3), difficulty(1024), notify("a1")]
    said += [message for ident in (4, 5) for message in (submit(ident, "acct.rig07", "a1"), yes(ident))]
    messages = [(side, data.rstrip() + end) for side, data in said]
    (finding,) = played([talk(messages, 50_000)], tmp_path / "one.pcap").findings
    codes = [one.code.value for one in second_opinion(finding, tmp_path / "one.pcap")]
    assert "agree_messages_miner" in codes
    assert "agree_messages_pool" in codes


@needs_tshark
def test_a_difference_is_stated_with_both_values(findings: Path) -> None:
    # A revision from the middle of the session knows less than the capture does.
    finding = next(one for one in sense(DEMO).revisions if one.finding_id == FINDING and one.revision == 3)
    said = {one.code.value: text(one, "en") for one in second_opinion(finding, DEMO)}
    ours = finding.messages_seen.miner
    assert (
        said["differ_messages_miner"]
        == f"differs: 38 messages from the miner, by their braces, the finding says {ours}"
    )
    assert "differ_why" in said
    assert "agree_first" in said


@needs_tshark
def test_a_capture_that_is_cut_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(DEMO.read_bytes()[:1_000_001])
    whole, part = (look(path, MINER, POOL, 0) for path in (DEMO, cut))
    assert whole is not None
    assert part is not None
    assert (whole.is_cut, part.is_cut) == (False, True)
    assert 0 < part.miner.packets < whole.miner.packets
    assert part.miner.first_line == whole.miner.first_line
    assert '"pass":"***"' in whole.miner.first_line


@needs_tshark
def test_of_two_connections_between_the_same_ends_the_right_one_is_taken() -> None:
    path = ROOT / "pcaps" / "network-faults.pcap"
    by_ends: dict[tuple[str, int, str, int], list[int]] = {}
    for finding in sense(path).findings:
        ends = (finding.miner.ip, finding.miner.port, finding.pool.ip, finding.pool.port)
        by_ends.setdefault(ends, []).append(parse_time(finding.first_seen))
    ((ends, times),) = [row for row in by_ends.items() if len(row[1]) > 1]
    for first_ns in times:
        stream = look(path, Endpoint(*ends[:2]), Endpoint(*ends[2:]), first_ns)
        assert stream is not None
        assert stream.first_ns == first_ns


@needs_tshark
@pytest.mark.parametrize("content", [b"", b"no capture", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_capture_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.pcap").write_bytes(content)
    try:
        assert look(tmp_path / "x.pcap", MINER, POOL, 0) is None  # tshark reads an empty file as an empty capture
    except TsharkError as error:
        assert error.trouble is Trouble.UNREADABLE
    with pytest.raises(TsharkError):
        look(tmp_path / "none.pcap", MINER, POOL, 0)


@needs_tshark
def test_a_connection_that_is_not_there_is_told() -> None:
    assert look(DEMO, Endpoint("192.0.2.1", 1), POOL, 0) is None
    assert look(DEMO, Endpoint("2001:db8::1", 1), Endpoint("2001:db8::2", 2), 0) is None


# ---------------------------------------------------------------- the command


@needs_tshark
def test_an_explanation_has_all_its_sections_in_both_languages(findings: Path) -> None:
    for language, words in (("en", "From bytes to verdict"), ("zh", "从字节到结论")):
        result = run("explain", FINDING[:8], "--findings", findings, "--capture", DEMO, "--lang", language)
        assert (result.returncode, result.stderr) == (0, b"")
        out = result.stdout.decode("utf-8")
        assert words in out
        assert out.count('{"id":1,"jsonrpc":"2.0","method":"login"') == 2  # ours, and tshark's


def test_json_is_one_statement_a_line(findings: Path) -> None:
    result = run("explain", FINDING, "--findings", findings, "--json", "--lang", "zh")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.returncode, result.stderr) == (0, b"")
    assert {row["section"] for row in rows} >= {Section.SESSION, Section.CHAIN, Section.VERDICT}
    assert all(row["code"] and row["text"] for row in rows)
    (share,) = [row for row in rows if row["code"] == "share_accepted"]
    assert (share["side"], share["text"]) == ("pool", "矿池接受了份额")


def test_a_terminal_that_knows_no_chinese_gets_numbers(findings: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sensor", "explain", FINDING, "--findings", str(findings), "--lang", "zh"],
        capture_output=True,
        cwd=ROOT,
        env=environment(PYTHONIOENCODING="latin-1"),
        timeout=SECONDS_MAX,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u53d1\\u73b0" in done.stdout


def test_without_tshark_one_line_says_so(findings: Path) -> None:
    code = "import os, sys; os.environ['PATH'] = '/nowhere'; from sensor.cli import run; sys.exit(run(sys.argv[1:]))"
    assert "none: tshark is not installed; apt-get install tshark" in explained_by(code, findings)


def test_without_pyshark_one_line_says_so(findings: Path) -> None:
    code = "import sys; sys.modules['pyshark'] = None; from sensor.cli import run; sys.exit(run(sys.argv[1:]))"
    assert "none: pyshark is not installed; pip install pyshark" in explained_by(code, findings)


def explained_by(code: str, findings: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, "explain", FINDING, "--findings", str(findings), "--capture", str(DEMO)],
        capture_output=True,
        cwd=ROOT,
        env=environment(),
        timeout=SECONDS_MAX,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


def complaint(*arguments: str | Path) -> tuple[int, str]:
    """Exit code and the one line on standard error."""
    result = run("explain", *arguments)
    said = result.stderr.decode("ascii")
    assert said.startswith("minesensor: ")
    assert said.count("\n") == 1
    return result.returncode, said.removeprefix("minesensor: ").rstrip()


def test_mistakes_are_one_line_and_code_2(findings: Path, tmp_path: Path) -> None:
    lost = tmp_path / "lost.jsonl"
    unknown = f"{findings}: no finding whose id begins with {'f' * 32}; take an id from its lines, or scan again"
    assert complaint("f" * 32, "--findings", findings) == (2, unknown)
    missing = f"{lost}: no such file or directory; correct the path given with --findings"
    assert complaint(FINDING, "--findings", lost) == (2, missing)
    code, line = complaint("zz", "--findings", findings)
    assert (code, line) == (2, "'zz': no finding id; give its first letters: 0-9 and a-f")
    code, line = complaint(FINDING, "--findings", findings, "--capture", lost)
    assert (code, line) == (2, f"{lost}: no such file; correct the path given with --capture")
    code, line = complaint(FINDING)
    assert (code, "Missing option '--findings'" in line) == (2, True)


def test_several_matches_are_one_line_and_code_2(findings: Path) -> None:
    ids = {json.loads(line)["finding_id"] for line in findings.read_bytes().splitlines()}
    first = next(char for char in "0123456789abcdef" if sum(one.startswith(char) for one in ids) > 1)
    code, line = complaint(first, "--findings", findings)
    assert code == 2
    assert f"several findings begin with {first}: " in line
    assert line.endswith("; give more of the id")


def test_a_broken_line_is_told_after_the_explanation_and_code_1(findings: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_bytes(b'{"kind":"find\n' + findings.read_bytes())
    result = run("explain", FINDING, "--findings", path)
    assert result.returncode == 1
    assert b"grade A" in result.stdout
    assert result.stderr.decode() == f"minesensor: {path}:1: a broken line; passed over: copy the file again\n"


@needs_tshark
def test_an_interruption_ends_tshark_and_says_nothing_of_what_it_was_doing(findings: Path, tmp_path: Path) -> None:
    long, data = tmp_path / "long.pcap", DEMO.read_bytes()
    long.write_bytes(data[:24] + data[24:] * 60)
    command = ["env", "--default-signal=INT", sys.executable, "-m", "sensor", "explain", FINDING]
    command += ["--findings", str(findings), "--capture", str(long)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            # tshark is asked for its version first, and then for the connection.
            while not children(process.pid, b"-r"):
                assert process.poll() is None
            os.killpg(process.pid, signal.SIGINT)
            out, said = process.communicate(timeout=SECONDS_MAX)
        finally:
            process.kill()
    assert (process.returncode, out, said.strip()) == (130, b"", b"")


def children(pid: int, argument: bytes) -> list[str]:
    """Processes that this one has started with such an argument."""
    started = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = []
    for child in started:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += [child] * (argument in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"))
    return found
