"""The words of the reasons, a table per language. Only what people read uses it; findings carry codes."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET

from sensor.detect.proof import printable
from sensor.finding import Reason, ReasonCode

SENTENCES: Final[dict[str, dict[ReasonCode, str]]] = {
    "en": {
        ReasonCode.SUBSCRIBED: "the miner asked for work",
        ReasonCode.LOGIN_SENT: "the miner logged in as {login}",
        ReasonCode.LOGIN_ACCEPTED: "the pool accepted the login",
        ReasonCode.LOGIN_REFUSED: "the pool refused the login (code {code})",
        ReasonCode.JOB_SEEN: "the pool sent a job",
        ReasonCode.SHARE_SENT: "the miner sent a share",
        ReasonCode.SHARE_ACCEPTED: "the pool accepted a share",
        ReasonCode.SHARE_REJECTED: "the pool rejected a share (code {code})",
        ReasonCode.HASHRATE_REPORTED: "the miner reports {hashrate_hs} H/s of itself",
        ReasonCode.REDIRECTED: "the pool sends the miner to {host}:{port}",
        ReasonCode.ALGORITHM_SEEN: "a job is for the algorithm {algorithm}",
        ReasonCode.COIN_SEEN: "the coin is {coin}, by a job of this session",
        ReasonCode.DIALECT_CONFIRMED: "both shape and order of the messages are {dialect}",
        ReasonCode.DIALECT_CHANGED: "the session was read anew as {dialect}",
        ReasonCode.MIDSTREAM: "the session was already running when the capture began",
        ReasonCode.ONLY_MINER_SEEN: "only the miner's side was seen",
        ReasonCode.ONLY_POOL_SEEN: "only the pool's side was seen",
        ReasonCode.NAME_DNS: "a DNS answer for {name} went to it (list {list} of {as_of})",
        ReasonCode.NAME_SNI: "a TLS ClientHello names {name} (list {list} of {as_of})",
        ReasonCode.NAME_HTTP_HOST: "an HTTP request names {name} (list {list} of {as_of})",
        ReasonCode.NAME_LEARNED: "the address answered for {name} {age_seconds} s before (list {list} of {as_of})",
        ReasonCode.ADDRESS_LISTED: "the address and port stand on list {list} of {as_of}",
        ReasonCode.WITHDRAWN: "withdrawn: what followed cannot be a mining session",
    },
}


def sentence(reason: Reason, language: str = "en") -> str:
    """``reason`` in words, one line of printable ASCII around the wire's text; unknown parameters are "not seen"."""
    params = {} if reason.params is UNSET else reason.params
    shown = {name: printable(str(value)) for name, value in params.items()}
    return SENTENCES[language][reason.code].format_map(_Shown(shown))


class _Shown(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "not seen"
