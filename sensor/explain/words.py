"""The words of explanations by language. A code without words in every language fails a test."""

from __future__ import annotations

from typing import Final

from sensor.explain import chinese, english
from sensor.explain.say import Say

WORDS: Final[dict[str, dict[Say, str]]] = {"en": english.WORDS, "zh": chinese.WORDS}
HEADINGS: Final[dict[str, dict[str, str]]] = {"en": english.HEADINGS, "zh": chinese.HEADINGS}
SIDES: Final[dict[str, dict[str, str]]] = {"en": english.SIDES, "zh": chinese.SIDES}
