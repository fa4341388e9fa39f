"""What is shown of a head of HTTP: who asks and for what, without credentials, whatever stands in it."""

from __future__ import annotations

import pytest

from sensor.detect.http_proof import begins_head, head_proof
from sensor.limits import PROOF_BYTES_MAX
from tests.lab.dialects.over_http import answer, basic, request

CREDENTIALS = basic("acct.rig", "hunter2secret")


def test_first_line_and_fields_of_mining_are_shown_and_credentials_are_not() -> None:
    fields = {"Authorization": CREDENTIALS, "Cookie": "session=5", "User-Agent": "cgminer 3.7.2"}
    assert (
        head_proof(request("/", fields, b"{}"), ()) == "POST / HTTP/1.1; Authorization: ***; User-Agent: cgminer 3.7.2"
    )


@pytest.mark.parametrize("name", ["Authorization", "authorization", " Authorization ", "AUTHORIZATION"])
def test_no_spelling_of_the_field_shows_what_is_in_it(name: str) -> None:
    shown = head_proof(request("/", {name: CREDENTIALS}, b""), ())
    assert shown.startswith("POST / HTTP/1.1")
    assert CREDENTIALS.split()[1] not in shown
    assert "hunter2" not in shown


def test_secrets_and_mail_are_masked_where_they_are_repeated() -> None:
    path = f"/0x{'5a' * 20}/rig/me@example.org"
    shown = head_proof(request(path, {"User-Agent": "x hunter2secret"}, b""), ("hunter2secret",))
    assert shown == f"POST /0x{'5a' * 20}/rig/*** HTTP/1.1; User-Agent: x ***"
    moved = answer(b"", fields={"X-Stratum": "stratum+tcp://me:hunter2@pool.example:3333"})
    assert head_proof(moved, ()) == "HTTP/1.1 200 OK; X-Stratum: stratum+tcp://pool.example:3333"


def test_a_head_that_is_not_whole_is_not_shown_and_a_long_one_is_cut() -> None:
    assert head_proof(b"POST / HTTP/1.1\r\nUser-Agent: a", ()) == ""
    shown = head_proof(request("/" + "a" * 500, {"User-Agent": "\u202e\x00"}, b""), ())
    assert len(shown) == PROOF_BYTES_MAX
    assert shown.isascii()
    assert shown.isprintable()


def test_what_begins_a_head() -> None:
    assert begins_head(b"GET /LP HTTP/1.1")
    assert not begins_head(b'{"method":"getwork"}')
