"""Who asks over HTTP: what the head of a request says of its sender.

Only mining programs say X-Mining-Extensions or X-Mining-Hashrate, name themselves miners, or put a wallet into the
path. Wallets, explorers and pools' servers call the same methods of the same nodes and do none of that.
"""

from __future__ import annotations

import binascii
import re
from typing import Final

import msgspec

from sensor.limits import FIELD_CHARS_MAX, HASHRATE_HS_MAX, HTTP_FIELD_BYTES_MAX, SECRET_CHARS_MAX
from sensor.wire.addresses import difficulty_wish, login_text
from sensor.wire.http import Head
from sensor.wire.jsonrpc import number, text

_EXTENSIONS: Final = b"x-mining-extensions"
_HASHRATE: Final = b"x-mining-hashrate"
_BASIC: Final = b"basic "
_PROGRAMS: Final = ("miner", "poclbm", "phoenix", "xmrig", "xmr-stak", "claymore", "ufasoft", "hashkill")
_WALLET: Final = re.compile(rb"0x[0-9a-fA-F]{40}")
# What stands between a wallet and the name of a rig in a query.
_BETWEEN: Final = "@.:/"


class Caller(msgspec.Struct, frozen=True, gc=False):
    """What one head says. ``is_miner``: only a miner says so. ``login``: None where there is none."""

    is_miner: bool
    login: str | None
    password: str
    agent: str | None
    hashrate_hs: float | None

    @property
    def difficulty_wish(self) -> float | None:
        return difficulty_wish(self.login or "", self.password)


def read_caller(head: Head) -> Caller:
    agent = text(head.text(b"user-agent"))
    user, password = _credentials(head.fields.get(b"authorization", b""))
    wallet = _wallet_of(head.target)
    rate = number(head.text(_HASHRATE))
    lowered = (agent or "").lower()
    is_miner = (
        wallet is not None
        or _EXTENSIONS in head.fields
        or _HASHRATE in head.fields
        or any(program in lowered for program in _PROGRAMS)
    )
    return Caller(
        is_miner=is_miner,
        login=wallet or user,
        password=password[:SECRET_CHARS_MAX],
        agent=agent,
        hashrate_hs=rate if rate is not None and 0 < rate <= HASHRATE_HS_MAX else None,
    )


def _credentials(authorization: bytes) -> tuple[str | None, str]:
    """User and password of basic authentication (RFC 7617); None and "" where it is none."""
    if authorization[: len(_BASIC)].lower() != _BASIC or len(authorization) >= HTTP_FIELD_BYTES_MAX:
        return None, ""
    try:
        pair = binascii.a2b_base64(authorization[len(_BASIC) :].strip(), strict_mode=True)
    except ValueError:
        return None, ""
    user, _, password = pair.decode("utf-8", "replace").partition(":")
    return login_text(user) or None, password


def _wallet_of(target: bytes) -> str | None:
    """The login in a path, ``/wallet/rig/mail``, or in a query, ``?miner=30@wallet@rig``; None where there is none."""
    path, _, query = target.partition(b"?")
    found = _WALLET.search(path)
    if found is not None:
        return _shown(path[found.start() :]).rstrip("/")
    found = _WALLET.search(query)
    if found is None:
        return None
    rig = _shown(query[found.end() :]).partition("&")[0].lstrip(_BETWEEN)
    return f"{_shown(found[0])}.{rig}" if rig else _shown(found[0])


def _shown(part: bytes) -> str:
    return login_text(part[:FIELD_CHARS_MAX].decode("utf-8", "replace"))
