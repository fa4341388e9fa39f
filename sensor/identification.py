"""From a finding to a message: whose it is, whether it is told, what of it may leave. And the files behind it, kept
current.
"""

from __future__ import annotations

from collections.abc import Sequence

from enrichment import Library
from enrichment.base import Problem
from sensor.attribution import Attributor
from sensor.direction import OwnPrefixes
from sensor.exclusions import Exclusion, Exclusions
from sensor.finding import Finding, Sighting
from sensor.message import Message
from sensor.privacy import Pseudonymiser
from sensor.pseudonym import Pseudonyms


class Identification:
    """The last steps before the sinks, with one edition of the files at a time."""

    def __init__(
        self,
        own: tuple[str, ...],
        library: Library,
        pseudonyms: Pseudonyms | None,
        exclusions: Sequence[Exclusion] = (),
    ) -> None:
        self._own = OwnPrefixes(own)
        self._library = library
        self.exclusions = Exclusions(exclusions)
        self._pseudonymiser = Pseudonymiser(pseudonyms)
        self._generation = library.edition.generation
        self._attributor = Attributor(self._own, library.edition)

    def message(self, body: Finding | Sighting) -> Message | None:
        """What may leave of it; None: it is excluded. Nothing else makes a Message of a finding."""
        attributor = self._attributor
        attributed = attributor.finding(body) if isinstance(body, Finding) else attributor.sighting(body)
        return None if self.exclusions.hides(attributed) else self._pseudonymiser.message(attributed)

    def problems(self) -> list[Problem]:
        """What is wrong with single rows of the files in force."""
        return self._library.problems()

    def refresh(self) -> list[Problem]:
        """Takes in files that were replaced; returns what is wrong with them. To be asked between messages."""
        problems = self._library.refresh()
        if self._library.edition.generation != self._generation:
            self._generation = self._library.edition.generation
            self._attributor = Attributor(self._own, self._library.edition)
        return problems
