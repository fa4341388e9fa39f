"""docs/configuration.md explains each setting with its default, and nothing that is none."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from sensor.config import (
    EnrichmentSettings,
    Limits,
    MetricsSettings,
    PrivacySettings,
    Realm,
    ScanSettings,
    Settings,
    SignatureSettings,
)
from sensor.exclusions import Exclusion
from sensor.targets import KafkaSettings, SpoolSettings, TopicSettings

TEXT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
SECTIONS = {
    "[scan]": ScanSettings,
    "[metrics]": MetricsSettings,
    "[signatures]": SignatureSettings,
    "[enrichment]": EnrichmentSettings,
    "[privacy]": PrivacySettings,
    "[spool]": SpoolSettings,
    "[kafka]": KafkaSettings,
    "[topics]": TopicSettings,
    "[limits]": Limits,
    "[[realms]]": Realm,
    "[[exclusions]]": Exclusion,
}


def rows(section: str) -> dict[str, str]:
    """Key and default of each row under a heading."""
    (text,) = [part for part in TEXT.split("\n## ") if part.startswith(section + "\n")]
    found = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, flags=re.MULTILINE)
    return {key: default.strip(" `") for key, default in found}


def shown(field: msgspec.structs.FieldInfo) -> str:
    if field.default is msgspec.NODEFAULT:
        return "none"
    value = list(field.default) if isinstance(field.default, tuple) else field.default
    return msgspec.json.encode(value).decode()


@pytest.mark.parametrize(("section", "struct"), SECTIONS.items(), ids=list(SECTIONS))
def test_each_setting_stands_with_its_default(section: str, struct: type[msgspec.Struct]) -> None:
    assert rows(section) == {field.name: shown(field) for field in msgspec.structs.fields(struct)}


def test_the_sections_and_the_top_are_complete() -> None:
    top = {field.name: shown(field) for field in msgspec.structs.fields(Settings) if field.name in ("sensor_id", "own")}
    assert rows("At the top") == top
    assert {name.strip("[]") for name in SECTIONS} | top.keys() == set(Settings.__struct_fields__)
