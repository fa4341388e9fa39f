"""What a miner's user agent tells: the program, the kind of machine, its maker, its model, what it can mine.

Rules are tried in order and the first that matches counts. Patterns are the project's own, never those of a user or of
the wire. An agent is easily forged: it is a hint, no proof.
"""

from __future__ import annotations

import enum
import re
from typing import Final

import msgspec

AGENT_CHARS_MAX: Final = 256


class HardwareClass(enum.StrEnum):
    """The kind of machine behind a session."""

    ASIC_SHA256_INDUSTRIAL = "asic_sha256_industrial"
    ASIC_SHA256_HOME = "asic_sha256_home"
    ASIC_SCRYPT = "asic_scrypt"
    ASIC_X11 = "asic_x11"
    ASIC_ETHASH = "asic_ethash"
    ASIC_EAGLESONG = "asic_eaglesong"
    ASIC_KHEAVYHASH = "asic_kheavyhash"
    ASIC_OTHER = "asic_other"
    ASIC_UNKNOWN = "asic_unknown"
    CPU = "cpu"
    GPU = "gpu"
    MCU_LOTTERY = "mcu_lottery"  # a microcontroller that hashes for the fun of it
    PROXY_AGGREGATE = "proxy_aggregate"  # one connection stands for many rigs
    MARKETPLACE = "marketplace"  # rented: the machines stand elsewhere
    INFRASTRUCTURE = "infrastructure"  # watches a pool, mines nothing
    UNKNOWN = "unknown"


class AgentRule(msgspec.Struct, frozen=True):
    """``algorithms`` is all that the program mines only where ``is_complete``; ``model`` is a text with {} for the
    pattern's first group."""

    pattern: str
    software: str
    hardware_class: HardwareClass
    vendor: str
    is_stock: bool
    algorithms: tuple[str, ...]
    is_complete: bool
    model: str
    # In lower case; what the pattern matches holds one of them. (): it must be tried.
    words: tuple[str, ...] = ()


class AgentSeen(msgspec.Struct, frozen=True):
    """What one agent tells; ``model`` is as the agent has it, "" where it says none."""

    rule: AgentRule
    model: str

    @property
    def algorithm(self) -> str | None:
        """The only algorithm that this program mines, if there is but one."""
        only = self.rule.algorithms if self.rule.is_complete else ()
        return only[0] if len(only) == 1 else None


class Agents:
    """The rules in order. A pattern is compiled when a text first holds one of its words: a scan needs but few."""

    __slots__ = ("_compiled", "rules")

    def __init__(self, rules: tuple[AgentRule, ...]) -> None:
        self.rules = rules
        self._compiled: dict[str, re.Pattern[str]] = {}

    def match(self, agent: str) -> AgentSeen | None:
        """What ``agent`` tells; None where no rule knows it."""
        text = agent[:AGENT_CHARS_MAX]
        lowered = text.lower()
        # Beyond ASCII a pattern may find letters that are none of its own: then all are tried.
        is_plain = text.isascii()
        for rule in self.rules:
            if is_plain and rule.words and not any(word in lowered for word in rule.words):
                continue
            found = self._pattern(rule).search(text)
            if found is not None:
                group = found[1].strip() if rule.model else ""
                return AgentSeen(rule, rule.model.replace("{}", group) if group else "")
        return None

    def _pattern(self, rule: AgentRule) -> re.Pattern[str]:
        pattern = self._compiled.get(rule.pattern)
        if pattern is None:
            pattern = self._compiled[rule.pattern] = re.compile(rule.pattern)
        return pattern
