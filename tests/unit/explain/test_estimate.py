from __future__ import annotations

import msgspec
import pytest
from msgspec import UNSET

from sensor.explain import Say, Section, text
from sensor.explain.estimate import estimate
from sensor.figures import Estimate, EstimateFlag, Quantity, Related, Relation, SelfReport
from sensor.finding import Finding
from tests.kept import CAPTURES, findings


def said(finding: Finding) -> dict[str, str]:
    statements = list(estimate(finding))
    assert {statement.section for statement in statements} <= {Section.ESTIMATE}
    return {statement.code.value: text(statement, "en") for statement in statements}


def figures_of(finding: Finding) -> Estimate:
    assert isinstance(finding.estimate, Estimate)
    return finding.estimate


@pytest.fixture
def finding() -> Finding:
    """A rig of the farm that names its model."""
    return [one for one in findings("demo.pcap") if said(one).get("power_by_model")][-1]


def changed(finding: Finding, **figures: object) -> Finding:
    return msgspec.structs.replace(finding, estimate=msgspec.structs.replace(figures_of(finding), **figures))


@pytest.mark.parametrize("name", CAPTURES)
def test_the_arithmetic_that_is_shown_holds(name: str) -> None:
    for one in findings(name):
        figures = one.estimate
        if figures is UNSET or figures.hashrate_hs is UNSET or figures.window is UNSET or figures.work is UNSET:
            continue
        assert figures.work / figures.window.active_seconds == pytest.approx(figures.hashrate_hs.best, rel=1e-4)
        power = figures.power_w
        if power is UNSET:
            continue
        machines = figures.hashrate_hs.best * power.joules_per_hash.best
        assert machines == pytest.approx(power.it.best, rel=1e-4)
        assert machines * power.pue.best == pytest.approx(power.best, rel=1e-4)


def test_each_step_is_shown_with_what_it_rests_on(finding: Finding) -> None:
    words = said(finding)
    assert words["algorithm_by_job"] == "what is hashed: sha256d, as the jobs say"
    assert words["rate"].startswith("hashrate: ")
    assert words["rate"].endswith("TH/s")
    assert "with 95 % " in words["rate_bounds"]
    assert "J/TH" in words["power_by_model"]
    assert words["power"].count(" x ") == 2
    assert list(words) == sorted(words, key=[code.value for code in Say].index)


def test_without_shares_there_is_no_estimate_and_without_work_no_rate(finding: Finding) -> None:
    assert said(msgspec.structs.replace(finding, estimate=UNSET)) == {"estimate_none": "no estimate: no share was seen"}
    unknown = changed(finding, hashrate_hs=UNSET, power_w=UNSET, flags=(EstimateFlag.DIFFICULTY_UNKNOWN,))
    words = said(unknown)
    assert words["rate_unknown"].endswith("shares, and no hashrate: what a share is worth is not known")
    assert words["flag_difficulty_unknown"] == "mind: the difficulty was not seen"
    assert "rate" not in words


@pytest.mark.parametrize("flag", EstimateFlag)
def test_each_flag_is_said(flag: EstimateFlag, finding: Finding) -> None:
    assert f"flag_{flag}" in said(changed(finding, flags=(flag,)))


@pytest.mark.parametrize(("agrees", "code"), [(True, "agrees"), (False, "differs"), (UNSET, "unsure")])
def test_the_miners_own_word_is_set_beside(agrees: object, code: str, finding: Finding) -> None:
    report = SelfReport(1e14, agrees)  # type: ignore[arg-type]
    assert said(changed(finding, self_report=report))[f"self_report_{code}"].startswith(
        "the miner itself says 100 TH/s"
    )


@pytest.mark.parametrize("relation", Relation)
@pytest.mark.parametrize(("is_main", "where"), [(True, "there"), (False, "here")])
def test_related_findings_are_named(relation: Relation, is_main: bool, where: str, finding: Finding) -> None:
    related = msgspec.structs.replace(finding, related=(Related("0" * 32, relation, is_main),))
    assert "0" * 32 in said(related)[f"related_{relation}_{where}"]


def test_an_efficiency_of_slow_hashes_is_read_in_joules_for_a_thousand(finding: Finding) -> None:
    power = figures_of(finding).power_w
    assert power is not UNSET
    slow = msgspec.structs.replace(power, joules_per_hash=Quantity(0.005, 0.009, 0.05))
    assert "9 J/kH (5-50)" in said(changed(finding, power_w=slow))["power_by_model"]
