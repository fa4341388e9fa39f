"""What is known of algorithms and of the machines that run them: rates, watts, joules a hash.

Rates are in the unit of the algorithm a second, joules are those at the wall for one of that unit. Nothing here knows
a share, a session or a file.
"""

from __future__ import annotations

from functools import cached_property

import msgspec

from signatures.agents import Agents


class Joules(msgspec.Struct, frozen=True):
    """Joules for one hash at the wall: of the best machines, the usual ones, the worst ones still run."""

    low: float
    best: float
    high: float


class Algorithm(msgspec.Struct, frozen=True):
    """``hashes_per_difficulty`` is for ``mining.set_difficulty``, absent where pools send targets instead.

    ``is_ambiguous``: pool programs disagree on that scale. ``joules`` is by kind of machine, "any" where that is not
    known but is one of ``kinds``. ``coins`` have this proof of work and no other.
    """

    name: str
    aliases: tuple[str, ...]
    unit: str
    hashes_per_difficulty: float | None
    is_ambiguous: bool
    kinds: tuple[str, ...]
    joules: dict[str, Joules]
    coins: tuple[str, ...]


class Machine(msgspec.Struct, frozen=True, gc=False):
    """One model at one of its rates. Watts of a GPU are those of its board."""

    vendor: str
    model: str
    kind: str
    algorithm: str
    hashrate_hs: float
    power_w: float
    released: str
    marks: tuple[str, ...]

    @property
    def joules(self) -> float:
        return self.power_w / self.hashrate_hs


class Equipment:
    """All tables together."""

    def __init__(self, algorithms: tuple[Algorithm, ...], machines: tuple[Machine, ...], agents: Agents) -> None:
        self.algorithms = algorithms
        self.machines = machines
        self.agents = agents

    def tables(self) -> list[tuple[str, int, str]]:
        """The tables by name, with their number of rows and what these are."""
        hardware = [(f"hardware/{name}", len(rows), "machines") for name, rows in sorted(self._by_algorithm.items())]
        return [
            ("algorithms", len(self.algorithms), "algorithms"),
            ("agents", len(self.agents.rules), "rules"),
            *hardware,
        ]

    def algorithm(self, name: str) -> Algorithm | None:
        """By its name, or one that the wire has for it."""
        return self._by_name.get(name)

    def algorithm_of_coin(self, coin: str) -> str | None:
        return self._by_coin.get(coin)

    def of_algorithm(self, algorithm: str) -> tuple[Machine, ...]:
        """Machines that run it, the slowest first."""
        return self._by_algorithm.get(algorithm, ())

    def of_model(self, model: str) -> tuple[Machine, ...]:
        """The rates at which a model is sold, by its name or by what an agent calls it."""
        return self._by_model.get(plain(model), ())

    @cached_property
    def _by_name(self) -> dict[str, Algorithm]:
        return {name: known for known in self.algorithms for name in (known.name, *known.aliases)}

    @cached_property
    def _by_coin(self) -> dict[str, str]:
        return {coin: known.name for known in self.algorithms for coin in known.coins}

    @cached_property
    def _by_algorithm(self) -> dict[str, tuple[Machine, ...]]:
        found: dict[str, list[Machine]] = {}
        for machine in self.machines:
            found.setdefault(machine.algorithm, []).append(machine)
        return {name: tuple(sorted(machines, key=_rate)) for name, machines in found.items()}

    @cached_property
    def _by_model(self) -> dict[str, tuple[Machine, ...]]:
        found: dict[str, list[Machine]] = {}
        for machine in self.machines:
            for name in (machine.model, *machine.marks):
                found.setdefault(plain(name), []).append(machine)
        return {name: tuple(machines) for name, machines in found.items()}


def _rate(machine: Machine) -> float:
    return machine.hashrate_hs


def plain(model: str) -> str:
    """A model's name as it is compared: agents write dots, capitals and blanks as they like."""
    return " ".join(model.replace(".", " ").casefold().split())
