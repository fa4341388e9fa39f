from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from msgspec import UNSET

from enrichment.model import Unanswered
from sensor.app import Outlet, ScanOrder, Way, scan
from sensor.config import EnrichmentSettings, PrivacySettings, Settings
from sensor.finding import Finding, Grade, Phase, SightingKind
from sensor.keyfile import new_key
from sensor.metrics import METRICS, Kind, Reading
from sensor.pipeline import Pipeline, PipelineSettings
from sensor.targets import SpoolSettings
from sensor.wire.dialogue import Dialogue
from sensor.wire.http_dialogue import HttpDialogue
from tests.kept import CAPTURES, FOLDER, Kept, scanned
from tests.scripted import SmallCatalogue


def shown(reading: Reading) -> dict[tuple[str, str], float]:
    """Value by name and label value."""
    return {(metric.name, label): value for metric in METRICS for label, value in metric.read(reading).items()}


def of(reading: Reading, name: str) -> dict[str, float]:
    return {label: value for (known, label), value in shown(reading).items() if known == name}


@pytest.mark.parametrize("name", CAPTURES)
def test_what_was_received_equals_the_sum_of_its_fates(name: str) -> None:
    kept, summary = scanned(name)
    for reading in kept.readings:
        received = of(reading, "minesensor_received_packets")[""]
        assert received == sum(of(reading, "minesensor_packets").values())
    assert received == summary.packets > 0
    undecodable = of(reading, "minesensor_packets")["undecodable"]
    assert undecodable == sum(of(reading, "minesensor_undecodable_packets").values())


@pytest.mark.parametrize("name", CAPTURES)
def test_what_was_told_is_what_the_sinks_were_given(name: str) -> None:
    kept, summary = scanned(name)
    told = Counter(message.body.__struct_config__.tag for message in kept.messages)
    reading = kept.readings[-1]
    assert sum(of(reading, "minesensor_finding_revisions").values()) == told["finding"]
    assert sum(of(reading, "minesensor_sightings").values()) == told["sighting"] == summary.sightings
    assert sum(of(reading, "minesensor_findings").values()) == summary.findings


@pytest.mark.parametrize("name", CAPTURES)
def test_what_the_summary_counts_is_a_metric_with_the_same_word(name: str) -> None:
    kept, summary = scanned(name)
    reading = kept.readings[-1]
    by_word: dict[str, float] = {}
    for (metric, label), value in shown(reading).items():
        if metric.startswith(("minesensor_dropped_", "minesensor_missing_", "minesensor_undecodable_")):
            by_word[label] = by_word.get(label, 0) + value
    words = {**summary.drops, **summary.undecoded}
    assert {word: by_word[word] for word in words if not word.startswith("link_type_")} == {
        word: count for word, count in words.items() if not word.startswith("link_type_")
    }
    links = sum(count for word, count in words.items() if word.startswith("link_type_"))
    assert of(reading, "minesensor_packets")["unknown_link"] == links
    odd = of(reading, "minesensor_odd_messages")
    assert {kind: count for kind, count in odd.items() if count} == summary.messages_odd


def test_each_counter_is_shown_exactly_once() -> None:
    reading = scanned("demo.pcap")[0].readings[-1]
    numbers = itertools.count(1_000_003)
    engine = {name: next(numbers) for name in reading.engine}
    pipeline = {name: next(numbers) for name in reading.pipeline}
    seen = Counter(shown(msgspec.structs.replace(reading, engine=engine, pipeline=pipeline)).values())
    for name, number in (engine | pipeline).items():
        assert seen[number] == 1, name


def test_the_pipeline_names_its_counters_before_it_has_seen_anything() -> None:
    fresh = Pipeline(PipelineSettings(), SmallCatalogue(), Dialogue, HttpDialogue).counters()
    assert fresh.keys() == scanned("demo.pcap")[0].readings[-1].pipeline.keys()


def test_no_label_comes_from_the_wire() -> None:
    # The same series whatever was scanned; only the problems of inputs are told as they come.
    series = {
        frozenset(key for key in shown(scanned(name)[0].readings[-1]) if key[0] != "minesensor_input_problems")
        for name in CAPTURES
    }
    assert len(series) == 1
    words = {label for _, label in next(iter(series))} - {""}
    assert all(word.replace("_", "").isalnum() for word in words)
    assert {*Grade, *Phase, *SightingKind} <= words


def test_names_follow_the_rules() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    for metric in METRICS:
        assert metric.name.startswith("minesensor_")
        assert not metric.name.endswith("_total")
        assert metric.help.endswith(".")
        is_loss = metric.name.startswith(("minesensor_dropped_", "minesensor_missing_"))
        assert not is_loss or (metric.label, metric.kind) == ("reason", Kind.COUNTER)


def test_readings_come_while_the_scan_runs_and_only_grow() -> None:
    readings = scanned("demo.pcap")[0].readings
    assert len(readings) > 10
    counters = [metric for metric in METRICS if metric.kind is Kind.COUNTER]
    for before, after in itertools.pairwise(readings):
        for metric in counters:
            if metric.name in ("minesensor_findings", "minesensor_finding_revisions", "minesensor_sightings"):
                continue  # counted in one place for all readings
            later = metric.read(after)
            assert all(count <= later[label] for label, count in metric.read(before).items()), metric.name


def test_what_waits_in_the_spool_is_shown_and_stays_shown_when_it_is_closed(tmp_path: Path) -> None:
    kept = Kept()
    settings = Settings(
        spool=SpoolSettings(path=str(tmp_path / "spool.sqlite"), bytes_max=64 * 1024), privacy=_key(tmp_path)
    )
    order = ScanOrder((str(FOLDER / "demo.pcap"),), way=Way.SPOOL)
    summary = scan(order, settings, [], lambda _done, _all: None, kept)
    first, last = (
        {name: value for (name, label), value in shown(reading).items() if not label}
        for reading in (kept.readings[0], kept.readings[-1])
    )
    assert first["minesensor_spool_messages"] == 0
    assert summary.delivered is not None
    assert last["minesensor_spool_messages"] == summary.delivered.waiting > 0
    assert 0 < last["minesensor_spool_bytes"] <= last["minesensor_spool_limit_bytes"] == 64 * 1024
    assert (last["minesensor_sent_messages"], last["minesensor_delivery_stuck"]) == (0, 0)
    dropped = of(kept.readings[-1], "minesensor_dropped_messages")
    assert dropped.keys() == {"spool_full", "rejected", "operator"}
    assert dropped["spool_full"] > 0


def test_findings_are_counted_by_how_far_their_attribution_reached(tmp_path: Path) -> None:
    kept = Kept()
    demo = FOLDER.parent / "deploy" / "demo"
    files = EnrichmentSettings(customers=(str(demo / "customers.csv"),), city=str(demo / "city.mmdb"))
    settings = Settings(enrichment=files, privacy=_key(tmp_path))
    order = ScanOrder((str(FOLDER / "demo.pcap"),))
    # The last state of each finding counts, whether others were told or not.
    scan(order, settings, [Outlet(kept, updates=False, sightings=False)], lambda _done, _all: None, kept)
    findings = [message.body for message in kept.messages if isinstance(message.body, Finding)]
    told = [finding.attribution for finding in findings if finding.attribution is not UNSET]
    reading = kept.readings[-1]
    levels = of(reading, "minesensor_attributed_findings")
    assert Counter(one.level.value for one in told) == {level: count for level, count in levels.items() if count}
    assert {"site", "street"} <= {level for level, count in levels.items() if count}
    ownerless = of(reading, "minesensor_ownerless_findings")
    assert ownerless.keys() == {reason.value for reason in Unanswered}
    assert sum(ownerless.values()) == sum(one.reason is not UNSET for one in told)


def test_without_files_no_attribution_is_counted() -> None:
    reading = scanned("demo.pcap")[0].readings[-1]
    assert not any(of(reading, "minesensor_attributed_findings").values())
    assert not any(of(reading, "minesensor_ownerless_findings").values())


def test_without_a_way_out_nothing_is_said_of_it() -> None:
    names = {metric for metric, _ in shown(scanned("demo.pcap")[0].readings[-1])}
    assert not any(name.startswith("minesensor_spool_") for name in names)


def _key(folder: Path) -> PrivacySettings:
    new_key(folder / "privacy.key")
    return PrivacySettings(key_file=str(folder / "privacy.key"))
