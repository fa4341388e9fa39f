"""docs/metrics.md says of each metric and each label value what it means, and names none that does not exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from sensor.dropped import DropReason
from sensor.exposition import Exposition
from sensor.metrics import Outgoing
from tests.exposed import lines_of_promtool, needs_promtool, samples
from tests.kept import scanned

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
# A capture has few of the problems a capture may have.
PROBLEMS = re.findall(r'=> "(\w+)"', (ROOT / "native/capture/src/problem.rs").read_text(encoding="utf-8"))


def exposed() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    reading = scanned("demo.pcap")[0].readings[-1]
    dropped = {reason.value: 0 for reason in DropReason}
    outgoing = Outgoing(waiting=0, waiting_bytes=0, bytes_max=1, dropped=dropped)
    exposition = Exposition()
    exposition.show(msgspec.structs.replace(reading, outgoing=outgoing), is_last=True)
    return samples(exposition.text())


EXPOSED = exposed()
# The problems of inputs have no series before there is one.
NAMES = sorted({name for name, _ in EXPOSED} | {"minesensor_input_problems_total"})
LABELS = sorted(
    {label for name, labels in EXPOSED for label in labels if name != "minesensor_build_info"}
    | {("problem", problem) for problem in PROBLEMS}
)


def alarms() -> list[str]:
    section = TEXT.split("## Worth an alarm")[1].split("\n## ")[0]
    return [row.replace("\\|", "|") for row in re.findall(r"^\| `(.+?)` \| ", section, flags=re.MULTILINE)]


@pytest.mark.parametrize("name", NAMES)
def test_each_metric_has_a_row(name: str) -> None:
    assert re.search(rf"^\| (`\w+`, )?`{name}`", TEXT, flags=re.MULTILINE)


@pytest.mark.parametrize(("label", "value"), LABELS)
def test_each_label_value_is_explained(label: str, value: str) -> None:
    assert f"`{label}`" in TEXT
    assert f"`{value}`" in TEXT


def test_no_metric_is_explained_that_does_not_exist() -> None:
    assert set(re.findall(r"^\| `(minesensor_\w+)`", TEXT, flags=re.MULTILINE)) <= set(NAMES)


def test_problems_are_those_of_the_engine() -> None:
    assert len(PROBLEMS) == 15


@needs_promtool
def test_each_alarm_is_an_expression_over_metrics_that_exist(tmp_path: Path) -> None:
    expressions = alarms()
    assert len(expressions) >= 8
    rules = [{"alert": f"Alarm{number}", "expr": text} for number, text in enumerate(expressions)]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "minesensor", "rules": rules}]}))
    assert list(lines_of_promtool("check", "rules", path)) == []
    for expression in expressions:
        for name in re.findall(r"minesensor_\w+", expression):
            assert name in NAMES or name == "minesensor_dropped_"
