from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.detect.masking import MASK
from sensor.detect.proof import printable, proof
from sensor.limits import PROOF_BYTES_MAX

SECRET = "hunter2secret"


@pytest.mark.parametrize(
    "message",
    [
        {"id": 1, "method": "mining.authorize", "params": ["acct.rig", SECRET]},
        {"id": 1, "method": "mining.auth", "params": ["acct.rig", SECRET, SECRET]},
        {"id": 1, "method": "MINING.AUTHORIZE", "params": ["acct.rig", SECRET]},
        {"id": 1, "method": "eth_submitLogin", "params": ["0xabc", SECRET], "worker": "rig"},
        {"id": 1, "method": "login", "params": {"login": "4abc", "pass": SECRET, "agent": "XMRig"}},
        {"id": 1, "method": "login", "params": {"login": "4abc", "Password": SECRET}},
        {"id": 1, "method": "login", "params": ["antminer_1", SECRET, "bmminer"]},
        {"id": 1, "method": "mining.subscribe", "params": ["worker", SECRET]},
        {"id": 1, "method": "mining.subscribe", "params": ["agent/1", None, "host", 3333, SECRET]},
        {"id": 1, "method": "mining.subscribe", "params": ["agent/1", ["x", {"y": SECRET}]]},
        {"id": 1, "method": "mining.subscribe", "params": [["agent/1", SECRET]]},
        {"id": 1, "method": "mining.subscribe", "body": {"agent": "x", "key": SECRET}},
        {"id": 1, "method": "mining.authorize", "params": [["acct.rig", SECRET]]},
        {"id": 1, "method": "mining.authorize", "params": ["acct.rig", {"p": [SECRET]}]},
        {"id": 1, "method": "mining.authorize", "params": {"user": "u", "p": SECRET}},
        {"id": 1, "method": "login", "params": {"login": "4abc", "Pass ": SECRET, "x": {"y": SECRET}}},
        {"id": 1, "method": "login", "params": {"login": "4abc", "worker_password": SECRET, "\uff50ass": SECRET}},
        {"id": 1, "method": "x", "params": {"deep": [{"token": SECRET}]}},
        {"id": 1, "method": "x", "params": {"Pass-Word": SECRET}},
        {"id": 1, "result": {"session": {"Access Token ": SECRET}}},
    ],
)
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_a_secret_is_masked_wherever_a_dialect_puts_it(message: object, separators: tuple[str, str]) -> None:
    shown = proof(json.dumps(message, separators=separators).encode() + b"\n")
    assert SECRET not in shown
    assert MASK in shown


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        (f"stratum+tcp://bob:{SECRET}@pool.example", "stratum+tcp://pool.example"),
        (f"stratum+tcp://bob:/{SECRET}@x@pool.example", "stratum+tcp://pool.example"),
        (f"bob:{SECRET},@pool.example", "pool.example"),
        (f"{SECRET}@pool.example:3333", "pool.example:3333"),
    ],
)
def test_a_redirect_is_shown_without_who_shall_log_in_there(host: str, shown: str) -> None:
    line = json.dumps({"id": None, "method": "client.reconnect", "params": [host, 3333]}).encode()
    assert json.loads(proof(line))["params"] == [shown, 3333]


def test_an_address_with_a_password_is_shown_without_it_in_any_message() -> None:
    line = json.dumps({"method": "mining.configure", "params": [["info"], {"url": f"tcp://bob:{SECRET}@h:1"}]})
    assert json.loads(proof(line.encode()))["params"][1] == {"url": "tcp://h:1"}


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        (SECRET, f"bad password {SECRET} for acct", f"bad password {MASK} for acct"),
        (f"{SECRET},d=512", f"Bad password {SECRET}, d=512 expected", f"Bad password {MASK}, d=512 expected"),
        (f"x:{SECRET}", f"no {SECRET}", f"no {MASK}"),
        ("Q" * 64, f"bad {'Q' * 70}rest of it", f"bad {MASK} of it"),
        ("x", "expired", "expired"),
        ("x", "x", MASK),
        ("x", {"y": ["x", "xy"]}, {"y": [MASK, "xy"]}),
        ("1234", 1234, MASK),
        ("-1.5", [-1.5], [MASK]),
    ],
)
def test_a_secret_that_is_known_is_masked_wherever_it_stands(secret: str, text: object, shown: object) -> None:
    line = json.dumps({"id": 2, "result": None, "error": [24, text, None]}).encode()
    assert json.loads(proof(line, (), (secret,)))["error"] == [24, shown, None]


def test_of_two_members_with_one_name_the_hidden_one_is_not_shown() -> None:
    line = b'{"method":"login","params":{"pass":"' + SECRET.encode() + b'","pass":"x"}}'
    assert SECRET not in proof(line)


def test_an_escaped_name_does_not_hide_a_password() -> None:
    line = b'{"method":"l\\u006fgin","params":{"p\\u0061ss":"' + SECRET.encode() + b'"}}'
    assert SECRET not in proof(line)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not json",
        b'ze","params":["acct","' + SECRET.encode() + b'"]}\n',
        b'{"method":"mining.authorize","params":["acct","' + SECRET.encode(),
        b'"' + SECRET.encode() + b'"',
        b"{" * 100_000,
        b'{"a":' + b"[" * 5000,
    ],
)
def test_what_is_no_whole_object_gives_no_proof(data: bytes) -> None:
    assert proof(data) == ""


def test_the_wanted_line_is_taken_before_the_first() -> None:
    data = b'{"id":1,"result":true}\n{"method":"mining.notify"}\n'
    assert proof(data, (b".notify",)) == '{"method":"mining.notify"}'
    assert proof(data, (b"nowhere",)) == '{"id":1,"result":true}'


def test_a_binary_preface_before_the_object_is_left_out() -> None:
    assert proof(b'\x05\x01\x00{"id":1}\n') == '{"id":1}'


def test_an_agent_is_shown() -> None:
    line = b'{"id":1,"method":"mining.subscribe","params":["gminer/3","EthereumStratum/1.0.0"]}'
    assert "gminer/3" in proof(line)
    assert "EthereumStratum/1.0.0" in proof(line)


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: json.dumps({"a": text}).encode()))
def test_a_proof_is_short_printable_ascii_whatever_is_sent(data: bytes) -> None:
    shown = proof(data)
    assert len(shown.encode()) <= PROOF_BYTES_MAX
    assert shown == "" or (shown.isascii() and shown.isprintable())


def test_a_long_message_is_cut_and_says_so() -> None:
    shown = proof(json.dumps({"params": ["ab" * 500] * 50}).encode())
    assert len(shown) == PROOF_BYTES_MAX
    assert shown.endswith("...")


def test_controls_directions_and_look_alikes_are_escaped() -> None:
    assert printable("a\x1b[31m\u202egp\u0430\U0001f4b0\n") == "a\\x1b[31m\\u202egp\\u0430\\U0001f4b0\\x0a"


@pytest.mark.parametrize("mail", ["a.b@c.example", "a%40c.example", "a\uff20c.example"])
@pytest.mark.parametrize("is_ascii", [True, False])
def test_a_message_with_nothing_but_a_mail_address_is_masked(mail: str, is_ascii: bool) -> None:
    shown = proof(json.dumps({"id": 1, "result": [True, mail]}, ensure_ascii=is_ascii).encode())
    assert shown == '{"id":1,"result":[true,"***"]}'


_WORDS = st.sampled_from(["a.b@c.example", "a%40c.example", "id", "mining.notify", "x" * 250, "50 %", "\\", "é"])
_OBJECTS = st.dictionaries(st.sampled_from(["id", "blob", "job"]), _WORDS | st.lists(_WORDS, max_size=2), max_size=3)
_VALUES = _WORDS | st.integers() | _OBJECTS | st.lists(_WORDS | _OBJECTS | st.lists(_WORDS, max_size=60), max_size=3)


@given(st.dictionaries(st.sampled_from(["id", "method", "params", "result", "Jobs"]), _VALUES), st.booleans())
def test_a_message_without_secrets_is_shown_as_if_it_had_been_searched(
    message: dict[str, object], is_ascii: bool
) -> None:
    plain = json.dumps(message, ensure_ascii=is_ascii)
    # A name to be masked, behind all others, has every member copied.
    searched = json.dumps({**message, "pass": 1}, ensure_ascii=is_ascii)
    shown = proof(searched.encode()).removesuffix("}").removesuffix(f'"pass":"{MASK}"').removesuffix(",")
    common = min(len(shown), PROOF_BYTES_MAX - len("...") - len(f',"pass":"{MASK}"}}'))
    assert proof(plain.encode())[:common] == shown[:common]
