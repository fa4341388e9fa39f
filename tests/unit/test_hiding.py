from __future__ import annotations

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from sensor.finding import MinerIdentity, Reason, ReasonCode
from sensor.hiding import (
    KEPT,
    LEFT_OUT,
    PARAMS_KEPT,
    REPLACED,
    Hidden,
    Names,
    hide_finding,
    hide_sighting,
    without_mail,
)
from sensor.limits import FIELD_CHARS_MAX
from sensor.pseudonym import Pseudonyms
from tests.findings import ACCOUNT, LOGIN, MINER, POOL, WORKER, finding, sighting

PSEUDONYMS = Pseudonyms(bytes(32))
SUBJECT, OTHER = "01234567-" + "ab" * 16, "01234567-" + "cd" * 16


def text_of(body: msgspec.Struct) -> str:
    return msgspec.json.encode(body).decode()


def hide(hidden: Hidden, **changes: object) -> msgspec.Struct:
    told = finding(**changes)
    return hide_finding(without_mail(told), hidden, Names.of(told, PSEUDONYMS))


@pytest.mark.parametrize("struct", KEPT, ids=lambda struct: struct.__name__)
def test_each_field_is_kept_replaced_or_left_out(struct: type[msgspec.Struct]) -> None:
    """A new field is a decision: say in sensor/hiding.py what becomes of it for those who are hidden."""
    tables = (KEPT[struct], REPLACED[struct], LEFT_OUT[struct])
    assert set().union(*tables) == set(struct.__struct_fields__)
    assert sum(map(len, tables)) == len(struct.__struct_fields__)
    # What is left out must be able to be absent.
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    assert all(fields[name].default is UNSET for name in LEFT_OUT[struct])


# ---------------------------------------------------------------- everybody


def test_mail_is_masked_wherever_it_stands() -> None:
    masked = without_mail(finding())
    shown = text_of(masked)
    for part in ("jane", "doe", "mail.example"):
        assert part not in shown
    assert masked.miner_identity.logins == (f"{ACCOUNT}.{WORKER}/***",)
    assert masked.miner_identity.account == ACCOUNT
    assert masked.miner.ip == MINER


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("jane@mail.example", "***"),
        ("jane@mail.example.rig1", "***"),
        ("wallet.rig:jane@mail.example:x", "wallet.rig:***:x"),
        ("wallet/jane%40mail.example", "wallet/***"),
        ("wallet/jane\uff20mail", "wallet/***"),
        ("wallet/@handle", "wallet/***"),
        ("wallet.rig", "wallet.rig"),
        ("", ""),
        ("w" * 200 + "/" + "jane.doe.of.somewhere" * 5, "w" * 200 + "/***"),
        ("w" * FIELD_CHARS_MAX, "w" * FIELD_CHARS_MAX),
    ],
)
def test_the_parts_of_a_login_that_name_a_person_go(login: str, expected: str) -> None:
    cut = login[:FIELD_CHARS_MAX]
    identity = MinerIdentity(logins=(cut,), workers=(cut,), workers_count=1, account=cut)
    masked = without_mail(finding(miner_identity=identity)).miner_identity
    assert (masked.logins, masked.workers, masked.account) == ((expected,), (expected,), expected)


# ---------------------------------------------------------------- those who are hidden


def test_of_a_hidden_miner_no_name_is_left() -> None:
    shown = text_of(hide(Hidden(SUBJECT, "")))
    for secret in (MINER, "50123", LOGIN, WORKER, ACCOUNT, "jane", "1:abcdef", "8191", "gtpu:77", "203.0.113.99"):
        assert secret not in shown
    assert SUBJECT in shown
    assert POOL in shown


def test_what_a_register_needs_is_still_there() -> None:
    hidden = hide(Hidden(SUBJECT, ""))
    whole = finding()
    for name in ("stage", "grade", "first_seen", "last_seen", "shares", "messages_seen", "revision"):
        assert getattr(hidden, name) == getattr(whole, name)
    identity = hide_finding(whole, Hidden(SUBJECT, ""), Names.of(whole, PSEUDONYMS)).miner_identity
    assert (identity.workers_count, identity.agent, identity.logins) == (1, "cgminer/4.12", ())
    # One account is one pseudonym, in whichever finding it is met; and a wallet is told from an account.
    again = Names.of(finding(finding_id="1" * 32), PSEUDONYMS)
    assert (identity.account, identity.wallet) == (again.account, again.wallet)
    assert identity.account != identity.wallet


def test_layers_stay_and_their_numbers_go() -> None:
    hidden = hide_finding(finding(), Hidden(SUBJECT, ""), Names.of(finding(), PSEUDONYMS))
    assert hidden.tunnel is not UNSET
    assert hidden.tunnel.miner_to_pool == ("vlan", "pppoe")
    assert hidden.tunnel.pool_to_miner == ("vlan", "gtpu")


def test_reasons_keep_what_the_lists_say_and_no_proof() -> None:
    hidden = hide_finding(finding(), Hidden(SUBJECT, ""), Names.of(finding(), PSEUDONYMS))
    assert [reason.params for reason in hidden.reasons] == [UNSET, {"name": "pool.example"}]
    assert all(reason.proof is UNSET for reason in hidden.reasons)


def test_only_words_of_our_own_lists_are_let_through_in_reasons() -> None:
    wire = {"login", "agent", "host", "port", "code", "addresses"}
    assert not wire & PARAMS_KEPT


@pytest.mark.parametrize(
    ("agent", "software", "shown"),
    [
        ("XMRig/6.22.2 (Linux x86_64) libuv/1.48.0 gcc/13.2.0", "XMRig", "XMRig/6.22.2"),
        ("xmrig/6.0 (wangfang2024)", "XMRig", "xmrig/6.0"),
        ("XMRig/6.2 138 0013 8000", "XMRig", "XMRig/6.2"),
        ("cgminer/4.12 host=home-lixiang", "cgminer", "cgminer/4.12"),
        ("Antminer S19j Pro (Li Xiang, Yanan Road 5)/Fri", "Antminer stock", UNSET),
        ("T-Rex 198,51,100,37", "T-Rex", UNSET),
        ("li-xiang-xmrig/6.0", "XMRig", UNSET),
        ("xmrig/198.51.100.37", "XMRig", UNSET),
        ("xmrig/13800138000", "XMRig", UNSET),
        ("miner c6336426", UNSET, UNSET),
        ("home/1.2", UNSET, UNSET),
        (f"miner of {WORKER}", UNSET, UNSET),
        (f"{WORKER}/1.0", WORKER, UNSET),
        ("jane@mail.example", UNSET, UNSET),
        ("host fe80::1:2", UNSET, UNSET),
    ],
)
def test_of_an_agent_stays_the_program_that_our_tables_know(
    agent: str, software: str | UnsetType, shown: str | UnsetType
) -> None:
    identity = msgspec.structs.replace(finding().miner_identity, agent=agent, software=software)
    told = finding(miner_identity=identity)
    hidden = hide_finding(without_mail(told), Hidden(SUBJECT, ""), Names.of(told, PSEUDONYMS))
    assert hidden.miner_identity.agent == shown


def test_of_a_hidden_pool_no_name_is_left_and_the_miner_stays() -> None:
    shown = text_of(hide(Hidden("", OTHER)))
    # Who knows its name knows its address.
    for secret in (POOL, "3333", "1:abcdef", "jane", "pool.example"):
        assert secret not in shown
    for kept in (MINER, OTHER, WORKER):
        assert kept in shown


def test_of_a_hidden_source_of_a_sighting_no_name_is_left() -> None:
    shown = text_of(hide_sighting(sighting(), Hidden(SUBJECT, OTHER)))
    for secret in (MINER, POOL, LOGIN, WORKER, ACCOUNT, "jane", "pool.example"):
        assert secret not in shown
    assert SUBJECT in shown
    assert OTHER in shown


def test_a_listed_name_of_a_hidden_target_does_not_stay_in_the_reason() -> None:
    params = {"list": "own", "as_of": "2026-01-01", "kind": "pool", "pool": "Jane's", "name": "jane.dyn.example"}
    reason = Reason(ReasonCode.NAME_DNS, finding().at, params, "miner")
    told = msgspec.structs.replace(sighting(), reasons=(reason,))
    (left,) = hide_sighting(told, Hidden("", OTHER)).reasons
    assert left.params == {"list": "own", "as_of": "2026-01-01", "kind": "pool"}
    (left,) = hide_sighting(told, Hidden(SUBJECT, "")).reasons
    assert left.params == params


def test_a_code_that_quotes_the_login_does_not_leave() -> None:
    reason = Reason(ReasonCode.LOGIN_REFUSED, finding().at, {"code": f"unknown {ACCOUNT}"}, "pool")
    assert ACCOUNT not in text_of(hide(Hidden(SUBJECT, ""), reasons=(reason,)))
