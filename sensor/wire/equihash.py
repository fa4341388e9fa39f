"""Equihash stratum: ZIP 301 (Zcash), with NiceHash's ninth and tenth job parameters for the other (n, k).

Difficulty is a 256-bit target; work counts solutions, 2^256/(T+1). Which Equihash it is, the job's algorithm
word or the length of a submitted solution tells; until either was seen, algorithm and coin are absent. Verus
sends Zcash's job with a solution template behind it.
"""

from __future__ import annotations

from typing import ClassVar, Final

from sensor.event import MalformedCode, MiningEvent, Share, Standing
from sensor.model import Side
from sensor.room import Purse
from sensor.wire.addresses import coin_of
from sensor.wire.base import JobRead, told_by
from sensor.wire.jsonrpc import Rpc, text
from sensor.wire.relative import job_name
from sensor.wire.shapes import is_equihash_job, solution_algorithm
from sensor.wire.stratum import StratumFamily
from sensor.wire.work import is_hex, is_hex_bytes

# Personalisation -> coin, for the coins that have one of their own.
_PERSONALISATIONS: Final = {"BgoldPoW": "BTG", "BitcoinZ": "BTCZ", "ZelProof": "FLUX"}
_ALGORITHM_WORDS: Final = {
    "200_9": "equihash-200-9",
    "210_9": "equihash-210-9",
    "192_7": "equihash-192-7",
    "144_5": "equihash-144-5",
    "125_4": "equihash-125-4",
    "96_5": "equihash-96-5",
}
# KawPow's first nonce is 3 bytes, Aeternity's 2 to 3; Zcash's pools grant at least 4.
_NONCE1_BYTES_MIN: Final = 4
_TEMPLATE_DIGITS_MIN: Final = 64


class EquihashStratum(StratumFamily):
    """One ``equihash-stratum`` conversation."""

    __slots__ = ("_algorithm", "_algorithm_told", "_fits_nonce1", "_pays")

    dialect: ClassVar[str] = "equihash-stratum"
    _claims_by_name: ClassVar[bool] = False

    def __init__(self, purse: Purse | None = None) -> None:
        super().__init__(purse)
        self._algorithm: str | None = None
        self._algorithm_told: str | None = None
        self._fits_nonce1: bool | None = None  # whether the subscription's answer was this dialect's; None: not seen
        self._pays: str | None = None

    def _read_job(self, rpc: Rpc) -> JobRead | MalformedCode | None:
        params = rpc.params
        if not params or not isinstance(params, (list, dict)):
            return MalformedCode.BAD_PARAMS if rpc.body is None else self._other()
        if not isinstance(params, list) or not is_equihash_job(params):
            return self._other()
        self._confirm()
        coin = self._read_extras(params)
        coin = coin or self._paid_coin()
        self._algorithm_told = self._algorithm
        return JobRead(text(params[0]) or str(params[0])[:64], params[7], self._algorithm, coin)

    def _read_extras(self, params: list[object]) -> str | None:
        """Algorithm word and personalisation behind the eight parameters; the coin where they name it."""
        word = params[8] if len(params) > 8 else None
        if isinstance(word, str):
            if len(word) >= _TEMPLATE_DIGITS_MIN and is_hex_bytes(word):
                self._algorithm = "verushash"
                return "VRSC"
            self._algorithm = _ALGORITHM_WORDS.get(word, self._algorithm)
        personalisation = params[9] if len(params) > 9 else None
        return _PERSONALISATIONS.get(personalisation) if isinstance(personalisation, str) else None

    def _paid_coin(self) -> str | None:
        # t1 and t3 are also Flux, ZClassic and Zero; with (200, 9) they are Zcash.
        return "ZEC" if self._pays == "ZEC" and self._algorithm == "equihash-200-9" else None

    def receive(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        events = super().receive(side, rpc, ts_ns)
        if self._algorithm != self._algorithm_told:
            # A solution told it first, and no job may follow.
            self._algorithm_told = self._algorithm
            coin = self._paid_coin()
            return [told_by(event, self._algorithm, coin) if isinstance(event, Share) else event for event in events]
        return events

    def _other(self) -> MalformedCode | None:
        if self.standing is Standing.CONFIRMED:
            return MalformedCode.BAD_PARAMS
        self.standing = Standing.REFUTED
        return None

    def _read_submit(self, rpc: Rpc) -> str | MalformedCode | None:
        params = rpc.params
        if not isinstance(params, list) or len(params) < 5:
            return self._other() if params and isinstance(params, (list, dict)) else MalformedCode.BAD_PARAMS
        algorithm = solution_algorithm(params[4])
        if algorithm is None:
            return self._other()
        job_id = job_name(params[1])
        if job_id is None or not (is_hex(params[2], 8) and is_hex_bytes(params[3])):
            return MalformedCode.BAD_VALUE
        if self._algorithm != "verushash":
            self._algorithm = algorithm
        self._confirm()
        return job_id

    def _on_subscribe(self, rpc: Rpc) -> None:
        if rpc.body is not None or isinstance(rpc.params, (dict, str)):
            self._doubt()

    def _on_subscribed(self, result: object) -> None:
        # [session or null, first nonce]: sessions repeat the nonce, or are any text.
        self._fits_nonce1 = (
            isinstance(result, list)
            and len(result) == 2
            and (result[0] is None or isinstance(result[0], str))
            and is_hex_bytes(result[1], _NONCE1_BYTES_MIN)
        )

    def _on_target(self, target: object) -> None:
        if self._fits_nonce1 is False or not is_hex(target, 64):
            self._doubt()
        elif self._fits_nonce1 and not self._is_doubted:
            self.claimed = True

    def _on_login(self, login: str) -> None:
        self._pays = coin_of(login)

    def _confirm(self) -> None:
        self.claimed = True
        if self.standing is Standing.UNDECIDED:
            self.standing = Standing.CONFIRMED
