# SPDX-License-Identifier: Apache-2.0
"""Households never leave in clear: whatever the records say of whom, and whatever the two sides said to each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment import Customers, Library
from enrichment.base import Options
from enrichment.model import SubjectKind
from sensor.finding import Finding, Sighting
from sensor.identification import Identification
from sensor.message import Message
from sensor.pseudonym import Pseudonyms
from tests.contract import hold
from tests.e2e.commandline import ROOT, run
from tests.e2e.sensing import Seen, sense

CAPTURES = sorted(path.name for path in (ROOT / "pcaps").iterdir() if path.suffix != ".toml")
HIDDEN = (SubjectKind.HOUSEHOLD, SubjectKind.UNKNOWN)
# A shorter word is part of others: it must not stand alone.
PART_CHARS_MIN = 5
KEY = bytes(range(32))
MAIL = "jane.doe@mail.example"

_IP = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")

Assignment = dict[str, SubjectKind | None]


@cache
def seen(name: str) -> Seen:
    return sense(ROOT / "pcaps" / name)


def bodies(name: str) -> list[Finding | Sighting]:
    everything = seen(name)
    return [*everything.revisions, *everything.sightings]


def addresses(name: str) -> list[str]:
    found = {end.ip: None for body in bodies(name) for end in (body.miner, body.pool) if isinstance(end.ip, str)}
    return list(
        found | {ip: None for body in bodies(name) for text in strings(plain(body)) for ip in _IP.findall(text)}
    )


def plain(body: Finding | Sighting) -> Any:
    return json.loads(msgspec.json.encode(body))


def customer(ip: str) -> str:
    return f"customer<{ip}>"


def identification(kinds: Assignment, folder: Path) -> Identification:
    """Every address with a record of its own, but those of which nobody knows anything."""
    path = folder / "customers.csv"
    rows = [
        f"{ip},{kind},{customer(ip)},Jane Doe of {ip},flat {ip},Demo Road {ip},150602,line {ip},meter {ip}"
        for ip, kind in kinds.items()
        if kind is not None
    ]
    header = "prefix,kind,customer,enterprise,site,address,division,line,meter"
    path.write_text("\n".join([header, *rows, "255.255.255.255,idc,,,,,,,"]) + "\n")
    return Identification((), Library({Customers: [path]}, Options()), Pseudonyms(KEY))


def strings(value: Any) -> Iterator[str]:
    """Every string of a message, names of fields apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def said_by(body: Finding | Sighting) -> set[str]:
    """All that the miner called itself, and what can be computed from its address."""
    names: set[str] = set()
    if isinstance(body, Finding):
        identity = body.miner_identity
        names |= {*identity.logins, *identity.workers, body.finding_id}
        names |= {one for one in (identity.account, identity.wallet, body.community_id) if isinstance(one, str)}
    else:
        names.add(body.sighting_id)
    for reason in body.reasons:
        if isinstance(reason.params, dict) and "login" in reason.params:
            names.add(str(reason.params["login"]))
    return names - {""}


def tells(shown: list[str], secret: str) -> bool:
    if len(secret) < PART_CHARS_MIN:
        return secret in shown
    return any(secret in text for text in shown)


def check(body: Finding | Sighting, message: Message, kinds: Assignment) -> None:
    raw = json.loads(msgspec.json.encode(message.body))
    hold(raw)
    shown = [*strings(raw), message.key]
    secrets: set[str] = {MAIL, "jane.doe", "mail.example"}
    for end, is_miner in ((body.miner, True), (body.pool, False)):
        if not isinstance(end.ip, str):
            continue
        kind = kinds.get(end.ip)
        if kind in HIDDEN or (kind is None and is_miner):
            secrets |= {end.ip, customer(end.ip)}
            secrets |= {f"{word} {end.ip}" for word in ("Jane Doe of", "flat", "Demo Road", "line", "meter")}
            secrets |= said_by(body) if is_miner else set()
    # Wherever it stands, also as a proxy or as what a name stands for.
    named = {ip for text in shown for ip in _IP.findall(text)}
    assert not named & {ip for ip, kind in kinds.items() if kind in HIDDEN}, raw
    for secret in secrets:
        assert not tells(shown, secret), f"{secret!r} leaves in {raw}"


@pytest.mark.parametrize("name", CAPTURES)
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_no_string_of_any_message_tells_who_is_hidden(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kinds = {ip: data.draw(st.sampled_from([*SubjectKind, None])) for ip in addresses(name)}
    steps = identification(kinds, tmp_path_factory.mktemp("households"))
    for body in bodies(name):
        check(body, steps.message(body), kinds)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=PART_CHARS_MIN, max_size=20).map(
    # Words that our own texts hold would be met in them.
    lambda word: f"\u2e3a{word}\u2e3a"
)


@settings(max_examples=30, deadline=None)
@given(data=st.data(), word=WORDS)
def test_whatever_the_two_sides_say_a_household_stays_unnamed(
    data: st.DataObject, word: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same words as login, worker, agent, code, host of a redirect and in proofs, with an e-mail address."""
    finding = data.draw(st.sampled_from([body for body in bodies("demo.pcap") if isinstance(body, Finding)]))
    login = f"{word}.{word}/{MAIL}"
    identity = msgspec.structs.replace(
        finding.miner_identity,
        logins=(login, word),
        workers=(word, MAIL),
        account=data.draw(st.sampled_from([word, MAIL])),
        wallet=word,
        agent=data.draw(st.sampled_from([word, f"xmrig/{word}", MAIL, f"cgminer ({login})"])),
    )
    reasons = tuple(
        msgspec.structs.replace(
            reason,
            params={"login": login, "code": word, "host": word, "agent": word, "addresses": str(finding.miner.ip)},
            proof=f'{{"params":["{login}"]}}',
        )
        for reason in finding.reasons
    )
    told = msgspec.structs.replace(finding, miner_identity=identity, reasons=reasons)
    kinds: Assignment = {str(finding.miner.ip): data.draw(st.sampled_from(HIDDEN))}
    message = identification(kinds, tmp_path_factory.mktemp("households")).message(told)
    check(told, message, kinds)
    assert not tells([*strings(json.loads(msgspec.json.encode(message.body)))], word)


def test_the_program_itself_tells_no_household(tmp_path: Path) -> None:
    """All outputs of one scan at once: standard output, file and table."""
    key = tmp_path / "privacy.key"
    assert run("privacy", "new-key", key).returncode == 0
    customers = tmp_path / "customers.csv"
    customers.write_text(
        "prefix,kind,customer,address\n0.0.0.0/0,household,,Demo Road\n::/0,household,,Demo Road\n"
        "198.51.100.200,enterprise,C-2,Farm Road\n"
    )
    files = ("--customers", customers, "--key-file", key, "--sightings", "--findings", tmp_path / "out.jsonl")
    printed = run("scan", "--json", "--updates", *files, "pcaps/demo.pcap")
    table = run("scan", *files, "pcaps/demo.pcap")
    assert (printed.returncode, table.returncode) == (0, 0)
    everything = printed.stdout + table.stdout + (tmp_path / "out.jsonl").read_bytes()
    for body in bodies("demo.pcap"):
        for secret in {str(body.miner.ip)} | said_by(body):
            if body.miner.ip != "198.51.100.200" and len(secret) >= PART_CHARS_MIN:
                assert secret.encode() not in everything
    assert b"Demo Road" not in everything
    assert b"Farm Road" in everything
    assert b"198.51.100.200" in everything
