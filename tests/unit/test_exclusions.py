from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest

from sensor.attribution import Attributed, Known
from sensor.config import ConfigError, parse, to_toml
from sensor.exclusions import CONDITIONS, Exclusion, Exclusions, rules
from sensor.finding import Finding, Phase, PoolEnd, ProtocolSeen, Sighting, Target
from sensor.model import CloseCause
from sensor.wire import DIALECTS
from tests.findings import MINER, POOL, finding, sighting

LAST_DAY = datetime.date(2026, 3, 2)  # of the finding
SPOKEN = ProtocolSeen("tcp", False, "stratum-v1")
OTHER = ProtocolSeen("tcp", False, "ethproxy")


def rule(**conditions: Any) -> Exclusion:
    return Exclusion(**{"owner": "noc", "reason": "known", "expires": LAST_DAY, **conditions})


def of(body: Finding | Sighting, miner: str = "", pool: str = "") -> Attributed:
    return Attributed(body, Known(customer=miner), Known(customer=pool))


def at_pool(**fields: Any) -> Finding:
    return finding(pool=PoolEnd(**{"ip": POOL, "port": 3333, **fields}))


@pytest.mark.parametrize(
    ("row", "met", "missed"),
    [
        (
            {"prefix": f"{MINER}/32"},
            of(finding()),
            of(finding(miner=msgspec.structs.replace(finding().miner, ip=POOL))),
        ),
        ({"customer": "C-1"}, of(finding(), miner="C-1"), of(finding(), miner="C-12")),
        ({"customer": "C-1"}, of(finding(), pool="C-1"), of(finding())),
        ({"pool": "pool.example"}, of(at_pool(host="eu.pool.example")), of(at_pool(host="notpool.example"))),
        ({"pool": "Somepool"}, of(at_pool(name="somepool")), of(at_pool(name="somepools"))),
        ({"pool": POOL}, of(at_pool()), of(at_pool(ip=MINER))),
        ({"pool": "198.51.100.0/24"}, of(at_pool()), of(at_pool(ip="2001:db8::1"))),
        ({"rule": "stratum-v1"}, of(finding(protocol=SPOKEN)), of(finding(protocol=OTHER))),
        ({"rule": "login_sent"}, of(finding()), of(finding(reasons=()))),
        ({"rule": sighting().what.value}, of(sighting()), of(finding(reasons=()))),
    ],
    ids=lambda value: "" if isinstance(value, Attributed) else next(iter(value.items())),
)
def test_a_condition_is_met_by_what_it_says_and_nothing_else(
    row: dict[str, str], met: Attributed, missed: Attributed
) -> None:
    assert Exclusions([rule(**row)]).hides(met)
    assert not Exclusions([rule(**row)]).hides(missed)


def test_all_conditions_must_be_met() -> None:
    both = {"prefix": f"{MINER}/32", "customer": "C-1"}
    assert Exclusions([rule(**both)]).hides(of(finding(), miner="C-1"))
    assert not Exclusions([rule(**both)]).hides(of(finding(), miner="C-2"))


def test_the_pool_of_a_sighting_may_be_a_name_alone() -> None:
    asked = sighting(pool=Target(host="eu.pool.example"))
    assert Exclusions([rule(pool="pool.example")]).hides(of(asked))
    assert not Exclusions([rule(pool=POOL)]).hides(of(asked))


def test_the_day_of_the_packets_decides_whether_it_is_over() -> None:
    yesterday = LAST_DAY - datetime.timedelta(days=1)
    exclusions = Exclusions(
        [rule(prefix=f"{MINER}/32", expires=yesterday), rule(prefix=f"{MINER}/32", rule="job_seen")]
    )
    assert not exclusions.hides(of(finding(reasons=())))
    assert [(one.findings, one.expired) for one in exclusions.hidden()] == [(0, 1), (0, 0)]


def test_a_finding_counts_once_and_the_first_exclusion_that_is_met_has_it() -> None:
    exclusions = Exclusions([rule(customer="nobody"), rule(prefix=f"{MINER}/32"), rule(rule="cryptonote")])
    for revision in (1, 2, 3):
        assert exclusions.hides(of(finding(revision=revision)))
    assert exclusions.hides(of(sighting(miner=sighting().miner)))
    assert [(one.findings, one.sightings) for one in exclusions.hidden()] == [(0, 0), (1, 1), (0, 0)]
    assert exclusions.counts() == {"finding": 1, "sighting": 1}


def test_what_was_told_once_is_told_to_its_end() -> None:
    exclusions = Exclusions([rule(pool="pool.example")])
    assert not exclusions.hides(of(at_pool()))
    assert not exclusions.hides(of(at_pool(host="pool.example")))
    last = msgspec.structs.replace(at_pool(host="pool.example"), phase=Phase.CLOSED, close_cause=CloseCause.FIN)
    assert not exclusions.hides(of(last))
    assert exclusions.hides(of(at_pool(host="pool.example"))), "it was forgotten when it ended"


def test_without_exclusions_all_is_told() -> None:
    assert not Exclusions([])
    assert not Exclusions([]).hides(of(finding()))
    assert Exclusions([]).counts() == {"finding": 0, "sighting": 0}


def test_rules_have_names_of_all_kinds() -> None:
    assert {"stratum-v1", "name_dns", "sni"} <= rules()
    assert set(DIALECTS) <= rules()


HEAD = "[[exclusions]]\nowner = 'noc'\nreason = 'known'\nexpires = 2026-03-02\n"
CONTROL = HEAD.replace("'noc'", '"\\u001b"') + "pool = 'a'\n"


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        (HEAD, "2: exclusions.owner", f"no condition, so all would be hidden; give one of {', '.join(CONDITIONS)}"),
        (
            f"{HEAD}pool = 'a'\n{HEAD}prefix = '10.0.0.1/8'\n",
            "10: exclusions.prefix",
            "'10.0.0.1/8' is not an IP prefix; write it like '203.0.113.0/24' or '2001:db8::/32'",
        ),
        (
            f"{HEAD}rule = 'mining'\n",
            "5: exclusions.rule",
            "no dialect, reason or kind of sighting is called 'mining'; see docs/findings.md",
        ),
        (CONTROL, "2: exclusions.owner", "holds control characters; write plain text"),
        (
            "[[exclusions]]\npool = 'a'\n",
            "1: exclusions",
            "object missing required field `owner`; see docs/configuration.md",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, place: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "sensor.toml")
    assert str(caught.value) == f"sensor.toml:{place}: {expected}"


def test_the_exclusions_shown_are_those_read() -> None:
    settings = parse(f"{HEAD}pool = 'a'\n{HEAD}rule = 'sni'\n", "x")
    assert [one.conditions() for one in settings.exclusions] == [{"pool": "a"}, {"rule": "sni"}]
    assert parse(to_toml(settings), "x") == settings
