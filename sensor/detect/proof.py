"""What a side sent, fit to be shown: parsed and written anew, secrets masked, printable ASCII, bounded.

A proof is never cut raw from the wire. A line that does not parse gives none, so a password that stands in half a
line cannot slip through; and of two members with one name only the one that was read is written.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from sensor.limits import POOL_LINE_BYTES_MAX, PROOF_BYTES_MAX

MASK: Final = "***"
_SECRET_NAMES: Final = frozenset({"pass", "passwd", "password", "pwd", "secret", "token", "auth", "email"})
_PARAMS_NAMES: Final = ("params", "body")
_SUBSCRIBE_PUBLIC: Final = ("EthereumStratum/", "NiceHash/")
# A chunk holds at most a few lines; the wanted one stands among the first.
_LINES_MAX: Final = 32
_NODES_MAX: Final = 256
_DEPTH_MAX: Final = 6
_STRING_CHARS_MAX: Final = PROOF_BYTES_MAX
_CUT: Final = "..."
# What stands between the parts of a login. An @ is also met as its wide form and as in addresses of pages.
_BETWEEN: Final = re.compile(r"([\s/:;,]+)")
_AT: Final = ("@", "\uff20", "%40")
# Methods that carry a secret hold one of these; ASCII without these bytes holds no @ in any form, nor an escaped name.
_TELLING: Final = ("auth", "login", "subscribe")
_AT_SIGN, _PERCENT, _BACKSLASH = b"@%\\"


def proof(data: bytes, wanted: tuple[bytes, ...] = ()) -> str:
    """The first line of ``data`` that is a JSON object holding one of ``wanted``, else the first object at all.

    Printable ASCII, at most PROOF_BYTES_MAX bytes; "" where no whole object is found.
    """
    fallback = ""
    for line in data.split(b"\n", _LINES_MAX)[:_LINES_MAX]:
        start = line.find(b"{")
        if start < 0 or len(line) - start > POOL_LINE_BYTES_MAX:
            continue
        is_wanted = not wanted or any(word in line for word in wanted)
        if not is_wanted and fallback:
            continue
        shown = _render(line[start:])
        if shown and is_wanted:
            return shown
        fallback = fallback or shown
    return fallback


def mask_mail(text: str, *, is_cut: bool = False) -> str:
    """``text`` with each part masked that holds an @: an e-mail address names a person. ``is_cut``: its end is missing,
    so that its last part may be the beginning of one.
    """
    if not is_cut and "@" not in text and "\uff20" not in text and "%40" not in text:
        return text
    parts = _BETWEEN.split(text)
    if is_cut and len(parts) > 1:
        parts[-1] = MASK
    return "".join(MASK if any(at in part for at in _AT) else part for part in parts)


def printable(text: str) -> str:
    """``text`` with all that is not printable ASCII as a backslash escape: no control, direction mark or look-alike."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if " " <= char <= "~" else _escape(char) for char in text)


def readable(text: str, encoding: str) -> str:
    """Text of our own files for people: letters of all scripts as far as ``encoding`` has them; still no control and no
    direction mark.
    """
    shown = "".join(char if char.isprintable() else _escape(char) for char in text)
    return shown.encode(encoding, "backslashreplace").decode(encoding)


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _render(line: bytes) -> str:
    try:
        message = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if not isinstance(message, dict):
        return ""
    method = message.get("method")
    method = method.lower() if isinstance(method, str) else ""
    masked = message if _is_harmless(line, message, method) else _Masker(method).mask(message)
    shown = printable(msgspec.json.encode(masked).decode("utf-8"))
    if len(shown) <= PROOF_BYTES_MAX:
        return shown
    return shown[: PROOF_BYTES_MAX - len(_CUT)].rstrip("\\") + _CUT


def _is_harmless(line: bytes, message: dict[str, object], method: str) -> bool:
    """Whether a message is shown as it is: a plain object without a secret's name or an e-mail address, of a method
    that carries none.

    With so few brackets it is not too deep, and what is too long in it is cut with the whole.
    """
    if not line.isascii() or _AT_SIGN in line or _PERCENT in line or _BACKSLASH in line:
        return False
    if any(word in method for word in _TELLING):
        return False
    objects = len(line) - len(line.replace(b"{", b""))
    lists = len(line) - len(line.replace(b"[", b""))
    return objects == 1 and lists < _DEPTH_MAX and _SECRET_NAMES.isdisjoint(map(str.lower, message))


class _Masker:
    """Copies one message without its secrets. Bounded in depth and in the number of values copied."""

    def __init__(self, method: str) -> None:
        # ckpool takes any method that begins with mining.auth; Ethereum's and CryptoNote's methods hold "login".
        self._is_login = "auth" in method or "login" in method
        self._is_subscribe = "subscribe" in method
        self._nodes_left = _NODES_MAX

    def mask(self, message: dict[object, object]) -> object:
        copy: dict[object, object] = {}
        for name, value in message.items():
            if name in _PARAMS_NAMES and isinstance(value, list):
                copy[name] = self._params(value)
            else:
                copy[name] = self._member(name, value, 1)
        return copy

    def _params(self, params: list[object]) -> object:
        copied = self._copy(params, 1)
        if not isinstance(copied, list):
            return copied
        if self._is_login:
            # The login itself stays, all behind it goes: password, e-mail, and whatever a dialect adds.
            return copied[:1] + [MASK if isinstance(value, str) else value for value in copied[1:]]
        if self._is_subscribe and len(copied) > 1:
            second = copied[1]
            if isinstance(second, str) and not second.startswith(_SUBSCRIBE_PUBLIC):
                copied[1] = MASK  # a session to resume, or a node's secret
        return copied

    def _member(self, name: object, value: object, depth: int) -> object:
        if isinstance(name, str) and name.lower() in _SECRET_NAMES:
            return MASK
        return self._copy(value, depth)

    def _copy(self, value: object, depth: int) -> object:
        self._nodes_left -= 1
        if self._nodes_left < 0 or depth > _DEPTH_MAX:
            return _CUT
        if isinstance(value, dict):
            return {_short(name): self._member(name, member, depth + 1) for name, member in value.items()}
        if isinstance(value, list):
            return [self._copy(member, depth + 1) for member in value[:_NODES_MAX]]
        return _short(value)


def _short(value: object) -> object:
    if not isinstance(value, str):
        return value
    # Masked first: what is cut in the middle of a name can no longer be told for one.
    value = mask_mail(value)
    return value[:_STRING_CHARS_MAX] + _CUT if len(value) > _STRING_CHARS_MAX else value
