"""Reading one line, the values in it, and pairing answers with requests."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.event import MalformedCode
from sensor.limits import FIELD_CHARS_MAX, JSON_DEPTH_MAX, JSON_DIGITS_MAX, PENDING_PER_SESSION_MAX
from sensor.wire.jsonrpc import UNSET, Pending, Rpc, number, parse, text, whole


def one(line: bytes) -> Rpc:
    message = parse(line)
    assert isinstance(message, Rpc)
    return message


def test_absent_null_and_given_results_differ() -> None:
    assert one(b'{"id":1}').result is UNSET
    assert one(b'{"id":1,"result":null}').result is None
    assert one(b'{"id":1,"result":false}').result is False


def test_members_beside_the_envelope_are_kept_and_unknown_ones_are_not() -> None:
    message = one(b'{"id":1,"worker":"r1","height":7,"reject-reason":"Stale","secret":"x","params":[1]}')
    assert (message.worker, message.height, message.reject_reason, message.params) == ("r1", 7, "Stale", [1])
    assert not hasattr(message, "secret")


def test_the_last_of_two_equal_members_counts() -> None:
    assert one(b'{"id":1,"id":2}').id == 2


@pytest.mark.parametrize("line", [b'{"id":1}\r', b' {"id":1} ', b'{ "id" : 1 }', b'{"id":1}\n'])
def test_blanks_are_tolerated(line: bytes) -> None:
    assert one(line).id == 1


def test_a_method_of_any_type_is_read() -> None:
    assert one(b'{"method":["x"],"id":{"a":1}}').method == ["x"]


def test_broken_utf8_is_replaced() -> None:
    assert one(b'{"params":["rig\xff1"]}').params == ["rig�1"]


def test_control_characters_nan_and_overflow_are_read_as_values() -> None:
    params = one(b'{"params":["a\tb",NaN,1e999]}').params
    assert params[0] == "a\tb"
    assert number(params[1]) is None
    assert number(params[2]) is None


def test_two_objects_on_a_line_are_two_messages() -> None:
    messages = parse(b'{"id":1}{"id":2} {"id":3}')
    assert isinstance(messages, list)
    assert [message.id for message in messages] == [1, 2, 3]


@pytest.mark.parametrize(
    "line",
    [
        b'[{"id":1},{"id":2}]',
        b' [ {"id":1} , {"id":2} ] \r',
        b'\xef\xbb\xbf[{"id":1},{"id":2}]\0',
        b'{"id":1}\0{"id":2}\0',
    ],
)
def test_an_array_of_objects_is_as_many_messages(line: bytes) -> None:
    messages = parse(line)
    assert isinstance(messages, list)
    assert [message.id for message in messages] == [1, 2]


@pytest.mark.parametrize("line", [b'{"id":1}\0', b'\xef\xbb\xbf{"id":1}', b'\xef\xbb\xbf {"id":1}\0\n'])
def test_what_stands_around_an_object_is_passed_over(line: bytes) -> None:
    message = parse(line)
    assert isinstance(message, Rpc)
    assert message.id == 1


def test_an_id_may_have_lost_its_quotes() -> None:
    message = parse(b'{"error":null,"id":auth,"result":true}')
    assert isinstance(message, Rpc)
    assert (message.id, message.result) == ("auth", True)
    assert parse(b'{"id":nul}') is not MalformedCode.NOT_JSON
    assert parse(b'{"method":auth}') is MalformedCode.NOT_JSON


@pytest.mark.parametrize("line", [b"[]", b"1", b'"text"', b"null", b"[1]", b'[{"id":1},2]', b'{"id":1}[{"id":2}]'])
def test_json_that_is_no_object_is_named_so(line: bytes) -> None:
    assert parse(line) is MalformedCode.NOT_AN_OBJECT


@pytest.mark.parametrize("line", [b"", b"text", b'{"id":1', b'{"id":1},', b'{"id":1}}', b"\x00\x01", b"{'id':1}"])
def test_what_is_no_json_is_named_so(line: bytes) -> None:
    assert parse(line) is MalformedCode.NOT_JSON


def nested(depth: int) -> bytes:
    return b'{"params":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def test_depth_is_bounded_before_parsing() -> None:
    assert isinstance(parse(nested(JSON_DEPTH_MAX)), Rpc)
    assert parse(nested(JSON_DEPTH_MAX + 1)) is MalformedCode.TOO_DEEP
    assert parse(b'{"params":[' + b",".join([b"[]"] * 30_000) + b"]}") is not MalformedCode.TOO_DEEP
    assert parse(b"[" * 60_000) is MalformedCode.TOO_DEEP


@given(st.text("[]{}", max_size=300))
def test_depth_is_that_of_the_deepest_bracket_whatever_is_balanced(brackets: str) -> None:
    """What is not balanced may pass for half as deep: the reader stops at its first wrong bracket."""
    depth = deepest = 0
    for bracket in brackets:
        depth = max(0, depth + (1 if bracket in "[{" else -1))
        deepest = max(deepest, depth)
    is_deep = parse(b'{"a":' + brackets.encode()) is MalformedCode.TOO_DEEP
    assert is_deep or deepest + 1 <= 2 * JSON_DEPTH_MAX
    assert not is_deep or deepest + 1 > JSON_DEPTH_MAX


def test_brackets_in_strings_and_side_by_side_are_not_depth() -> None:
    assert one(b'{"id":"' + b"[" * 100 + b'"}').id == "[" * 100
    assert one(b'{"params":[' + b",".join([b"[]"] * 100) + b"]}").params == [[]] * 100
    assert isinstance(parse(b'{"id":"\\"[' + b"[" * 100 + b'\\\\"}'), Rpc)


def test_digits_are_bounded_before_parsing() -> None:
    assert one(b'{"id":%s}' % (b"9" * JSON_DIGITS_MAX)).id == int("9" * JSON_DIGITS_MAX)
    assert parse(b'{"id":%s}' % (b"9" * (JSON_DIGITS_MAX + 1))) is MalformedCode.BAD_VALUE
    for before in range(40):
        line = b" " * before + b'{"id":[0.%s]}' % (b"1" * 60_000)
        assert parse(line) is MalformedCode.BAD_VALUE


def test_digits_in_strings_are_not_numbers() -> None:
    assert one(b'{"id":"%s"}' % (b"0" * 5000)).id == "0" * 5000


def test_hostile_quotes_cost_one_look_each() -> None:
    line = b'{"id":"' + b'\\"' * 30_000 + b"[" * 40 + b"9" * 200
    assert parse(line) in (MalformedCode.NOT_JSON, MalformedCode.TOO_DEEP, MalformedCode.BAD_VALUE)


@given(st.binary(max_size=300))
def test_any_line_is_a_message_or_a_code(line: bytes) -> None:
    assert isinstance(parse(line), (Rpc, list, MalformedCode))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(
    st.dictionaries(st.sampled_from(["id", "method", "params", "result", "error", "~offset", "x"]), JSON, max_size=6)
)
def test_any_object_is_a_message(members: dict[str, object]) -> None:
    assert isinstance(parse(json.dumps(members).encode()), Rpc)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        (0.5, 0.5),
        ("1024", 1024.0),
        ("1e5", 1e5),
        ("0.000001", 1e-6),
        (True, None),
        ("nan", None),
        ("inf", None),
        ("1_000", None),
        ("x", None),
        (None, None),
        ([1], None),
        (10**400, None),
        ("9" * 200, None),
    ],
)
def test_numbers_are_finite_and_plain(value: object, expected: float | None) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        ("7", 7),
        ("0x1f", 31),
        (8, None),
        (-1, None),
        ("-1", None),
        (True, None),
        (1.5, None),
        ("١", None),
    ],
)
def test_whole_numbers_are_bounded(value: object, expected: int | None) -> None:
    assert whole(value, 31 if value == "0x1f" else 7) == expected


def test_text_is_cut_and_never_holds_a_lone_surrogate() -> None:
    assert text("x" * 1000) == "x" * FIELD_CHARS_MAX
    assert text("rig\ud800") == "rig?"
    assert text("") is None
    assert text(5) is None


@pytest.mark.parametrize("ident", [4, "auth", None, 1.0, True, [1], {"a": 1}, "x" * 1000])
def test_requests_with_one_id_are_answered_first_in_first_out(ident: object) -> None:
    pending: Pending[int] = Pending()
    for value in (1, 2, 3):
        pending.put(Rpc(id=ident), value)
    assert [pending.take(Rpc(id=ident)) for _ in range(4)] == [1, 2, 3, None]
    assert len(pending) == 0


def test_ids_of_different_kinds_are_different() -> None:
    pending: Pending[int] = Pending()
    pending.put(Rpc(id=1), 10)
    pending.put(Rpc(id="1"), 20)
    assert pending.take(Rpc(id="1")) == 20
    assert pending.take(Rpc(id=None)) is None
    assert pending.take(Rpc(id=1)) == 10


@pytest.mark.parametrize(("asked", "answered"), [(7, "7"), ("7", 7), ("0", 0)])
def test_an_answer_may_spell_the_number_as_text(asked: object, answered: object) -> None:
    pending: Pending[int] = Pending()
    pending.put(Rpc(id=asked), 10)
    assert pending.take(Rpc(id=answered)) == 10
    assert len(pending) == 0


@pytest.mark.parametrize(("asked", "answered"), [(7, "07"), (7, "7.0"), (7, "x"), (7, None), (7, "7" * 5000), ([], 7)])
def test_other_answers_are_not_taken_for_it(asked: object, answered: object) -> None:
    pending: Pending[int] = Pending()
    pending.put(Rpc(id=asked), 10)
    assert pending.take(Rpc(id=answered)) is None
    assert len(pending) == 1


def test_the_miners_of_a_link_are_told_apart() -> None:
    pending: Pending[int] = Pending()
    pending.put(Rpc(id=1, client_id=5), 50)
    pending.put(Rpc(id=1, client_id=6), 60)
    assert pending.take(Rpc(id=1, client_id=6)) == 60
    assert pending.take(Rpc(id=1)) is None
    assert pending.take(Rpc(id=1, client_id=5)) == 50


@pytest.mark.parametrize("ids", [1, 7, 100_000])
def test_requests_that_nobody_answers_are_bounded_and_the_oldest_go_first(ids: int) -> None:
    pending: Pending[int] = Pending()
    for value in range(10 * PENDING_PER_SESSION_MAX):
        pending.put(Rpc(id=value % ids), value)
        assert len(pending) <= PENDING_PER_SESSION_MAX
    newest = 10 * PENDING_PER_SESSION_MAX - 1
    taken = []
    while (value := pending.take(Rpc(id=newest % ids))) is not None:
        taken.append(value)
    assert taken[-1] == newest
    assert taken == sorted(taken)


def test_the_only_request_that_waits_can_be_taken_without_its_id() -> None:
    pending: Pending[str] = Pending()
    subscribe = "subscribe"
    pending.put(Rpc(id=7), subscribe)
    assert not pending.take_only("login")
    assert pending.take_only(subscribe)
    assert not pending.take_only(subscribe)
