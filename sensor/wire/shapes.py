"""The shapes of mining.* jobs, submits and answers that tell the dialects apart, because the method names do not.

Pure predicates over parameters as sent. BTC: slush's nine parameters with a list of merkle branches; LBRY puts one more
hash before the coinbase, and LUX two in one. Equihash: ZIP 301's eight, with NiceHash's algorithm and
personalisation behind.
"""

from __future__ import annotations

import re
from typing import Any, Final

from sensor.limits import HEIGHT_MAX
from sensor.wire.jsonrpc import whole
from sensor.wire.work import is_hex, is_hex_bytes, target_work

_HASH_DIGITS: Final = 64
_MORE_DIGITS: Final = (_HASH_DIGITS, 2 * _HASH_DIGITS)  # of LBRY's claims; of LUX' states and outputs
_CLEAN: Final = (True, False)  # as numbers, too, which some write
_BRANCHES_MAX: Final = 64  # a block of 2^64 transactions
_NONCE_DIGITS_MAX: Final = 16
_SHORT_NONCE_BYTES_MAX: Final = 3  # Zcash's pools grant 4 and more
_STAKE_VERSION_DIGITS: Final = 8
_FAULT_CODES: Final = range(20, 38)
_TEXT_ONLY: Final = {str}

# CompactSize prefix and number of solution bytes -> algorithm, for each (n, k) in use: 2^k * (n/(k+1)+1) / 8.
_SOLUTIONS: Final[dict[tuple[str, int], str]] = {
    ("fd4005", 1344): "equihash-200-9",
    ("fd8005", 1408): "equihash-210-9",
    ("fd9001", 400): "equihash-192-7",
    ("64", 100): "equihash-144-5",
    ("44", 68): "equihash-96-5",
    ("34", 52): "equihash-125-4",
}
# Verus fills Zcash's place for a solution with fields of its own, of which the first is their version, in four bytes.
# No solution of Equihash begins so: its first number would be higher than its second.
_VERUS_FIELDS: Final = re.compile(r"fd40050[1-9a-f]000000")
_YES: Final = frozenset(("true", "ok", "accepted"))
_ETHEREUM_STRATUM: Final = "EthereumStratum/1.0.0"
_OTHER_STRATUM: Final = ("EthereumStratum/", "KaspaStratum/", "AleoStratum/")


def merkle_index(params: list[Any]) -> int:
    """Where a BTC job's merkle branches stand, 4 or 5; 0 where ``params`` is no BTC job.

    Decred sends nine parameters too, but its header has no branches and its "coinbase" is the header's tail,
    which is followed by four bytes of stake version; a coinbase transaction never ends that short.
    """
    size = len(params)
    if size < 9 or not is_hex(params[1], _HASH_DIGITS):
        return 0
    is_longer = size > 9 and isinstance(params[5], list) and any(is_hex(params[2], digits) for digits in _MORE_DIGITS)
    index = 5 if is_longer else 4
    branches = params[index]
    if not isinstance(branches, list) or len(branches) > _BRANCHES_MAX or params[-1] not in _CLEAN:
        return 0
    # Version, bits and time follow; whatever else is sent, "clean" is last.
    words = [params[index - 2], params[index - 1], *branches, *params[index + 1 : index + 4]]
    if set(map(type, words)) != _TEXT_ONLY:
        return 0
    fits = (
        list(map(len, words[2:])) == [_HASH_DIGITS] * len(branches) + [8, 8, 8]
        and (bool(branches) or len(words[1]) > _STAKE_VERSION_DIGITS)
        and len(words[0]) % 2 == 0
        and is_hex_bytes("".join(words))
    )
    return index if fits else 0


def is_equihash_job(params: list[Any]) -> bool:
    """Whether ``params`` is ZIP 301's job: version, previous hash, merkle root, reserved, time, bits,
    clean.
    """
    return (
        len(params) >= 8
        and is_hex(params[1], 8)
        and all(is_hex(root, _HASH_DIGITS) for root in params[2:5])
        and is_hex(params[5], 8)
        and is_hex(params[6], 8)
        and isinstance(params[7], bool)
    )


def solution_algorithm(solution: object) -> str | None:
    """The algorithm whose solutions are this long, CompactSize prefix included; None for anything else."""
    if not isinstance(solution, str) or len(solution) < 2:
        return None
    prefix_digits = 6 if solution[:2] in ("fd", "FD") else 2
    prefix = solution[:prefix_digits].lower()
    algorithm = _SOLUTIONS.get((prefix, (len(solution) - prefix_digits) // 2))
    if algorithm is None or not is_hex_bytes(solution):
        return None
    return "verushash" if _VERUS_FIELDS.match(solution.lower()) else algorithm


def is_foreign_submit(params: object) -> bool:
    """Whether a submit is well formed in a way that neither BTC's nor any dialect with five plain words
    is.
    """
    if isinstance(params, dict):
        return bool(params)
    if not isinstance(params, list):
        return False
    if len(params) in (3, 4):
        # EthereumStratum, Kaspa, CKB, Kadena, Sia: worker or job, job or nonce, and no time.
        return all(isinstance(word, (str, list)) for word in params)
    if len(params) < 5:
        return False
    if any(isinstance(word, (list, dict)) or str(word)[:2] == "0x" for word in params):
        return True
    return isinstance(params[4], str) and len(params[4]) >= _NONCE_DIGITS_MAX


def names_other_stratum(value: object) -> bool:
    """Whether a subscription or its answer names a protocol that is not Bitcoin's: EthereumStratum and the
    like.
    """
    if isinstance(value, str):
        return value.startswith(_OTHER_STRATUM)
    return isinstance(value, list) and any(isinstance(item, str) and item.startswith(_OTHER_STRATUM) for item in value)


def names_ethereum_stratum(value: object) -> bool:
    """Whether a subscription or its answer names EthereumStratum/1.0.0, which others than Ethash speak too."""
    return isinstance(value, list) and _ETHEREUM_STRATUM in value


def said_yes(result: object) -> bool:
    """Whether a result accepts a share: true, 1, "ok", {"status": "OK"}, or Conflux's ["true"]."""
    if isinstance(result, dict):
        result = result.get("status")
    elif isinstance(result, list):
        result = result[0] if result else None
    return result.lower() in _YES if isinstance(result, str) else result == 1


def is_ethash_hash(value: object) -> bool:
    """32 bytes in hex, with or without 0x."""
    return isinstance(value, str) and is_hex(value[2:] if value[:2] == "0x" else value, _HASH_DIGITS)


def is_ethash_work(result: list[Any]) -> bool:
    """Header, seed and target, then a height or a nonce prefix; leading zeros of the target may be missing."""
    is_long = 3 <= len(result) <= 5 and is_ethash_hash(result[0]) and is_ethash_hash(result[1])
    return is_long and target_work(result[2]) is not None


def ethash_height(work: list[Any]) -> int | None:
    """The height behind header, seed and target; None where there is none, or a nonce prefix in its place."""
    return whole(work[3], HEIGHT_MAX) if len(work) > 3 and str(work[3])[:2] == "0x" else None


def has_short_nonce(result: object) -> bool:
    """Whether a subscription's answer is no session and a first nonce of one to three bytes, as ProgPow's pools say."""
    if not isinstance(result, list) or len(result) != 2 or result[0] is not None:
        return False
    nonce = result[1]
    return isinstance(nonce, str) and 0 < len(nonce) <= 2 * _SHORT_NONCE_BYTES_MAX and is_hex_bytes(nonce)


def is_bitcoin_subscription(result: object) -> bool:
    """Whether a subscription's answer is Bitcoin's: what it subscribes to (proxies: nothing), the first
    nonce, the size of the second.
    """
    return (
        isinstance(result, list)
        and len(result) >= 3
        and (result[0] is None or isinstance(result[0], (list, str)))
        and is_hex_bytes(result[1])
        and type(result[2]) is int
        and not (len(result) > 3 and isinstance(result[3], str))
    )


def is_verdict(result: object) -> bool:
    """Whether ``result`` is a list that says yes or no: Conflux's ["true"] or ["false", why], or the [code, why, null]
    that Kaspa's bridges put where others have the error.
    """
    if not isinstance(result, list) or not 1 <= len(result) <= 3:
        return False
    if len(result) < 3 and result[0] in ("true", "false"):
        return True
    return len(result) > 1 and type(result[0]) is int and result[0] in _FAULT_CODES and isinstance(result[1], str)


def is_subscription_answer(result: object) -> bool:
    """Whether ``result`` is a session or its absence, then the first nonce: what else a pool answers has
    no such.
    """
    return isinstance(result, list) and 2 <= len(result) <= 4 and isinstance(result[1], str)


def mentions_mining(result: list[Any]) -> bool:
    """Whether the answer to a subscription names what it subscribes to, in any of its nestings."""
    head = result[0] if result else None
    nested = head if isinstance(head, list) else result
    if nested and isinstance(nested[0], list):
        nested = nested[0]
    return bool(nested) and (nested[0] in ("mining.notify", "mining.set_difficulty") or names_other_stratum(result))
