"""What the benchmark tells: runs, figures with their budgets, problems; and their rendering."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.child import Usage


class TableStyle(NamedTuple):
    """What stands left of, between and right of cells, and what ends the rule above a column of numbers."""

    left: str
    between: str
    right: str
    numbers: str


MARKDOWN: Final = TableStyle("| ", " | ", " |", ":")
PLAIN: Final = TableStyle("", "  ", "", "-")


@dataclasses.dataclass(frozen=True)
class Budget:
    """``limit`` as design and issue state it; ``at_least``: more is better."""

    limit: float
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def text(self, unit: str) -> str:
        return f"{'≥' if self.at_least else '≤'} {number(self.limit)} {unit}".rstrip()


@dataclasses.dataclass(frozen=True)
class Run:
    """The medians of one program on one input."""

    name: str
    usage: Usage
    packets: int | None
    size_bytes: int | None


@dataclasses.dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    budget: Budget | None = None


@dataclasses.dataclass
class Report:
    machine: dict[str, str]
    repeats: int
    runs: list[Run] = dataclasses.field(default_factory=list)
    figures: list[Figure] = dataclasses.field(default_factory=list)
    #: What could not be measured, and why.
    left_out: list[str] = dataclasses.field(default_factory=list)
    #: Why figures must not be trusted: no ratio is told then.
    problems: list[str] = dataclasses.field(default_factory=list)
    findings: str = "not checked"
    #: Memory of the benchmark itself, below which no peak can be seen (bench.child.Usage).
    floor_kib: int = 0

    def raw(self) -> str:
        """JSON with every number unrounded."""
        document: dict[str, Any] = dataclasses.asdict(self)
        for row, run in zip(document["runs"], self.runs, strict=True):
            row["usage"] = run.usage._asdict()
        return json.dumps(document, indent=2, ensure_ascii=False)

    def text(self, style: TableStyle) -> str:
        """Machine, runs and figures beside their budgets."""
        machine = [f"- {name}: {text}" for name, text in self.machine.items()]
        machine.append(f"- medians of {self.repeats} runs, page cache warm; findings {self.findings}")
        machine.append(f"- peaks of {self.floor_kib / 1024:.0f} MiB or less may be those of the benchmark itself")
        runs = [("run", "packets/s", "Gbit/s", "wall s", "CPU s", "peak MiB"), *map(_run_row, self.runs)]
        figures = [("figure", "measured", "budget", ""), *map(_figure_row, self.figures)]
        notes = [f"- left out: {line}" for line in self.left_out]
        notes += [f"- PROBLEM: {line}" for line in self.problems]
        parts = ("\n".join(machine), table(runs, style), table(figures, style), "\n".join(notes))
        return "\n\n".join(part for part in parts if part)


def _run_row(run: Run) -> Sequence[str]:
    wall_s = run.usage.wall_s
    rate = number(run.packets / wall_s) if run.packets else "-"
    gigabits = f"{run.size_bytes * 8 / wall_s / 1e9:.2f}" if run.size_bytes else "-"
    return (
        run.name,
        rate,
        gigabits,
        f"{wall_s:.3f}",
        f"{run.usage.cpu_s:.3f}",
        f"{run.usage.peak_kib / 1024:.0f}",
    )


def _figure_row(figure: Figure) -> Sequence[str]:
    value = f"{number(figure.value)} {figure.unit}".rstrip()
    if figure.budget is None:
        return figure.name, value, "-", ""
    verdict = "met" if figure.budget.is_met(figure.value) else "MISSED"
    return figure.name, value, figure.budget.text(figure.unit), verdict


def number(value: float) -> str:
    """Three significant digits; thousands and millions by letter."""
    for size, letter in ((1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def table(rows: Sequence[Sequence[str]], style: TableStyle) -> str:
    """Columns of equal width: the first one text, the others numbers."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        return style.left + style.between.join(padded) + style.right

    rule = line(["-" * widths[0], *("-" * (width - 1) + style.numbers for width in widths[1:])])
    head, *body = rows
    return "\n".join([line(head), rule, *map(line, body)])
