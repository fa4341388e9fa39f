"""Bitcoin's stratum (slush, 2012; BIP 310) and every coin that sends exactly its job: nine parameters, merkle
branches.

The wire does not say which algorithm turns a header into a hash, so shares carry the difficulty (``value``)
and no work; only a network as hard as Bitcoin's shows it. A session that ends before its first job counts as this
dialect unless something rules it out.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from sensor.event import LoginResult, MalformedCode, Standing
from sensor.limits import FIELD_CHARS_MAX
from sensor.model import Side
from sensor.room import Purse
from sensor.wire.addresses import chain_of, coin_of
from sensor.wire.base import JobRead
from sensor.wire.jsonrpc import Rpc, id_text, text
from sensor.wire.shapes import (
    has_short_nonce,
    is_bitcoin_subscription,
    is_foreign_submit,
    merkle_index,
    names_other_stratum,
)
from sensor.wire.stratum import StratumFamily
from sensor.wire.work import compact_target, is_hex, is_hex_bytes

# Network work per block above which a chain can only be Bitcoin: difficulty 2^43, which it passed in 2019 and
# of which no other SHA-256 chain has reached a fifth, nor any other algorithm a thousandth. The algorithm is certain
# then; the coin is named where the login's address is one of it.
_BITCOIN_TARGET_MAX: Final = (0xFFFF << 208) >> 43

_SHA256D: Final = "sha256d"
# Where Bitcoin's merkle branches stand; LBRY and its relatives have one more hash before them.
_BITCOIN_INDEX: Final = 4
_SUBMIT_WORDS: Final = 5  # login, job, second nonce, time, nonce
# Where the pool's host stands in a subscription of ZIP 301: program, session, host, port.
_HOST_INDEX: Final = 2


class StratumV1(StratumFamily):
    """One ``stratum-v1`` conversation."""

    __slots__ = ("_bits", "_is_bitcoin", "_is_strange_pool", "_names_host", "_pays_bitcoin")

    dialect: ClassVar[str] = "stratum-v1"

    def __init__(self, purse: Purse | None = None) -> None:
        super().__init__(purse)
        self._pays_bitcoin = False
        self._bits: object = None  # the network's compact target, the same for two weeks
        self._is_bitcoin = False
        self._names_host = False  # the subscription says where it goes, as those of ZIP 301 and ProgPow do
        self._is_strange_pool = False  # it has answered the subscription as no pool of Bitcoin does

    def _read_job(self, rpc: Rpc) -> JobRead | MalformedCode | None:
        params = rpc.params
        if not params or not isinstance(params, (list, dict)):
            return MalformedCode.BAD_PARAMS if rpc.body is None else self._no_job()
        index = merkle_index(params) if isinstance(params, list) else 0
        if not index:
            return self._no_job()
        self.standing = Standing.CONFIRMED
        bits = params[index + 2]
        if bits != self._bits:
            self._bits = bits
            self._is_bitcoin = index == _BITCOIN_INDEX and _is_bitcoin_target(bits)
        algorithm = _SHA256D if self._is_bitcoin else None
        coin = "BTC" if self._is_bitcoin and self._pays_bitcoin else None
        return JobRead(text(params[0]) or str(params[0])[:64], bool(params[-1]), algorithm, coin)

    def _no_job(self) -> MalformedCode | None:
        if self.standing is Standing.CONFIRMED:
            return MalformedCode.BAD_PARAMS
        self.standing = Standing.REFUTED
        return None

    def _read_submit(self, rpc: Rpc) -> str | MalformedCode | None:
        params = rpc.params
        try:
            job_id, nonce2, time, nonce = params[1:5]
            if len(time) != 8 or len(nonce) != 8:
                return self._odd_submit(rpc)
            # One look at all three; the blanks that it skips make the length wrong.
            digits = nonce2 + time + nonce
            if 2 * len(bytes.fromhex(digits)) == len(digits):
                if type(job_id) is str:
                    return job_id if len(job_id) <= FIELD_CHARS_MAX else text(job_id)
                if type(job_id) is int:
                    return str(job_id)
        except (TypeError, KeyError):
            return self._odd_submit(rpc)
        except ValueError:
            pass
        return self._odd_submit(rpc, MalformedCode.BAD_VALUE)

    def _odd_submit(self, rpc: Rpc, code: MalformedCode = MalformedCode.BAD_PARAMS) -> str | MalformedCode | None:
        """A submit whose words have other lengths or types than most write: of a job that was handed out it is a share
        all the same, and gets its answer. So is one that only lacks the zeros before its nonce: small miners write so.
        """
        params = rpc.params
        if type(params) is not list or len(params) < _SUBMIT_WORDS:
            return self._no_submit(rpc)
        job_id = id_text(params[1])
        if job_id is not None and (job_id in self._jobs or _lacks_zeros(params)):
            return job_id
        return code if code is MalformedCode.BAD_VALUE else self._no_submit(rpc)

    def _share_worker(self, rpc: Rpc) -> str | None:
        login = rpc.params[0]
        if login == self._worker_login:
            return self._worker_name
        return self._worker_of(login) if isinstance(login, str) else None

    def _no_submit(self, rpc: Rpc) -> MalformedCode | None:
        if self.standing is not Standing.CONFIRMED and (is_foreign_submit(rpc.params) or rpc.body is not None):
            self.standing = Standing.REFUTED
            return None
        return MalformedCode.BAD_PARAMS

    def _on_subscribe(self, rpc: Rpc) -> None:
        params = rpc.params
        self._names_host = isinstance(params, list) and len(params) > _HOST_INDEX and bool(text(params[_HOST_INDEX]))
        if rpc.body is not None or isinstance(params, (dict, str)) or names_other_stratum(params):
            self._doubt()

    def _on_subscribed(self, result: object) -> None:
        nested = result[0] if isinstance(result, list) and result else None
        is_others = nested is True or result == "true" or has_short_nonce(result)
        if is_others or names_other_stratum(result) or names_other_stratum(nested):
            self._doubt()
        # Proxies of Bitcoin's pools leave out what is subscribed to; so do Zcash's, when the size of a nonce is added.
        is_either = self._names_host and not isinstance(nested, list)
        self._is_strange_pool = is_either or not is_bitcoin_subscription(result)

    def _login_result(self, side: Side, login: str | None, rpc: Rpc, ts_ns: int) -> LoginResult:
        result = super()._login_result(side, login, rpc, ts_ns)
        if result.accepted and self._is_strange_pool:
            # What the miner tried was Bitcoin's all the same; what it is let in to is not.
            self._doubt()
        return result

    def _on_target(self, target: object) -> None:
        # Bitcoin's pools send a difficulty; a target belongs to Zcash, KawPow, CKB, Kadena and others.
        self._doubt()

    def _on_login(self, login: str) -> None:
        self._pays_bitcoin = coin_of(login) == "BTC"
        if chain_of(login):
            self._doubt()


def _lacks_zeros(params: list[Any]) -> bool:
    nonce2, time, nonce = params[2:_SUBMIT_WORDS]
    is_shorter = isinstance(nonce, str) and 0 < len(nonce) < 8
    return is_shorter and is_hex(nonce.zfill(8), 8) and is_hex(time, 8) and is_hex_bytes(nonce2)


def _is_bitcoin_target(bits: str) -> bool:
    """Whether the job's compact target (nBits, checked hex) is one that only Bitcoin's difficulty reaches."""
    target = compact_target(bits)
    return target is not None and target <= _BITCOIN_TARGET_MAX
