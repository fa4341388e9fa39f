"""How much: the estimate with its arithmetic, each step with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import UNSET

from sensor.explain.say import Say
from sensor.explain.statement import Section, Statement
from sensor.figures import Estimate, Hardware, Power, Quantity, Related, SelfReport
from sensor.finding import Finding, Param
from sensor.sinks.units import efficiency, three_digits, with_bounds, with_prefix

_MODELS_SHOWN: Final = 4


def estimate(finding: Finding) -> Iterator[Statement]:
    """From shares to hashes, to a rate, to machines and rigs, to watts; then what must be known beside."""
    figures = finding.estimate
    if figures is UNSET:
        yield _say(Say.ESTIMATE_NONE)
    else:
        yield from _rate(figures)
        if figures.hardware is not UNSET:
            yield _hardware(figures.hardware)
        if figures.rigs is not UNSET:
            rigs = figures.rigs
            yield _say(Say(f"rigs_{rigs.basis}"), low=rigs.low, best=rigs.best, high=rigs.high)
        if figures.power_w is not UNSET:
            yield from _power(figures, figures.power_w)
        if figures.self_report is not UNSET:
            yield _self_report(figures.self_report, _unit(figures))
        for flag in figures.flags:
            yield _say(Say(f"flag_{flag}"))
    if finding.related is not UNSET:
        yield from map(_related, finding.related)


def _rate(figures: Estimate) -> Iterator[Statement]:
    unit = _unit(figures)
    if figures.algorithm is not UNSET and figures.algorithm_basis is not UNSET:
        yield _say(Say(f"algorithm_by_{figures.algorithm_basis}"), algorithm=figures.algorithm)
    seconds = 0.0
    if figures.window is not UNSET:
        window, seconds = figures.window, figures.window.active_seconds
        yield _say(Say.WINDOW, first=window.from_, last=window.to, seconds=three_digits(seconds))
    if figures.hashrate_hs is UNSET or figures.basis is UNSET or figures.work is UNSET:
        yield _say(Say.RATE_UNKNOWN, count=figures.shares_counted)
        return
    hashes = with_prefix(figures.work, unit.removesuffix("/s"))
    yield _say(Say(f"work_by_{figures.basis}"), count=figures.shares_counted, work=hashes)
    best = with_prefix(figures.hashrate_hs.best, unit)
    yield _say(Say.RATE, work=hashes, seconds=three_digits(seconds), best=best)
    if figures.shares_effective is not UNSET:
        shown = with_bounds(figures.hashrate_hs, unit)
        yield _say(Say.RATE_BOUNDS, effective=three_digits(figures.shares_effective), rate=shown)
    if figures.accepted_hs is not UNSET:
        yield _say(Say.RATE_ACCEPTED, rate=with_bounds(figures.accepted_hs, unit))
    if figures.reject_ratio is not UNSET and figures.reject_ratio > 0:
        yield _say(Say.REJECTS, percent=three_digits(figures.reject_ratio * 100))


def _hardware(hardware: Hardware) -> Statement:
    models = () if hardware.models is UNSET else hardware.models
    more = ", ..." if len(models) > _MODELS_SHOWN else ""
    shown = ", ".join(models[:_MODELS_SHOWN]) + more
    code = Say(f"hardware_by_{hardware.basis}")
    return _say(code, kind=hardware.class_, models=f" ({shown})" if shown else "")


def _power(figures: Estimate, power: Power) -> Iterator[Statement]:
    if figures.hashrate_hs is UNSET:
        raise AssertionError("power comes from a rate")
    per_hash = efficiency(power.joules_per_hash, _unit(figures).removesuffix("/s"))
    yield _say(Say(f"power_by_{power.basis}"), efficiency=per_hash)
    yield _say(
        Say.POWER,
        rate=with_prefix(figures.hashrate_hs.best, _unit(figures)),
        efficiency=per_hash.partition(" (")[0],
        machines=with_prefix(power.it.best, "W"),
        pue=three_digits(power.pue.best),
        site=with_prefix(power.best, "W"),
    )
    yield _say(Say.POWER_BOUNDS, power=with_bounds(Quantity(power.low, power.best, power.high), "W"))


def _self_report(report: SelfReport, unit: str) -> Statement:
    if report.agrees is UNSET:
        code = Say.SELF_REPORT_UNSURE
    else:
        code = Say.SELF_REPORT_AGREES if report.agrees else Say.SELF_REPORT_DIFFERS
    return _say(code, rate=with_prefix(report.hashrate_hs, unit))


def _related(related: Related) -> Statement:
    where = "there" if related.is_main else "here"
    return _say(Say(f"related_{related.relation}_{where}"), id=related.finding_id)


def _unit(figures: Estimate) -> str:
    return "H/s" if figures.unit is UNSET else figures.unit


def _say(code: Say, **params: Param) -> Statement:
    return Statement(Section.ESTIMATE, code, params)
