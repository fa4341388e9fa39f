"""Who is followed, who rests and who comes back: a crowd or a flood changes no account of those who have a seat."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from sensor.finding import Finding, Grade, Phase, ReasonCode
from sensor.limits import SEAT_QUIET_NS_MIN
from sensor.model import CloseCause, Endpoint, FlowOpened, Need, Observation, Side, Steering
from sensor.pipeline import Output, Pipeline, PipelineSettings, is_last
from tests.scripted import KEY, SECOND, START, ScriptedDialogue, SmallCatalogue, closed, opened, said

QUIET = SEAT_QUIET_NS_MIN / SECOND


def pipeline_of(**settings: int) -> Pipeline:
    return Pipeline(PipelineSettings(**settings), SmallCatalogue(), ScriptedDialogue)


def connection(flow_id: int, *, midstream: bool = False) -> FlowOpened:
    """The miner's address says which flow it is."""
    key = msgspec.structs.replace(KEY, a=Endpoint(f"192.0.2.{flow_id}", 50_000))
    return opened(flow_id, key=key, midstream=midstream)


def two_sided(flow_id: int, at: float) -> list[Observation]:
    words = (f"C login:acct.rig{flow_id}", "S ok job", "C share", "S yes")
    return [
        connection(flow_id),
        *(said(word, at=at + number / 10, flow_id=flow_id) for number, word in enumerate(words)),
    ]


def one_sided(flow_id: int, at: float) -> list[Observation]:
    jobs = (said("S job", at=at + number / 10, flow_id=flow_id) for number in range(3))
    return [connection(flow_id, midstream=True), *jobs]


def last_of(output: Output | Sequence[Finding], flow_id: int) -> Finding:
    findings = output.findings if isinstance(output, Output) else output
    mine = [finding for finding in findings if finding.miner.ip == f"192.0.2.{flow_id}"]
    assert [finding.revision for finding in mine] == list(range(1, len(mine) + 1)), "revisions go on"
    assert not any(is_last(finding) for finding in mine[:-1]), "one last state"
    return mine[-1]


def codes(finding: Finding) -> set[ReasonCode]:
    return {reason.code for reason in finding.reasons}


def test_what_is_beyond_doubt_is_read_on_and_the_rest_is_read_closely() -> None:
    steering = pipeline_of().feed([*two_sided(1, 1), *one_sided(2, 2)]).steering
    assert steering == [Steering(1, Need.CLOSELY), Steering(1, Need.MORE), Steering(2, Need.CLOSELY)]


def test_a_newcomer_in_a_crowd_rests_and_keeps_its_account() -> None:
    pipeline = pipeline_of(settled_sessions_max=2)
    crowd = pipeline.feed([*two_sided(1, 1), *two_sided(2, 2), *two_sided(3, 3)])
    assert crowd.steering[-1] == Steering(3, Need.ENOUGH)
    # The engine reads no more of it; what a batch still held is missing, too.
    gone_by = [said("C share", at=10, flow_id=3), said("C ", at=900, flow_id=3, gap=400)]
    ending = pipeline.feed([*gone_by, closed("fin", at=900, flow_id=3)])
    finding = last_of([*crowd.findings, *ending.findings], 3)
    assert (finding.phase, finding.close_cause, finding.miner_identity.logins) == (
        Phase.CLOSED,
        CloseCause.FIN,
        ("acct.rig3",),
    )
    assert ReasonCode.UNFOLLOWED in codes(finding)
    assert finding.gaps_bytes == len("share") * 2 + len("yes") + 400
    assert finding.last_seen == crowd.findings[-1].last_seen, "nothing was read since"
    counters = pipeline.counters()
    assert (counters["two_sided_no_room"], counters["sessions_settled_evicted"]) == (1, 0)


def test_a_crowd_brings_no_line_but_one_for_each() -> None:
    pipeline = pipeline_of(settled_sessions_max=2, resting_sessions_max=100)
    findings: list[Finding] = []
    for turn in range(20):
        begin = [message for flow_id in range(1, 9) for message in two_sided(flow_id, flow_id)] if turn == 0 else []
        shares = [said("C share", at=20 + turn, flow_id=flow_id) for flow_id in (1, 2)]
        findings += pipeline.feed([*begin, *shares]).findings
    findings += pipeline.finish(START + 100 * SECOND).findings
    last = [last_of(findings, flow_id) for flow_id in range(1, 9)]
    assert sum(map(is_last, findings)) == len({finding.finding_id for finding in findings}) == 8
    assert [finding.shares.submitted for finding in last[:2]] == [21, 21]
    assert all(finding.miner_identity.logins == (f"acct.rig{number}",) for number, finding in enumerate(last, 1))


def test_a_seat_is_given_away_after_a_long_silence_only() -> None:
    for silence, need in ((QUIET - 1, Need.ENOUGH), (QUIET + 1, Need.CLOSELY)):
        pipeline = pipeline_of(settled_sessions_max=1)
        pipeline.feed([*two_sided(1, 0), said("C share", at=1, flow_id=1)])
        steering = pipeline.feed(two_sided(2, 1 + silence)).steering
        assert Steering(2, need) in steering
        assert (Steering(1, Need.ENOUGH) in steering) == (need is Need.CLOSELY)


def test_who_rests_takes_the_first_free_seat_and_its_account_goes_on() -> None:
    pipeline = pipeline_of(settled_sessions_max=1)
    findings = pipeline.feed([*two_sided(1, 1), *two_sided(2, 2), *two_sided(3, 3)]).findings
    freed = pipeline.feed([closed("fin", at=10, flow_id=1)])
    assert freed.steering == [Steering(2, Need.CLOSELY)], "who rests longest"
    later = pipeline.feed([said("C share", at=11, flow_id=2, gap=77), said("S yes", at=12, flow_id=2)])
    assert later.steering[-1] == Steering(2, Need.MORE)
    end = pipeline.finish(START + 20 * SECOND)
    finding = last_of([*findings, *freed.findings, *later.findings, *end.findings], 2)
    assert (finding.grade, finding.end_of_input, finding.miner_identity.logins) == (Grade.A, True, ("acct.rig2",))
    assert finding.shares.submitted == 1
    assert pipeline.counters()["sessions_resting_now"] == 0


def test_one_side_alone_takes_no_seat_of_those_of_which_both_are_seen() -> None:
    pipeline = pipeline_of(settled_sessions_max=2, one_sided_sessions_max=2, resting_sessions_max=2)
    findings = pipeline.feed([*two_sided(1, 1), *two_sided(2, 2)]).findings
    flood = pipeline.feed([message for flow_id in range(3, 30) for message in one_sided(flow_id, flow_id)])
    shares = pipeline.feed([said("C share", at=60, flow_id=flow_id) for flow_id in (1, 2)])
    end = pipeline.finish(START + 70 * SECOND)
    for flow_id in (1, 2):
        finding = last_of([*findings, *flood.findings, *shares.findings, *end.findings], flow_id)
        assert (finding.grade, finding.shares.submitted, finding.gaps_bytes) == (Grade.A, 2, 0)
    counters = pipeline.counters()
    assert (counters["one_sided_no_room"], counters["sessions_settled_evicted"]) == (1, 24)
    assert counters["two_sided_no_room"] == 0


def test_whom_nobody_has_room_for_has_its_last_state_and_is_left_alone() -> None:
    pipeline = pipeline_of(settled_sessions_max=1, resting_sessions_max=2)
    output = pipeline.feed([*two_sided(1, 1), *two_sided(2, 2), *two_sided(3, 3)])
    assert output.steering[-1] == Steering(3, Need.LATER)
    finding = last_of(output, 3)
    assert (finding.close_cause, is_last(finding)) == (CloseCause.EVICTED, True)
    assert pipeline.feed([said("C share", at=10, flow_id=3)]) == Output([], [], [])


def test_a_session_moves_up_when_its_other_side_is_seen() -> None:
    pipeline = pipeline_of(one_sided_sessions_max=1)
    pipeline.feed([*one_sided(1, 1), *one_sided(2, 2)])
    output = pipeline.feed([said("C share", at=3, flow_id=1)])
    assert output.steering == [Steering(1, Need.MORE), Steering(2, Need.CLOSELY)]
    counters = pipeline.counters()
    assert (counters["sessions_two_sided_now"], counters["sessions_one_sided_now"]) == (1, 1)


def test_a_session_that_finds_no_better_seat_keeps_its_own() -> None:
    pipeline = pipeline_of(settled_sessions_max=1, one_sided_sessions_max=1)
    pipeline.feed([*two_sided(1, 1), *one_sided(2, 2)])
    assert pipeline.feed([said("C share", at=3, flow_id=2)]).steering == []
    assert pipeline.counters()["sessions_one_sided_now"] == 1
    assert pipeline.feed([closed(at=4, flow_id=1), said("S yes", at=5, flow_id=2)]).steering == [Steering(2, Need.MORE)]


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_the_size_of_batches_does_not_matter_in_a_crowd(size: int) -> None:
    observations = [message for flow_id in range(1, 9) for message in two_sided(flow_id, flow_id)]
    observations += [closed(at=20, flow_id=2), said("C share", at=21, flow_id=4), closed(at=22, flow_id=4)]
    told = []
    for step in (size, len(observations)):
        pipeline = pipeline_of(settled_sessions_max=2, resting_sessions_max=6)
        findings = [
            finding
            for start in range(0, len(observations), step)
            for finding in pipeline.feed(observations[start : start + step]).findings
        ]
        told.append(findings)
    assert told[0] == told[1]


def test_the_other_side_of_a_resting_session_is_missing_by_side() -> None:
    pipeline = pipeline_of(settled_sessions_max=1)
    pipeline.feed([*two_sided(1, 1), *two_sided(2, 2)])
    session = pipeline._sessions._two_sided.resting[2]
    before = list(session.gaps)
    pipeline.feed([said("S job", at=5, flow_id=2, gap=10)])
    assert [now - then for now, then in zip(session.gaps, before, strict=True)] == [0, 10 + len("job")]
    assert session.miner is Side.A
