"""Builds signatures/algorithms.csv, agents.csv and hardware/*.csv from tables of facts.

    python tools/build_equipment.py FACTS [--out signatures]

FACTS is a folder with hardware.csv, algorithms.csv and user_agents.csv; equipment_rules.toml beside this file has
what they do not say: names on the wire, coins, and how a user agent names a machine. The output depends on these
alone and is byte-equal when built again. A development tool: the sensor never runs it.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

RULES: Final = tomllib.loads((Path(__file__).parent / "equipment_rules.toml").read_text(encoding="utf-8"))

_UNITS: Final = {
    "J/TH": ("H", 1e12),
    "J/GH": ("H", 1e9),
    "J/MH": ("H", 1e6),
    "J/kH": ("H", 1e3),
    "J/kSol": ("Sol", 1e3),
    "J/Sol": ("Sol", 1.0),
    "J/graph": ("graph", 1.0),
}
_RATE_UNITS: Final = frozenset({"H/s", "Sol/s", "graphs/s", "proofs/s"})
# "Antminer S19j Pro (104T)": the bin stands in the hashrate, the rest of the name is what an agent may say.
_BIN: Final = re.compile(r"\s*\([^()]*\)\s*$")
_BOARD: Final = "(GPU board)"

Row = dict[str, str]


def build(facts: Path) -> dict[str, str]:
    """The files by name below ``signatures/``."""
    algorithms = [row for row in map(_algorithm, _read(facts / "algorithms.csv")) if row]
    files = {
        "algorithms.csv": _render(algorithms),
        "agents.csv": _render(map(_agent, _read(facts / "user_agents.csv"))),
    }
    machines: dict[str, list[Row]] = {}
    for fact in _read(facts / "hardware.csv"):
        machines.setdefault(_name(fact["algorithm"]), []).append(_machine(fact))
    for algorithm, rows in machines.items():
        rows.sort(key=lambda row: (float(row["hashrate_hs"]), row["vendor"], row["model"]))
        files[f"hardware/{algorithm}.csv"] = _render(rows)
    _refuse_unused(files["agents.csv"])
    return files


def _algorithm(fact: Row) -> Row | None:
    if fact["algorithm"] in RULES["leave_out"]["algorithms"]:
        return None
    name = _name(fact["algorithm"])
    rule: dict[str, Any] = RULES["algorithm"].get(name, {})
    unit = fact["rate_unit"]
    if unit not in _RATE_UNITS:
        raise SystemExit(f"algorithms.csv: {name} counts in {unit!r}, which is no unit of work")
    per_unit = fact["eff_unit"]
    typical = [fact["eff_best_j"], fact["eff_typical_j"], fact["eff_worst_j"]]
    efficiency = rule.get("efficiency") or ([f"any {' '.join(typical)}"] if all(typical) else [])
    return {
        "algorithm": name,
        "aliases": ";".join(rule.get("aliases", ())),
        "unit": unit,
        "hashes_per_difficulty": str(rule.get("hashes_per_difficulty", "")) or _scale(fact),
        "conventions": str(rule.get("conventions", 1)),
        "kinds": ";".join(_kinds(fact["hardware"])),
        "joule_per": per_unit.removeprefix("J/") if efficiency else "",
        "efficiency": ";".join(efficiency),
        "coins": ";".join(rule.get("coins", ())),
        "source": _source(fact["source"]),
    }


def _kinds(hardware: str) -> list[str]:
    """The kinds of machine that the efficiency is of; what stands in brackets is rare."""
    usual = hardware.partition("(")[0].lower()
    return [kind for kind in ("asic", "gpu", "cpu") if kind in usual]


def _scale(fact: Row) -> str:
    """Hashes a share at difficulty 1 of ``mining.set_difficulty``; "" where the pool sends something else."""
    found = re.match(r"(?:\d+\*)?D(?:\*2\^(\d+))?(?: |$)", fact["formula_hashes_per_share"])
    if not found or not fact["difficulty_message"].startswith("mining.set_difficulty"):
        return ""
    return str(1 << int(found[1] or 0))


def _agent(fact: Row) -> Row:
    rule = _agent_rule(fact["regex"])
    names = [_name(word) for word in fact["algorithms"].split(";")]
    known = [name for name in names if name not in RULES["leave_out"]["agent_words"]]
    return {
        "pattern": rule.get("pattern", fact["regex"]),
        "software": fact["software"],
        "hardware_class": fact["hardware_class"],
        "vendor": rule.get("vendor", ""),
        "firmware": rule.get("firmware", "stock"),
        "algorithms": ";".join(known),
        "is_complete": "yes" if known == names else "no",
        "model": rule.get("model", ""),
        "source": _source(fact["source"]),
    }


def _agent_rule(regex: str) -> dict[str, str]:
    fitting = [rule for rule in RULES["agent"] if regex.startswith(rule["rule"])]
    return max(fitting, key=lambda rule: len(rule["rule"]), default={})


def _machine(fact: Row) -> Row:
    is_board = _BOARD in fact["model"]
    model = _BIN.sub("", fact["model"].replace(_BOARD, "").strip()) if fact["vendor"] != "CPU" else fact["model"]
    kind = "gpu" if is_board else "cpu" if fact["vendor"] == "CPU" else "asic"
    marks = [mark["name"] for mark in RULES["mark"] if model in mark["models"]]
    return {
        "vendor": fact["vendor"],
        "model": model,
        "kind": kind,
        "hashrate_hs": fact["hashrate_hs"],
        "power_w": fact["power_w"],
        "released": fact["released"],
        "marks": ";".join(marks),
        "source": _source(fact["source"]),
    }


def _name(algorithm: str) -> str:
    renamed: str = RULES["rename"].get(algorithm, algorithm)
    return renamed


def _source(text: str) -> str:
    return re.sub(r"memory, ?unverified", "unverified", text)


def _refuse_unused(agents: str) -> None:
    """A rule that fits nothing is a misspelt one."""
    written = {row["pattern"] for row in csv.DictReader(io.StringIO(agents))}
    for rule in RULES["agent"]:
        if rule.get("pattern", rule["rule"]) not in written and not any(p.startswith(rule["rule"]) for p in written):
            raise SystemExit(f"equipment_rules.toml: no agent begins with {rule['rule']!r}; correct the rule")


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _render(rows: Iterable[Row]) -> str:
    listed = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(listed[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue()


def main(arguments: list[str], write: Callable[[str], object] = sys.stdout.write) -> int:
    parser = argparse.ArgumentParser(prog="build_equipment.py", description="Builds the tables of equipment.")
    parser.add_argument("facts", type=Path, help="folder with the tables of facts")
    parser.add_argument("--out", type=Path, default=Path("signatures"), help="the folder of signatures")
    options = parser.parse_args(arguments)
    for name, text in build(options.facts).items():
        path = options.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        write(f"{path}: {len(text)} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
