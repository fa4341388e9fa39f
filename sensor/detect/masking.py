"""Which parts of a message are secrets: a copy without them, bounded in depth and in the number of values.

Passwords stand behind a login; names say what a member holds; a session to resume, or a node's secret, stands behind
the agent of a subscription; a pool may repeat a password in its refusal. A login itself is no secret.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from typing import Final

from sensor.limits import PROOF_BYTES_MAX, SECRET_CHARS_MAX
from sensor.wire.addresses import without_user_info
from sensor.wire.secret import Secret, digest, parts

MASK: Final = "***"
CUT: Final = "..."
# Names are compared without case, blanks and punctuation, and by their end: "Pass ", "worker_password".
SECRET_ENDINGS: Final = ("pass", "passwd", "password", "pwd", "secret", "token", "auth", "mail", "apikey")
_NO_LETTERS: Final = re.compile(r"[^a-z]+")
# What a login or a subscription says in an object and is shown; all else in it is masked.
_PUBLIC_NAMES: Final = frozenset(
    {
        *("login", "user", "username", "worker", "name", "agent", "rigid", "algo", "id", "mode", "version", "proto"),
        *("address", "publicaddress", "extend", "host", "port"),
    }
)
_PUBLIC_PROTOCOLS: Final = ("EthereumStratum/", "KaspaStratum/", "AleoStratum/", "NiceHash/")
_PARAMS_NAMES: Final = ("params", "body")
_NAMES_KEPT: Final = 256
_NAME_CHARS_KEPT: Final = 32
_NODES_MAX: Final = 256
DEPTH_MAX: Final = 6
_STRING_CHARS_MAX: Final = PROOF_BYTES_MAX
# What a pool may put a word of its answer between.
_WORD: Final = re.compile(r"[^\s\"'`()<>\[\]{},;:|=]+")
# A user and a password before the host of an address.
_USER_INFO: Final = re.compile(r"(?<=://)\S*@")
# What stands between the parts of a login. An @ is also met as its wide form and as in addresses of pages.
_BETWEEN: Final = re.compile(r"([\s/:;,]+)")
_AT: Final = ("@", "\uff20", "%40")


def _is_secret_name(name: object) -> bool:
    """Whether a member of this name holds what must not be shown."""
    return isinstance(name, str) and _plain(name).endswith(SECRET_ENDINGS)


def _plain(name: str) -> str:
    # Nearly all names are short, and the same few in every message.
    return _plain_short(name) if len(name) <= _NAME_CHARS_KEPT else _without_marks(name)


@functools.lru_cache(_NAMES_KEPT)
def _plain_short(name: str) -> str:
    return _without_marks(name)


def _without_marks(name: str) -> str:
    name = name if name.isascii() else unicodedata.normalize("NFKC", name)
    return _NO_LETTERS.sub("", name.casefold())


def mask_mail(text: str, *, is_cut: bool = False) -> str:
    """``text`` with each part masked that holds an @: an e-mail address names a person. ``is_cut``: its end is missing,
    so that its last part may be the beginning of one.
    """
    if not is_cut and not has_at(text):
        return text
    parts = _BETWEEN.split(text)
    if is_cut and len(parts) > 1:
        parts[-1] = MASK
    return "".join(MASK if any(at in part for at in _AT) else part for part in parts)


def has_at(text: str) -> bool:
    """Whether ``text`` may hold an e-mail address."""
    return "@" in text or "\uff20" in text or "%40" in text


def _protocol(leaf: object) -> object:
    return MASK if isinstance(leaf, str) and not leaf.startswith(_PUBLIC_PROTOCOLS) else leaf


class Masker:
    """Copies one message of ``method`` (in lower case). ``secrets`` are masked wherever they stand."""

    def __init__(self, method: str, secrets: tuple[Secret, ...]) -> None:
        # ckpool takes any method that begins with mining.auth; Ethereum's and CryptoNote's methods hold "login".
        self._is_login = "auth" in method or "login" in method
        self._is_subscribe = "subscribe" in method
        self._is_redirect = "reconnect" in method
        words = [secret for secret in secrets if isinstance(secret, str)]
        self._secrets = words
        self._parts = [part for word in words for part in parts(word)]
        self._digests = frozenset(secret for secret in secrets if isinstance(secret, bytes))
        self._has_secrets = bool(secrets)
        self._nodes_left = _NODES_MAX

    def mask(self, message: dict[object, object]) -> object:
        copy: dict[object, object] = {}
        for name, value in message.items():
            if name in _PARAMS_NAMES and (self._is_login or self._is_subscribe):
                copy[name] = self._introduction(value)
            else:
                copy[name] = self._member(name, value, 1)
        return copy

    def _introduction(self, params: object) -> object:
        """The parameters of a login or a subscription: who it is stays, all behind it goes."""
        if isinstance(params, dict):
            return {
                self._text(name): self._copy(value, 2) if _plain(str(name)) in _PUBLIC_NAMES else self._hide(value, 2)
                for name, value in params.items()
            }
        if not isinstance(params, list):
            return self._copy(params, 1)
        hide = self._hide if self._is_login else self._hide_but_protocols
        first = [self._copy(value, 2) if isinstance(value, str) else hide(value, 2) for value in params[:1]]
        return first + [hide(value, 2) for value in params[1:_NODES_MAX]]

    def _hide(self, value: object, depth: int) -> object:
        """``value`` without its words and numbers."""
        return self._walk(value, depth, lambda leaf: leaf if leaf is None or isinstance(leaf, bool) else MASK)

    def _hide_but_protocols(self, value: object, depth: int) -> object:
        """A subscription names the protocol behind the agent, and the pool's port."""
        return self._walk(value, depth, _protocol)

    def _walk(self, value: object, depth: int, change: Callable[[object], object]) -> object:
        self._nodes_left -= 1
        if self._nodes_left < 0 or depth > DEPTH_MAX:
            return CUT
        if isinstance(value, dict):
            return {self._text(name): self._walk(member, depth + 1, change) for name, member in value.items()}
        if isinstance(value, list):
            return [self._walk(member, depth + 1, change) for member in value[:_NODES_MAX]]
        return change(value)

    def _member(self, name: object, value: object, depth: int) -> object:
        return MASK if _is_secret_name(name) else self._copy(value, depth)

    def _copy(self, value: object, depth: int) -> object:
        self._nodes_left -= 1
        if self._nodes_left < 0 or depth > DEPTH_MAX:
            return CUT
        if isinstance(value, dict):
            return {self._text(name): self._member(name, member, depth + 1) for name, member in value.items()}
        if isinstance(value, list):
            return [self._copy(member, depth + 1) for member in value[:_NODES_MAX]]
        return self._text(value)

    def _text(self, value: object) -> object:
        if self._has_secrets:
            value = self._without_secrets(value)
        if not isinstance(value, str):
            return value
        # Masked first: what is cut in the middle of a name can no longer be told for one.
        if has_at(value):
            value = without_user_info(value) if self._is_redirect else _USER_INFO.sub("", value)
            value = mask_mail(value)
        return value[:_STRING_CHARS_MAX] + CUT if len(value) > _STRING_CHARS_MAX else value

    def _without_secrets(self, value: object) -> object:
        if not isinstance(value, str):
            is_known = str(value) in self._secrets or digest(str(value)) in self._digests
            return MASK if is_known and not isinstance(value, bool) else value
        if value in self._secrets:
            return MASK
        for part in self._parts:
            # One that was kept to its bound goes on: so does what is masked.
            is_cut = len(part) >= SECRET_CHARS_MAX
            value = re.sub(re.escape(part) + r"\S*", MASK, value) if is_cut else value.replace(part, MASK)
        return _WORD.sub(self._known, value) if self._digests else value

    def _known(self, word: re.Match[str]) -> str:
        """The mask for a word that was forgotten; one may end a sentence."""
        bare = word[0].rstrip(".!?")
        return MASK if digest(word[0]) in self._digests or digest(bare) in self._digests else word[0]
