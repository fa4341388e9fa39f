"""Logins: account, worker, wish and coin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.limits import FIELD_CHARS_MAX, FIELD_WIDE_CHARS_MAX
from sensor.wire.addresses import account_of, chain_of, coin_of, difficulty_wish, login_text, worker_of

MONERO = "4" + "A" * 94
ETHER = "0x" + "c0" * 20


@pytest.mark.parametrize(
    ("login", "worker"),
    [
        ("acct.rig07", "rig07"),
        ("acct", None),
        ("acct.", None),
        ("acct.rig07+4096", "rig07"),
        ("acct.group.rig07", "group.rig07"),
        (f"{ETHER}.rig3/me@example.org", "rig3"),
        (f"{ETHER}/rig3/me@example.org", "rig3"),
        (ETHER, None),
        (f"{MONERO}.{'ab' * 32}.ryzen", "ryzen"),
        (f"{MONERO}.{'ab' * 8}.ryzen", "ryzen"),
        (f"{MONERO}+50000", None),
        ("me@example.org", None),
        ("me@example.org/rig3", "rig3"),
        ("acct_rig", None),
        ("bc1q.rig~lucky", "rig"),
        ("DOGE:DAbc.rig#ab12-cd34", "rig"),
        ("", None),
    ],
)
def test_the_worker_stands_behind_the_account(login: str, worker: str | None) -> None:
    assert worker_of(login) == worker


@pytest.mark.parametrize(
    ("login", "coin"),
    [
        (MONERO, "XMR"),
        ("8" + "B" * 94, "XMR"),
        (f"{MONERO}.rig+1000", "XMR"),
        ("4" + "C" * 105, "XMR"),
        ("4" + "0" * 94, None),
        ("4" + "A" * 93, None),
        ("bc1q" + "w" * 38, "BTC"),
        ("bc1p" + "w" * 58 + ".rig", "BTC"),
        ("1" + "B" * 33, "BTC"),
        ("3" + "B" * 33 + ".x", "BTC"),
        ("1" + "B" * 40, None),
        ("t1" + "Q" * 33 + ".rig", "ZEC"),
        (f"{MONERO}=50000.rig", "XMR"),
        ("t3" + "Q" * 33, "ZEC"),
        ("t2" + "Q" * 33, None),
        (ETHER, None),
        ("D" + "B" * 33, None),
        ("account.rig", None),
        ("", None),
    ],
)
def test_only_an_address_that_can_be_no_other_names_a_coin(login: str, coin: str | None) -> None:
    assert coin_of(login) == coin


@pytest.mark.parametrize(
    ("login", "password", "wish"),
    [
        ("a.b", "d=1024", 1024.0),
        ("a.b", "x,d=1024,md=512", 1024.0),
        ("a.b", "md=512", 512.0),
        ("a.b", "c=BTC;D=0.5;m=solo", 0.5),
        ("a.b", "diff=7", 7.0),
        ("a+10000", "x", 10000.0),
        ("a.b+10000", "d=5", 10000.0),
        ("a+b", "x", None),
        ("a", "x", None),
        ("a", "d=", None),
        ("a", "d=-5", None),
        ("a", "d=1e30", None),
        ("a", "d=nan", None),
        ("a", "password=4711", None),
        ("a", 5, None),
        ("a", None, None),
        ("a", "d=1024" + "x" * 100, None),
    ],
)
def test_only_a_recognised_wish_survives_of_a_password(login: str, password: object, wish: float | None) -> None:
    assert difficulty_wish(login, password) == wish


@pytest.mark.parametrize(
    ("login", "chain"),
    [
        ("kaspa:q" + "p" * 60 + ".rig", "kaspa"),
        ("kaspa:q" + "p" * 62, "kaspa"),
        ("kaspatest:q" + "p" * 60, "kaspatest"),
        ("karlsen:q" + "z" * 60 + "/rig", "karlsen"),
        ("kaspa:q" + "p" * 61, ""),
        ("kaspa:q" + "1" * 60, ""),  # bech32 has no 1
        ("Kaspa:q" + "p" * 60, ""),
        ("ka2pa:q" + "p" * 60, ""),
        (":q" + "p" * 60, ""),
        ("bitcoincash:p" + "z" * 60, ""),
        ("cfx:aa" + "p" * 40, ""),
        ("KAS:kaspa:q" + "p" * 60, ""),
        ("acct.rig", ""),
    ],
)
def test_an_address_of_kaspas_kind_names_its_chain(login: str, chain: str) -> None:
    assert chain_of(login) == chain


def test_the_account_ends_at_the_first_separator() -> None:
    assert account_of(f"{ETHER}.rig/mail") == ETHER
    assert account_of("acct/rig.x") == "acct"
    assert account_of("acct+5") == "acct"
    assert account_of("acct") == "acct"


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_login_is_read(login: str, password: str) -> None:
    worker = worker_of(login)
    assert worker is None or (worker and len(worker) <= 256)
    assert coin_of(login) in (None, "XMR", "BTC", "ZEC", "RVN")
    wish = difficulty_wish(login, password)
    assert wish is None or 0 < wish <= 1e18


def test_a_rigs_name_in_wide_letters_takes_nothing_from_the_account() -> None:
    wallet = "4" + "8" * 94
    assert login_text(f"{wallet}.矿机1") == f"{wallet}.矿机1"
    assert login_text(wallet + "." + "机" * 1000) == wallet + "." + "机" * (FIELD_WIDE_CHARS_MAX - 1)
    assert login_text("机" * 1000) == "机" * FIELD_WIDE_CHARS_MAX
    assert login_text("a" * 1000 + ".机") == "a" * FIELD_CHARS_MAX
