"""The CryptoNote job object: what it must hold to be one, its work, its algorithm and its coin.

Three forms: a block blob to hash, a self-select job (the miner builds the block), a template for a proxy.
Algorithm names are xmrig's, and Tari's own; a name that is not on the list is not repeated.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from sensor.event import Job
from sensor.limits import HEIGHT_MAX
from sensor.model import Side
from sensor.wire.jsonrpc import id_text, whole
from sensor.wire.work import difficulty, is_hex, is_hex_bytes, short_target_work

# A Monero header is 43 bytes, the root of the transactions 32, their count at least 1.
_BLOB_BYTES_MIN: Final = 76

_ALGORITHMS: Final = frozenset(
    (
        *("rx/0", "rx/wow", "rx/arq", "rx/graft", "rx/sfx", "rx/yada", "rx/2", "rx/v2"),
        *("cn/0", "cn/1", "cn/2", "cn/r", "cn/fast", "cn/half", "cn/xao", "cn/rto", "cn/rwz", "cn/zls"),
        *("cn/double", "cn/ccx", "cn/upx2", "cn/gpu", "cn-lite/0", "cn-lite/1"),
        *("cn-heavy/0", "cn-heavy/tube", "cn-heavy/xhv", "cn-pico", "cn-pico/0", "cn-pico/tlo"),
        *("argon2/chukwa", "argon2/chukwav2", "argon2/ninja", "argon2/wrkz", "kawpow", "ghostrider", "sha3x"),
    )
)
_ALIASES: Final = {
    "randomx": "rx/0",
    "randomx/0": "rx/0",
    "randomx/wow": "rx/wow",
    "randomx/arq": "rx/arq",
    "rx": "rx/0",
    "cryptonight": "cn/0",
    "cryptonight/0": "cn/0",
    "cryptonight/1": "cn/1",
    "cryptonight/2": "cn/2",
    "cryptonight/r": "cn/r",
    "cn": "cn/0",
}
# Monero's proof of work by the major version that begins its block.
_MONERO_VERSIONS: Final = ((12, "rx/0"), (10, "cn/r"), (8, "cn/2"), (7, "cn/1"), (1, "cn/0"))
_MAJOR_MAX: Final = 0x40  # the version is a small number; above is no Monero block
# The family's name, where a seed says RandomX and nothing says which.
_RANDOMX: Final = "randomx"


class JobFields(msgspec.Struct, frozen=True, gc=False):
    """A job that may be hashed; ``work`` is absent where its target has a form that we do not know."""

    job_id: str
    work: float | None
    algorithm: str | None
    coin: str | None
    height: int | None

    def told(self, side: Side, ts_ns: int) -> Job:
        """The event: ``side`` handed it out."""
        return Job(
            side=side,
            ts_ns=ts_ns,
            job_id=self.job_id,
            value=self.work,
            work=self.work,
            algorithm=self.algorithm,
            coin=self.coin,
            clean=None,
            height=self.height,
        )


def read_job(members: object, pays: str | None) -> JobFields | None:
    """The job in ``members``, or None where it is none of a CryptoNote pool's.

    ``pays`` is the coin of the login's address: together with a fitting algorithm it is the coin that is
    mined.
    """
    if not isinstance(members, dict):
        return None
    job_id = id_text(members.get("job_id"))
    algorithm = _named_algorithm(members)
    if job_id is None or not _is_job(members, algorithm):
        return None
    moneros = _moneros_algorithm(members) if pays == "XMR" else None
    if algorithm is None:
        algorithm = moneros or (_RANDOMX if is_hex(members.get("seed_hash"), 64) else None)
    # Pools that mine what pays best send blocks of other chains, and pay in Monero all the same.
    coin = "XMR" if moneros is not None and algorithm == moneros else None
    return JobFields(
        job_id,
        _work(members, algorithm),
        algorithm,
        coin,
        whole(members.get("height"), HEIGHT_MAX),
    )


def _is_job(members: dict[str, Any], algorithm: str | None) -> bool:
    blob = members.get("blob")
    target = members.get("target")
    if blob is not None:
        # Jobs of Ravencoin through xmrig, and of Tari, have a 32-byte header hash and say so.
        least = 32 if algorithm is not None else _BLOB_BYTES_MIN
        return is_hex_bytes(blob, least) and isinstance(target, str) and is_hex_bytes(target, 1)
    if is_hex_bytes(members.get("blocktemplate_blob"), _BLOB_BYTES_MIN):
        return "target_diff" in members or "difficulty" in members or target is not None
    return isinstance(members.get("pool_wallet"), str) and isinstance(target, str)


def _work(members: dict[str, Any], algorithm: str | None) -> float | None:
    if "blocktemplate_blob" in members:
        # "difficulty" beside it is the network's.
        return difficulty(members.get("target_diff"))
    return short_target_work(members.get("target"), big_endian=algorithm == "rx/yada")


def _named_algorithm(members: dict[str, Any]) -> str | None:
    name = members.get("algo")
    if not isinstance(name, str):
        return None
    name = _ALIASES.get(name, name)
    return name if name in _ALGORITHMS else None


def _moneros_algorithm(members: dict[str, Any]) -> str | None:
    """What Monero's blocks of this version are hashed with; None where no block is sent, or one that is no Monero's."""
    blob = members.get("blob") or members.get("blocktemplate_blob")
    if not isinstance(blob, str) or not is_hex_bytes(blob, 1):
        return None
    major = int(blob[:2], 16)
    return next((name for least, name in _MONERO_VERSIONS if least <= major < _MAJOR_MAX), None)


def goes_on_as_progpow(members: object) -> bool:
    """Whether the first job makes xmrig go on in the words of mining.*: it then has a first nonce of its own."""
    return isinstance(members, dict) and members.get("algo") == "kawpow" and "extra_nonce" in members
