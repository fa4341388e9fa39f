from __future__ import annotations

import pytest

from sensor.detect.identity import account_of, wallet_of

WALLET = "4" + "8eJ" * 31 + "a"


@pytest.mark.parametrize(
    ("login", "account"),
    [
        ("acct.rig07", "acct"),
        ("acct", "acct"),
        (f"{WALLET}.rig+5000", WALLET),
        (f"{WALLET}+5000", WALLET),
        (f"{WALLET}=50G.rig", WALLET),
        ("0xabc/rig/me@example.org", "0xabc"),
        ("me@mail.example.org", "me@mail.example.org"),
        ("me@mail.example.org/rig", "me@mail.example.org"),
        ("", ""),
    ],
)
def test_account_is_what_stands_before_worker_mail_and_difficulty(login: str, account: str) -> None:
    assert account_of(login) == account


@pytest.mark.parametrize(
    "account", [WALLET, "0x" + "c0" * 20, "t1" + "Sg3TPAtU" * 4 + "b", "kaspa:" + "q0" * 30, "LTC:" + "L7" * 17]
)
def test_an_address_is_a_wallet(account: str) -> None:
    assert wallet_of(account) == account


@pytest.mark.parametrize("account", ["acct", "northfarm", "0x12", "me@example.org", "a" * 40, "x y" * 20, ""])
def test_a_name_is_no_wallet(account: str) -> None:
    assert wallet_of(account) == ""
