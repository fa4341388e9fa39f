from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from msgspec import UNSET

from sensor.finding import Finding, Grade, Phase, ReasonCode, SightingKind, Stage
from sensor.model import CloseCause, Endpoint, Need, Observation, PathSeen, Side, Steering
from sensor.pipeline import Output, Pipeline, PipelineSettings, is_last
from tests.scripted import KEY, SECOND, START, ScriptedDialogue, SmallCatalogue, closed, name_seen, opened, said

MINING = (said("C login:acct.rig", at=1), said("S ok job", at=2), said("C share", at=3), said("S yes", at=4))
# What only the pool's side has to say to be believed.
JOBS = tuple(said("S job", at=at) for at in (1, 2, 3))


def pipeline_of(**settings: object) -> Pipeline:
    return Pipeline(PipelineSettings(**settings), SmallCatalogue(), ScriptedDialogue)  # type: ignore[arg-type]


def play(*observations: Observation, **settings: object) -> Output:
    """All observations, then the end of the input."""
    pipeline = pipeline_of(**settings)
    first = pipeline.feed(observations)
    rest = pipeline.finish(START + 10**12)
    return Output(first.findings + rest.findings, first.sightings + rest.sightings, first.steering + rest.steering)


def phases(findings: Sequence[Finding]) -> list[tuple[Phase, int, Grade]]:
    return [(finding.phase, finding.revision, finding.grade) for finding in findings]


# ---------------------------------------------------------------- the life of a finding


def test_a_session_is_opened_updated_at_each_rise_and_closed() -> None:
    output = play(opened(), *MINING, closed("fin", at=5))
    assert phases(output.findings) == [
        (Phase.OPENED, 1, Grade.B),
        (Phase.UPDATED, 2, Grade.A),
        (Phase.CLOSED, 3, Grade.A),
    ]
    assert [finding.close_cause for finding in output.findings] == [UNSET, UNSET, CloseCause.FIN]
    assert len({finding.finding_id for finding in output.findings}) == 1
    assert [is_last(finding) for finding in output.findings] == [False, False, True]


@pytest.mark.parametrize("cause", ["fin", "rst", "idle", "evicted", "port_reused"])
def test_a_closed_finding_says_why(cause: str) -> None:
    last = play(opened(), *MINING, closed(cause, at=5)).findings[-1]
    assert (last.phase, last.close_cause, last.end_of_input) == (Phase.CLOSED, CloseCause(cause), False)


@pytest.mark.parametrize("ends", [(closed("end", at=5),), ()])
def test_a_session_alive_at_the_end_of_the_input_is_updated(ends: tuple[Observation, ...]) -> None:
    last = play(opened(), *MINING, *ends).findings[-1]
    assert (last.phase, last.close_cause, last.end_of_input) == (Phase.UPDATED, UNSET, True)
    assert is_last(last)


def test_an_input_that_is_given_up_is_not_its_end() -> None:
    pipeline = pipeline_of()
    pipeline.feed([opened(), *MINING])
    (last,) = pipeline.finish(START, is_end=False).findings
    assert (last.phase, last.end_of_input, last.close_cause) == (Phase.UPDATED, False, UNSET)


def test_updates_are_aligned_with_the_clock_and_tell_the_state_before() -> None:
    output = play(opened(), *MINING, said("C share", at=310), said("S yes", at=311), closed("fin", at=320))
    regular = output.findings[2]
    assert (regular.phase, regular.at) == (Phase.UPDATED, "2023-11-14T22:20:00.000000000Z")
    assert regular.shares.submitted == 1
    assert output.findings[-1].shares.submitted == 2


def test_updates_go_on_where_the_clock_was_set_back() -> None:
    shares = [said("C share", at=at) for at in (-3600, -3590, -3200)]
    findings = play(opened(), *MINING, *shares, closed("fin", at=-3100)).findings
    assert [(finding.at[11:19], finding.shares.submitted) for finding in findings[2:]] == [
        ("21:20:00", 3),
        ("21:23:20", 4),
    ]


def test_an_interval_in_which_nothing_was_seen_is_not_told() -> None:
    output = play(opened(), *MINING, said("C share", at=1000), closed("fin", at=1001))
    assert [finding.at[11:19] for finding in output.findings] == ["22:15:02", "22:15:03", "22:20:00", "22:31:41"]


def test_the_boundary_is_told_before_the_end() -> None:
    findings = play(opened(), *MINING, closed("idle", at=1000)).findings
    assert [(finding.phase, finding.at[11:19]) for finding in findings[-2:]] == [
        (Phase.UPDATED, "22:20:00"),
        (Phase.CLOSED, "22:31:40"),
    ]


def test_what_a_revision_adds_is_counted_from_the_one_before() -> None:
    findings = play(opened(), *MINING, said("C share share", at=310), closed("fin", at=320)).findings
    assert [finding.shares.since_last_update.submitted for finding in findings] == [0, 1, 0, 2]
    assert [finding.shares.since_last_update.accepted for finding in findings] == [0, 0, 1, 0]
    assert findings[2].shares.since_last_update.seconds == 297.0


def test_differences_add_up_to_the_total() -> None:
    chunks = [
        said(words, at=5 + number * 100) for number, words in enumerate(["C share", "S yes", "C share", "S bad"] * 5)
    ]
    findings = play(opened(), *MINING, *chunks, closed("fin", at=3000)).findings
    for name in ("submitted", "accepted", "rejected", "unanswered", "stale", "duplicate"):
        total = getattr(findings[-1].shares, name)
        assert sum(getattr(finding.shares.since_last_update, name) for finding in findings) == total


# ---------------------------------------------------------------- what it says


def test_a_side_that_was_not_seen_is_absent_and_not_zero() -> None:
    only_pool = play(
        opened(midstream=True), said("S job", at=1), said("S yes yes", at=2), said("S bad:stale", at=3)
    ).findings[-1]
    shares = only_pool.shares
    assert (shares.submitted, shares.unanswered) == (UNSET, UNSET)
    assert (shares.accepted, shares.rejected, shares.stale, only_pool.jobs) == (2, 1, 1, 1)
    assert only_pool.reasons[-1].code is ReasonCode.ONLY_POOL_SEEN

    only_miner = play(
        opened(midstream=True), said("C login:a", at=0), said("C share share", at=1), said("C share", at=2)
    ).findings[-1]
    shares = only_miner.shares
    assert (shares.submitted, shares.accepted, shares.rejected, shares.unanswered) == (3, UNSET, UNSET, UNSET)
    assert only_miner.jobs is UNSET
    assert only_miner.reasons[-1].code is ReasonCode.ONLY_MINER_SEEN
    assert only_miner.grade is Grade.B


def test_both_sides_without_a_share_are_zero() -> None:
    finding = play(opened(), said("C login:a", at=1), said("S ok", at=2)).findings[-1]
    assert (finding.shares.submitted, finding.shares.unanswered, finding.jobs) == (0, 0, 0)


def test_the_side_that_mines_need_not_be_the_one_that_opened() -> None:
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), lambda purse: ScriptedDialogue(purse, Side.B))
    (finding,) = pipeline.feed([opened(midstream=True), *(said("S share", at=at) for at in (1, 2, 3))]).findings
    assert (finding.miner.ip, finding.pool.port) == (KEY.b.ip, KEY.a.port)


def test_a_tunnel_is_told_by_direction() -> None:
    path = PathSeen(1, Side.B, ("gtpu:2",))
    first = msgspec.structs.replace(opened(), tunnel_a=("gtpu:1",))
    finding = play(first, path, *MINING).findings[-1]
    assert finding.tunnel.miner_to_pool == ("gtpu:1",)  # type: ignore[union-attr]
    assert finding.tunnel.pool_to_miner == ("gtpu:2",)  # type: ignore[union-attr]
    assert play(opened(), *MINING).findings[-1].tunnel is UNSET


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize(
    ("kind", "code", "host"),
    [
        ("learned", ReasonCode.NAME_LEARNED, "pool.example"),
        ("address", ReasonCode.ADDRESS_LISTED, UNSET),
        ("http_host", ReasonCode.NAME_HTTP_HOST, "pool.example"),
        ("proxied", ReasonCode.NAME_PROXIED, "pool.example"),
    ],
)
def test_a_name_met_on_the_flow_is_a_reason(order: str, kind: str, code: ReasonCode, host: object) -> None:
    seen = name_seen(kind)
    flow = [seen, opened()] if order == "before" else [opened(), seen]
    finding = play(*flow, *MINING).findings[-1]
    assert (finding.pool.host, finding.pool.name, finding.pool.coin) == (host, "Example Pool", "XMR")
    (reason,) = [reason for reason in finding.reasons if reason.code is code]
    assert reason.params["list"] == "listed"  # type: ignore[index]
    assert reason.params["as_of"] == "2026-08-23"  # type: ignore[index]


def test_a_pool_of_several_coins_says_no_coin() -> None:
    assert play(name_seen("learned", entry=1), opened(), *MINING).findings[-1].pool.coin is UNSET


def test_a_hint_of_an_older_flow_with_the_same_number_is_not_taken() -> None:
    other = msgspec.structs.replace(name_seen("learned"), server=Endpoint("203.0.113.99", 3333))
    assert play(other, opened(), *MINING).findings[-1].pool.host is UNSET


def test_a_finding_in_json_leaves_out_what_was_not_seen() -> None:
    finding = play(opened(midstream=True), *JOBS).findings[-1]
    row = msgspec.json.decode(msgspec.json.encode(finding))
    assert row["kind"] == "finding"
    assert not {"direction", "tunnel", "coin", "estimate", "close_cause"} & row.keys()
    assert None not in row.values()


# ---------------------------------------------------------------- sightings


def test_repeated_attempts_are_one_sighting_with_a_count() -> None:
    observations: list[Observation] = []
    for flow_id in range(1, 4):
        observations += [
            opened(flow_id),
            said("C subscribe:agent", at=flow_id, flow_id=flow_id),
            closed(at=5, flow_id=flow_id),
        ]
    output = play(*observations)
    assert output.findings == []
    (sighting,) = output.sightings
    assert (sighting.what, sighting.count, sighting.grade) == (SightingKind.ATTEMPTED, 3, Grade.D)
    assert (sighting.pool.ip, sighting.pool.port, sighting.miner.ip) == (KEY.b.ip, KEY.b.port, KEY.a.ip)
    assert sighting.reasons[0].code is ReasonCode.SUBSCRIBED


def test_a_refused_login_is_a_sighting_of_its_own_kind() -> None:
    (sighting,) = play(opened(), said("C login:a", at=1), said("S no", at=2), closed(at=3)).sightings
    assert sighting.what is SightingKind.REFUSED


def test_an_attempt_is_counted_even_beside_a_finding_to_the_same_pool() -> None:
    attempt = [opened(2), said("C subscribe", at=1, flow_id=2), closed(at=2, flow_id=2)]
    (sighting,) = play(*attempt, opened(), *MINING).sightings
    assert (sighting.what, sighting.count) == (SightingKind.ATTEMPTED, 1)


def test_names_that_led_to_a_finding_are_not_told() -> None:
    assert play(name_seen("dns"), name_seen("learned"), opened(), *MINING).sightings == []


def test_a_name_alone_is_a_sighting_and_never_a_finding() -> None:
    output = play(name_seen("dns"), name_seen("dns", at=5), name_seen("sni", flow_id=7))
    assert output.findings == []
    assert [(row.what, row.count) for row in output.sightings] == [(SightingKind.DNS, 2), (SightingKind.SNI, 1)]
    assert output.sightings[0].pool.ip is UNSET
    assert output.sightings[0].pool.host == "pool.example"


def test_a_full_table_tells_its_oldest_row_early() -> None:
    names = [name_seen("dns", name=f"p{number}.example", at=number) for number in range(4)]
    pipeline = pipeline_of(sightings_max=2)
    early = pipeline.feed(names).sightings
    assert [row.pool.host for row in early] == ["p0.example", "p1.example"]
    assert [row.pool.host for row in pipeline.finish(START).sightings] == ["p2.example", "p3.example"]
    assert pipeline.counters()["sightings_evicted"] == 2


def test_an_undecided_conversation_is_neither_and_is_counted() -> None:
    pipeline = pipeline_of()
    output = pipeline.feed([opened(), closed(at=1)])
    assert output == Output([], [], [])
    assert pipeline.counters()["sessions_undecided"] == 1


# ---------------------------------------------------------------- steering and bounds


def test_a_refuted_flow_is_forgotten_and_its_rest_dropped() -> None:
    pipeline = pipeline_of()
    output = pipeline.feed([opened(), said("C refute", at=1), said("C login:a", at=2)])
    assert output.steering == [Steering(1, Need.IGNORE)]
    assert pipeline.counters()["chunks_without_session"] == 1
    assert pipeline.finish(START) == Output([], [], [])


def test_a_refuted_flow_that_comes_back_is_a_new_session() -> None:
    output = play(opened(), said("C refute", at=1), opened(), *MINING)
    assert phases(output.findings)[0] == (Phase.OPENED, 1, Grade.B)


def test_a_flow_on_which_both_sides_spoke_for_both_is_not_looked_at_again() -> None:
    """What follows an echo is no start of a session; another connection between the same two ends is."""
    quotation = ScriptedDialogue()
    quotation.is_quotation = quotation.is_echo = True
    dialogues = [quotation, ScriptedDialogue()]
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), lambda purse: dialogues.pop(0))
    again = [msgspec.structs.replace(seen, flow_id=2) for seen in (opened(), *MINING)]
    output = pipeline.feed([opened(), said("C refute", at=1), *again])
    assert (output.findings, output.steering) == ([], [Steering(1, Need.IGNORE), Steering(2, Need.IGNORE)])
    assert pipeline.counters()["sessions_refuted"] == 2
    later = msgspec.structs.replace(opened(), first_ns=START + 10 * SECOND)
    assert pipeline.feed([later, *MINING]).findings[-1].grade is Grade.A


def test_a_flow_on_which_one_side_spoke_for_both_is_mining_once_shares_are_answered() -> None:
    """What follows in a log, or is pasted into its like, is nothing; whoever bluffs before it mines is found."""
    quotation = ScriptedDialogue()
    quotation.is_quotation = True
    dialogues = [quotation, ScriptedDialogue()]
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), lambda purse: dialogues.pop(0))
    joined = [opened(), *(said("C subscribe login:a share", at=2), said("S ok job", at=3), said("C share", at=4))]
    again = [msgspec.structs.replace(seen, flow_id=2) for seen in joined]
    output = pipeline.feed([opened(), said("C refute", at=1), *again])
    assert output.findings == []
    answered = [msgspec.structs.replace(said(words, at=5), flow_id=2) for words in ("S yes yes", "C share", "S bad")]
    (finding,) = pipeline.feed(answered).findings
    assert (finding.grade, finding.stage, finding.shares.submitted) == (Grade.A, Stage.WORKING, 3)


def test_of_such_a_flow_an_attempt_is_none() -> None:
    quotation = ScriptedDialogue()
    quotation.is_quotation = True
    dialogues = [quotation, ScriptedDialogue()]
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), lambda purse: dialogues.pop(0))
    pipeline.feed([opened(), said("C refute", at=1)])
    again = [opened(), said("C subscribe login:a", at=2), said("S no", at=3), closed(at=4)]
    pipeline.feed([msgspec.structs.replace(seen, flow_id=2) for seen in again])
    assert pipeline.finish(START).sightings == []


def test_a_finding_that_turns_out_to_be_none_is_withdrawn() -> None:
    output = play(opened(midstream=True), *JOBS, said("S refute", at=4))
    last = output.findings[-1]
    assert (last.phase, last.close_cause, is_last(last)) == (Phase.CLOSED, UNSET, False)
    assert last.reasons[-2].code is ReasonCode.WITHDRAWN
    assert output.steering[-1] == Steering(1, Need.IGNORE)


def test_what_both_sides_have_spoken_is_not_withdrawn() -> None:
    output = play(opened(), *MINING, said("S refute", at=6), closed(at=7))
    assert (output.findings[-1].grade, output.findings[-1].close_cause) == (Grade.A, CloseCause.FIN)


def test_young_sessions_displace_only_young_ones() -> None:
    flood = [opened(flow_id) for flow_id in range(2, 100)]
    pipeline = pipeline_of(young_sessions_max=4, settled_sessions_max=4)
    pipeline.feed([opened(), *MINING, *flood])
    counters = pipeline.counters()
    assert (counters["sessions_two_sided_now"], counters["sessions_young_now"]) == (1, 4)
    assert counters["sessions_young_evicted"] == 94


def test_a_finding_that_was_withdrawn_goes_on_with_its_revisions_where_it_is_mining_after_all() -> None:
    belied = [opened(midstream=True), *JOBS, said("S refute", at=5)]
    # The engine gives it another number.
    again = [opened(2, midstream=True), *(said("S job", at=at, flow_id=2) for at in (6, 7, 8))]
    findings = play(*belied, *again).findings
    assert len({finding.finding_id for finding in findings}) == 1
    assert [finding.revision for finding in findings] == [1, 2, 3, 4]


def test_a_connection_that_is_looked_at_again_in_vain_after_its_finding_was_withdrawn_tells_nothing() -> None:
    belied = [opened(midstream=True), *JOBS, said("S refute", at=5)]
    pipeline = pipeline_of()
    assert len(pipeline.feed(belied).findings) == 2
    for flow_id, words in ((2, "S refute"), (3, "S no")):
        assert pipeline.feed([opened(flow_id, midstream=True), said(words, at=6, flow_id=flow_id)]).findings == []
        assert pipeline.feed([said("S no", at=900, flow_id=flow_id), closed(at=901, flow_id=flow_id)]).findings == []


def test_an_end_without_a_session_is_no_matter() -> None:
    assert pipeline_of().feed([closed(at=1, flow_id=77), said("C share", at=1, flow_id=78)]) == Output([], [], [])


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_the_size_of_batches_does_not_matter(size: int) -> None:
    observations = [name_seen("dns"), opened(), *MINING, said("C share", at=700), closed("fin", at=701)]
    pipeline = pipeline_of()
    findings: list[Finding] = []
    for start in range(0, len(observations), size):
        findings += pipeline.feed(observations[start : start + size]).findings
    assert findings == play(*observations).findings


def test_stage_is_told_with_the_grade() -> None:
    assert [finding.stage for finding in play(opened(), *MINING).findings][:2] == [Stage.JOINED, Stage.WORKING]
