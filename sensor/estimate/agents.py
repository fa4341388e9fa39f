"""What agents tell, remembered: one is met again and again, and its text is an attacker's."""

from __future__ import annotations

from collections import OrderedDict

from sensor.limits import AGENTS_REMEMBERED_MAX
from signatures.agents import Agents, AgentSeen


class AgentsSeen:
    """Looks agents up; remembers the latest, bounded."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents
        self._seen: OrderedDict[str, AgentSeen | None] = OrderedDict()

    def seen(self, text: str | None) -> AgentSeen | None:
        """What an agent tells; None where there is none, or nobody knows it."""
        if text is None:
            return None
        if text in self._seen:
            self._seen.move_to_end(text)
            return self._seen[text]
        seen = self._agents.match(text)
        if len(self._seen) >= AGENTS_REMEMBERED_MAX:
            self._seen.popitem(last=False)
        self._seen[text] = seen
        return seen
