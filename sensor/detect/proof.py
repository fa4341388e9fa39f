"""What a side sent, fit to be shown: parsed and written anew, secrets masked, printable ASCII, bounded.

A proof is never cut raw from the wire. A line that does not parse gives none, so a password that stands in half a
line cannot slip through; and of two members with one name only the one that was read is written.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sensor.detect.masking import CUT, DEPTH_MAX, Masker, is_secret_name
from sensor.limits import POOL_LINE_BYTES_MAX, PROOF_BYTES_MAX
from sensor.wire.secret import Secret

# A chunk holds at most a few lines; the wanted one stands among the first.
_LINES_MAX: Final = 32
# A frame of BTCAgent, its header, and the command that registers a rig.
FRAME_MAGIC: Final = b"\x7f"
_FRAME_BYTES_MIN: Final = 4
_NAMING_COMMAND: Final = 0x01
# Methods that carry a secret hold one of these; ASCII without these bytes holds no @ in any form, nor an escaped name.
_TELLING: Final = ("auth", "login", "subscribe")
_AT_SIGN, _PERCENT, _BACKSLASH = b"@%\\"


def proof(data: bytes, wanted: tuple[bytes, ...] = (), secrets: tuple[Secret, ...] = ()) -> str:
    """The first line of ``data`` that is a JSON object holding one of ``wanted``, else the first object at all.

    Printable ASCII, at most PROOF_BYTES_MAX bytes, without ``secrets``; "" where no whole object is found.
    """
    fallback = ""
    for line in data.split(b"\n", _LINES_MAX)[:_LINES_MAX]:
        start = line.find(b"{")
        if start < 0 or len(line) - start > POOL_LINE_BYTES_MAX:
            continue
        is_wanted = not wanted or any(word in line for word in wanted)
        if not is_wanted and fallback:
            continue
        shown = _render(line[start:], secrets)
        if shown and is_wanted:
            return shown
        fallback = fallback or shown
    return fallback


def frame_proof(data: bytes) -> str:
    """The frame of an agent with which ``data`` begins, in hexadecimal; "" where it is not whole, too long, or names a
    rig.
    """
    size = int.from_bytes(data[2:4], "little")
    if not _FRAME_BYTES_MIN <= size <= min(len(data), PROOF_BYTES_MAX // 2) or data[1] == _NAMING_COMMAND:
        return ""
    return data[:size].hex()


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


def _render(line: bytes, secrets: tuple[Secret, ...]) -> str:
    try:
        message = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if not isinstance(message, dict):
        return ""
    method = message.get("method")
    method = method.lower() if isinstance(method, str) else ""
    is_harmless = not secrets and _is_harmless(line, message, method)
    masked = message if is_harmless else Masker(method, secrets).mask(message)
    shown = printable(msgspec.json.encode(masked).decode("utf-8"))
    if len(shown) <= PROOF_BYTES_MAX:
        return shown
    return shown[: PROOF_BYTES_MAX - len(CUT)].rstrip("\\") + CUT


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
    return objects == 1 and lists < DEPTH_MAX and not any(map(is_secret_name, message))
