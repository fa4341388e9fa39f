"""Reads the tables of equipment: ``algorithms.csv``, ``agents.csv`` and ``hardware/*.csv`` of the packaged folder.

tools/build_equipment.py builds them, docs/signatures.md describes them. Patterns of agents keep to what runs in time
linear in the text: no look-around, no back-references, no repetition of a group, at most three repetitions.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from signatures.agent_words import words_of
from signatures.agents import AgentRule, Agents, HardwareClass
from signatures.document import quoted
from signatures.equipment import Algorithm, Equipment, Joules, Machine
from signatures.schema import FILES_PER_FOLDER_MAX, SignatureError
from signatures.table import Row, read_table

_REPETITIONS_MAX: Final = 3
# A step of a pattern: an escape, a set of characters, or one character.
_STEP: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\(\?i\)|\(\?|.", re.DOTALL)
_AGENT_COLUMNS: Final = (
    "pattern",
    "software",
    "hardware_class",
    "vendor",
    "firmware",
    "algorithms",
    "is_complete",
    "model",
    "source",
)
_ALGORITHM_COLUMNS: Final = (
    "algorithm",
    "aliases",
    "unit",
    "hashes_per_difficulty",
    "conventions",
    "kinds",
    "joule_per",
    "efficiency",
    "coins",
    "source",
)
_MACHINE_COLUMNS: Final = (
    "vendor",
    "model",
    "kind",
    "hashrate_hs",
    "power_w",
    "released",
    "marks",
    "source",
)
_PREFIXES: Final = {"T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3}
_UNITS: Final = ("H/s", "Sol/s", "graphs/s", "proofs/s")
_KINDS: Final = ("asic", "gpu", "cpu")
_RELEASED: Final = re.compile(r"20[0-9]{2}(-(0[1-9]|1[0-2]))?")
# No machine is larger: a container of them is 1e16 H/s and 1e6 W.
_HASHRATE_MAX: Final = 1e16
_WATTS_MAX: Final = 1e6
# Difficulty 1 of no algorithm stands for more hashes, nor does one hash cost more joules.
_SCALE_MAX: Final = 2.0**64
_JOULES_MAX: Final = 1e12


def load_equipment(folder: Path) -> Equipment:
    """The tables below ``folder``. Raises SignatureError, one line of text."""
    algorithms = tuple(_algorithm(row) for row in read_table(*_shown(folder, "algorithms.csv"), _ALGORITHM_COLUMNS))
    paths = sorted((folder / "hardware").glob("*.csv"))
    if len(paths) > FILES_PER_FOLDER_MAX:
        raise SignatureError(f"signatures/hardware:1: more than {FILES_PER_FOLDER_MAX} files; join some")
    machines: list[Machine] = []
    for path in paths:
        rows = read_table(path, f"signatures/hardware/{path.name}", _MACHINE_COLUMNS)
        machines += [_machine(row, path.stem) for row in rows]
    return Equipment(algorithms, tuple(machines), _read_agents(*_shown(folder, "agents.csv")))


def check_equipment(equipment: Equipment) -> None:
    """What a load leaves out because it takes longer than the load. Raises SignatureError, one line of text."""
    _check_agents(equipment.agents, "signatures/agents.csv")
    known = {algorithm.name for algorithm in equipment.algorithms} | {m.algorithm for m in equipment.machines}
    for number, rule in enumerate(equipment.agents.rules, start=2):
        for name in rule.algorithms:
            if name not in known:
                what = f"algorithm {quoted(name)} has no row in algorithms.csv and no file in hardware/"
                raise SignatureError(f"signatures/agents.csv:{number}: {what}; add one or correct it")


def _shown(folder: Path, name: str) -> tuple[Path, str]:
    return folder / name, f"signatures/{name}"


def _algorithm(row: Row) -> Algorithm:
    row.text("source")
    scale = row.optional("hashes_per_difficulty")
    return Algorithm(
        name=row.text("algorithm"),
        aliases=row.items("aliases"),
        unit=row.choice("unit", _UNITS),
        hashes_per_difficulty=row.number_of("hashes_per_difficulty", _SCALE_MAX) if scale else None,
        is_ambiguous=row.choice("conventions", ("1", "2")) == "2",
        kinds=_kinds_of(row),
        joules=_joules(row),
        coins=row.items("coins"),
    )


def _kinds_of(row: Row) -> tuple[str, ...]:
    kinds = row.items("kinds")
    for kind in kinds:
        if kind not in _KINDS:
            row.fail(f"kinds has {quoted(kind)}; write some of {', '.join(_KINDS)}")
    return kinds


def _joules(row: Row) -> dict[str, Joules]:
    """``any 13.5 28 98;gpu 20 30 40`` joules for as many hashes as ``joule_per`` says: TH, kSol, graph."""
    joule_per = row.optional("joule_per")
    unit = _PREFIXES.get(joule_per[:1], 1.0) if len(joule_per) > 1 and joule_per[1:2].isupper() else 1.0
    found: dict[str, Joules] = {}
    for part in row.items("efficiency"):
        kind, *figures = part.split(" ")
        if kind not in ("any", *_KINDS) or len(figures) != 3:
            row.fail(f"efficiency is {quoted(part)}; write a kind and three numbers: any 13.5 28 98")
        low, best, high = (value / unit for value in row.numbers("efficiency", figures, _JOULES_MAX))
        if not low <= best <= high:
            row.fail(f"efficiency {quoted(part)} is not in order; write low, best, high")
        found[kind] = Joules(low, best, high)
    return found


def _machine(row: Row, algorithm: str) -> Machine:
    row.text("source")
    released = row.text("released")
    if not _RELEASED.fullmatch(released):
        row.fail(f"released is {quoted(released)}; write 2021 or 2021-06")
    return Machine(
        vendor=row.text("vendor"),
        model=row.text("model"),
        kind=row.choice("kind", _KINDS),
        algorithm=algorithm,
        hashrate_hs=row.number_of("hashrate_hs", _HASHRATE_MAX),
        power_w=row.number_of("power_w", _WATTS_MAX),
        released=released,
        marks=row.items("marks"),
    )


def _read_agents(path: Path, shown: str) -> Agents:
    """The rules of a file. Raises SignatureError, one line of text."""
    return Agents(tuple(_agent(row) for row in read_table(path, shown, _AGENT_COLUMNS)))


def _agent(row: Row) -> AgentRule:
    row.text("source")
    return AgentRule(
        pattern=row.text("pattern"),
        software=row.text("software"),
        hardware_class=HardwareClass(row.choice("hardware_class", tuple(HardwareClass))),
        vendor=row.optional("vendor"),
        is_stock=row.choice("firmware", ("stock", "other")) == "stock",
        algorithms=row.items("algorithms"),
        is_complete=row.choice("is_complete", ("yes", "no")) == "yes",
        model=row.optional("model"),
        words=words_of(row.text("pattern")),
    )


def _check_agents(agents: Agents, shown: str) -> None:
    """Raises SignatureError for the first pattern that is not sound."""
    seen: set[str] = set()
    for number, rule in enumerate(agents.rules, start=2):
        problem = pattern_problem(rule.pattern, has_group=bool(rule.model))
        if rule.pattern in seen:
            problem = "stands above too; remove one"
        if problem:
            raise SignatureError(f"{shown}:{number}: pattern {quoted(rule.pattern)} {problem}")
        seen.add(rule.pattern)


def pattern_problem(pattern: str, *, has_group: bool) -> str:
    """What is wrong with a pattern and what to do, or ""."""
    steps = _STEP.findall(pattern)
    repetitions = 0
    for before, step in zip(["", *steps], steps, strict=False):
        if step == "(?" or (len(step) == 2 and step[0] == "\\" and step[1].isdigit()):
            return "looks around or back; write it without"
        if step in ("*", "+", "{"):
            repetitions += 1
            if before == ")":
                return "repeats a group; write it without"
    if repetitions > _REPETITIONS_MAX:
        return f"has more than {_REPETITIONS_MAX} repetitions; split the rule"
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        return f"is no pattern: {error}; correct it"
    if has_group and not groups:
        return "has no group for the model; add one"
    return ""
