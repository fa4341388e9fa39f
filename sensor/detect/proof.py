"""What a side sent, fit to be shown: parsed and written anew, secrets masked, printable ASCII, bounded.

A proof is never cut raw from the wire. A line that does not parse gives none, so a password that stands in half a
line cannot slip through; and of two members with one name only the one that was read is written.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from sensor.detect.masking import CUT, DEPTH_MAX, SECRET_ENDINGS, Masker
from sensor.limits import POOL_LINE_BYTES_MAX, PROOF_BYTES_MAX
from sensor.wire.secret import PART_CHARS_MIN, Secret, parts

# A chunk holds at most a few lines; the wanted one stands among the first.
_LINES_MAX: Final = 32
# A frame of BTCAgent, its header, and the command that registers a rig.
FRAME_MAGIC: Final = b"\x7f"
_FRAME_BYTES_MIN: Final = 4
_NAMING_COMMAND: Final = 0x01
_DEL: Final = b"\x7f"
# ASCII without these bytes holds no @ in any form, nor an escaped name.
_AT_SIGN, _PERCENT, _BACKSLASH = b"@%\\"
# What a secret's name ends with, whatever stands between its letters.
_SECRET_WORDS: Final = re.compile("|".join(SECRET_ENDINGS).encode())
_LOWER_CASE: Final = bytes(range(256)).lower()
_NO_LETTERS: Final = bytes(byte for byte in range(256) if not bytes([byte]).isalpha())
# Values that are no text, as a secret may be written that is one of them.
_NULL: Final = "None"
_NUMBERS: Final = "-0123456789"


def proof(data: bytes, wanted: tuple[bytes, ...] = (), secrets: tuple[Secret, ...] = ()) -> str:
    """The first line of ``data`` that is a JSON object holding one of ``wanted``, else the first object at all.

    Printable ASCII, at most PROOF_BYTES_MAX bytes, without ``secrets``; "" where no whole object is found.
    """
    fallback = ""
    for line in data.split(b"\n", _LINES_MAX)[:_LINES_MAX]:
        start = line.find(b"{")
        if start < 0:
            continue
        is_wanted = not wanted or any(word in line for word in wanted)
        if not is_wanted and fallback:
            continue
        shown = proof_of_line(line[start:], secrets)
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


def proof_of_line(line: bytes, secrets: tuple[Secret, ...]) -> str:
    """``line``, which begins with a brace, as ``proof`` shows it."""
    if len(line) > POOL_LINE_BYTES_MAX:
        return ""
    try:
        message = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if not isinstance(message, dict):
        return ""
    method = message.get("method")
    method = method.lower() if isinstance(method, str) else ""
    written = msgspec.json.encode(message)
    is_harmless = _is_harmless(line, method, written[:PROOF_BYTES_MAX])
    if not is_harmless or any(_may_hold(line, secret) for secret in secrets):
        written = msgspec.json.encode(Masker(method, secrets).mask(message))
    shown = written.decode("utf-8")
    if not written.isascii() or _DEL in written:  # other controls are escaped by the encoder
        shown = printable(shown)
    if len(shown) <= PROOF_BYTES_MAX:
        return shown
    return shown[: PROOF_BYTES_MAX - len(CUT)].rstrip("\\") + CUT


def _is_harmless(line: bytes, method: str, beginning: bytes) -> bool:
    """Whether a message is shown as it is: without an e-mail address, of a method that carries no secret, and without a
    secret's name in its ``beginning``, which is all that is shown. With so few brackets it is not too deep, and what is
    too long in it is cut with the whole.
    """
    if not line.isascii() or _AT_SIGN in line or _PERCENT in line or _BACKSLASH in line:
        return False
    if "auth" in method or "login" in method or "subscribe" in method:
        return False
    # A copy without them is made sooner than they are counted.
    if 2 * len(line) - len(line.replace(b"{", b"")) - len(line.replace(b"[", b"")) > DEPTH_MAX:
        return False
    letters = beginning.translate(_LOWER_CASE, _NO_LETTERS)
    return _SECRET_WORDS.search(letters) is None


def _may_hold(line: bytes, secret: Secret) -> bool:
    """Whether ``line``, in ASCII and without escapes, may hold ``secret`` as a value or as a part of one."""
    if isinstance(secret, bytes) or secret == _NULL or secret[0] in _NUMBERS:
        return True
    held = (f'"{secret}"', *(parts(secret) if len(secret) >= PART_CHARS_MIN else ()))
    return any(word.encode("utf-8", "surrogatepass") in line for word in held)
