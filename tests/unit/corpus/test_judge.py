from __future__ import annotations

import msgspec
import pytest
from msgspec import UNSET

from sensor.finding import Finding, Grade, Stage
from tests.corpus.judge import Became, FileVerdict, Mismatch, judge, nanoseconds
from tests.corpus.scanning import Scanned
from tests.corpus.truth import Stream, TrueFile
from tests.scripted import POOL
from tests.unit.corpus.crafted import ATTEMPTED, JOINED, REFUSED, WORKING, scanned, stream, true_file


def verdict(true: TrueFile, found: Scanned) -> FileVerdict:
    return judge("a.pcap", true, found)


def mismatch(stream_name: str, field: str, truth: str, ours: str) -> Mismatch:
    return Mismatch("a.pcap", stream_name, field, truth, ours)


def changed(found: Scanned, **changes: object) -> Scanned:
    """The scan with its first finding changed."""
    first, *rest = found.findings
    return msgspec.structs.replace(found, findings=(msgspec.structs.replace(first, **changes), *rest))


def test_sessions_told_as_they_are_have_no_mismatch() -> None:
    true = true_file(
        stream(Stage.WORKING, 0), stream(Stage.JOINED, 1), stream(Stage.REFUSED, 2), stream(Stage.ATTEMPTED, 3)
    )
    assert verdict(true, scanned(WORKING, JOINED, REFUSED, ATTEMPTED)) == FileVerdict(4, (), {})


@pytest.mark.parametrize(
    ("truth", "field", "told", "ours"),
    [
        ({"jobs": 3}, "jobs", "3", "2"),
        ({"submits": 4}, "submits", "4", "3"),
        ({"accepted": 3}, "accepted", "3", "2"),
        ({"rejected": 0}, "rejected", "0", "1"),
        ({"agents": ["other/2"]}, "agent", "other/2", "rigsoft/1"),
        ({"agents": []}, "agent", "absent", "rigsoft/1"),
        ({"users": ["acct.rig", "acct.two"]}, "logins", "acct.rig acct.two", "acct.rig"),
        ({"users": []}, "logins", "absent", "acct.rig"),
        ({"variant": "zcash-stratum"}, "dialect", "equihash-stratum", "stratum-v1"),
        ({"duration": 1e6, "stage": "refused"}, "finding", "absent", "working stratum-v1"),
    ],
)
def test_one_wrong_field_is_one_mismatch(truth: dict[str, object], field: str, told: str, ours: str) -> None:
    found = verdict(true_file(stream(**truth)), scanned(WORKING))
    assert [one for one in found.mismatches if one.field != "count"] == [mismatch("0", field, told, ours)]


def test_a_wrong_stage_is_a_mismatch() -> None:
    found = changed(scanned(WORKING), stage=Stage.JOINED)
    assert verdict(true_file(stream()), found).mismatches == (mismatch("0", "stage", "working", "joined"),)


def test_a_miner_taken_for_the_pool_is_a_mismatch() -> None:
    true = true_file(stream(client=f"{POOL.ip}:{POOL.port}", server="192.0.2.10:50000"))
    assert verdict(true, scanned(WORKING)).mismatches == (
        mismatch("0", "miner", "203.0.113.5:3333", "192.0.2.10:50000"),
    )


@pytest.mark.parametrize("grade", [Grade.B, Grade.C, Grade.D])
def test_a_grade_too_low_is_a_mismatch(grade: Grade) -> None:
    found = changed(scanned(WORKING), grade=grade)
    assert verdict(true_file(stream()), found).mismatches == (mismatch("0", "grade A", "True", "False"),)


def test_a_grade_too_high_is_a_mismatch() -> None:
    found = changed(scanned(JOINED), grade=Grade.A)
    assert verdict(true_file(stream(Stage.JOINED)), found).mismatches == (mismatch("0", "grade A", "False", "True"),)


def test_a_session_without_a_finding_is_a_mismatch() -> None:
    for stage in (Stage.JOINED, Stage.WORKING):
        assert verdict(true_file(stream(stage)), Scanned()).mismatches == (
            mismatch("0", "finding", stage.value, "absent"),
        )


def test_a_finding_too_many_is_a_mismatch() -> None:
    extra = "192.0.2.10:50001 > 203.0.113.5:3333"
    assert verdict(true_file(stream()), scanned(WORKING, JOINED)).mismatches == (
        mismatch(extra, "finding", "absent", "joined stratum-v1"),
    )


def test_a_finding_for_a_mere_attempt_is_a_mismatch() -> None:
    found = verdict(true_file(stream(Stage.ATTEMPTED)), scanned(JOINED))
    assert mismatch("0", "finding", "absent", "joined stratum-v1") in found.mismatches


def test_a_finding_of_another_connection_is_not_taken_for_this_one() -> None:
    late = stream(first=stream().first + 3600)
    assert {found.field for found in verdict(true_file(late), scanned(WORKING)).mismatches} == {"finding"}
    assert len(verdict(true_file(late), scanned(WORKING)).mismatches) == 2


def test_a_port_used_again_is_matched_by_time() -> None:
    again = [stream(first=stream().first + 3600, jobs=1), stream()]
    first = scanned(WORKING).findings[0]
    hour = {
        "first_seen": first.first_seen.replace("T22:", "T23:"),
        "last_seen": first.last_seen.replace("T22:", "T23:"),
    }
    assert hour["first_seen"] != first.first_seen
    found = Scanned((msgspec.structs.replace(first, jobs=1, **hour), first))
    assert verdict(true_file(*again), found) == FileVerdict(2, (), {})


def test_a_count_is_absent_only_where_its_side_was_not_seen() -> None:
    found = changed(scanned(JOINED), jobs=UNSET)
    assert verdict(true_file(stream(Stage.JOINED)), found).mismatches == (mismatch("0", "jobs", "1", "absent"),)
    blind = changed(found, messages_seen=msgspec.structs.replace(found.findings[0].messages_seen, pool=0))
    assert verdict(true_file(stream(Stage.JOINED, jobs=0)), blind).mismatches == ()


# ---------------------------------------------------------------- attempted and refused


def test_attempts_are_counted_by_miner_address_and_pool_endpoint() -> None:
    three = scanned(ATTEMPTED, ATTEMPTED, ATTEMPTED)
    streams = [stream(Stage.ATTEMPTED, index) for index in range(3)]
    assert verdict(true_file(*streams), three) == FileVerdict(3, (), {})
    group = "192.0.2.10 > 203.0.113.5:3333 attempted"
    assert verdict(true_file(*streams[:2]), three).mismatches == (mismatch(group, "count", "2", "3"),)
    assert verdict(true_file(*streams), Scanned()).mismatches == (mismatch(group, "count", "3", "0"),)


def test_attempts_that_the_truth_does_not_know_are_a_mismatch() -> None:
    group = "192.0.2.10 > 203.0.113.5:3333 attempted"
    assert verdict(true_file(), scanned(ATTEMPTED)).mismatches == (mismatch(group, "count", "0", "1"),)


def test_a_refusal_taken_for_an_attempt_is_a_mismatch() -> None:
    found = verdict(true_file(stream(Stage.REFUSED)), scanned(ATTEMPTED))
    assert [(one.stream.split()[-1], one.truth, one.ours) for one in found.mismatches] == [
        ("attempted", "0", "1"),
        ("refused", "1", "0"),
    ]


def test_attempts_in_another_dialect_are_a_mismatch() -> None:
    found = verdict(true_file(stream(Stage.ATTEMPTED)), scanned(ATTEMPTED, dialect="stratum-other"))
    group = "192.0.2.10 > 203.0.113.5:3333 attempted"
    assert found.mismatches == (mismatch(group, "dialect", "1 stratum-v1", "1 stratum-other"),)


# ---------------------------------------------------------------- what is only listed


def other(stage: Stage = Stage.ATTEMPTED) -> Stream:
    return stream(stage, variant="grin-stratum")


def test_a_variant_that_is_not_judged_is_listed_with_what_became_of_it() -> None:
    assert verdict(true_file(other()), Scanned()) == FileVerdict(
        0, (), {Became("grin-stratum", "attempted", "nothing"): 1}
    )
    sighted = verdict(true_file(other()), scanned(ATTEMPTED))
    assert sighted.mismatches == ()
    assert [became.outcome for became in sighted.others] == ["sighting attempted (1 stratum-v1)"]


@pytest.mark.parametrize(("variant", "agents"), [("tls-hello-to-plaintext-stratum", ()), ("http-getblocktemplate", ())])
def test_of_what_is_not_mining_nothing_may_be_said(variant: str, agents: tuple[str, ...]) -> None:
    true = true_file(stream(Stage.ATTEMPTED, variant=variant, agents=agents))
    assert verdict(true, Scanned()) == FileVerdict(1, (), {})
    group = "192.0.2.10 > 203.0.113.5:3333 attempted"
    assert verdict(true, scanned(ATTEMPTED)).mismatches == (mismatch(group, "count", "0", "1"),)
    assert [wrong.field for wrong in verdict(true, scanned(JOINED)).mismatches] == ["finding"]


def test_a_miner_that_asks_for_blocks_is_judged_where_a_pools_server_is_not() -> None:
    one = stream(Stage.ATTEMPTED, variant="http-getblocktemplate", agents=("cgminer 3.7.2",))
    assert verdict(true_file(one), scanned(ATTEMPTED, dialect="getblocktemplate")) == FileVerdict(1, (), {})
    assert [wrong.field for wrong in verdict(true_file(one), Scanned()).mismatches] == ["count"]


def test_a_finding_that_bears_a_name_it_is_not_is_a_mismatch() -> None:
    found = verdict(true_file(other(Stage.WORKING)), scanned(WORKING))
    assert found.mismatches == (mismatch("0", "finding", "none named so (grin-stratum)", "finding working stratum-v1"),)


def test_a_capture_that_cannot_be_read_is_a_mismatch() -> None:
    found = verdict(true_file(stream()), Scanned(error="not a capture; give it another"))
    assert found.mismatches == (mismatch("-", "file", "readable", "not a capture; give it another"),)


def test_times_are_read_to_the_nanosecond() -> None:
    assert nanoseconds("2023-11-14T22:15:00.000000001Z") == 1_700_000_100_000_000_001
    assert nanoseconds("1970-01-01T00:00:01Z") == 1_000_000_000


def test_a_session_is_told_in_its_last_state() -> None:
    (finding,) = scanned(WORKING).findings
    assert isinstance(finding, Finding)
    assert (finding.stage, finding.grade, finding.shares.accepted) == (Stage.WORKING, Grade.A, 2)
