"""What a login says: the worker behind the account, a wish for a difficulty, and the coin of a wallet
address.

A table of forms that cannot be anything else; what several coins share gives no coin. An address names the
coin that is *paid*, which is the coin that is *mined* only inside a dialect that says so: the decoders decide
that.
"""

from __future__ import annotations

from typing import Final

from sensor.limits import DIFFICULTY_WISH_MAX, FIELD_CHARS_MAX
from sensor.wire.jsonrpc import number, text

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32: Final = "023456789acdefghjklmnpqrstuvwxyz"
_HEX: Final = "0123456789abcdefABCDEF"

# Coin, prefixes, lengths, alphabet of what follows the prefix.
_WALLETS: Final[tuple[tuple[str, tuple[str, ...], tuple[int, ...], str], ...]] = (
    ("XMR", ("4", "8"), (95,), _BASE58),
    ("XMR", ("4",), (106,), _BASE58),  # integrated: the payment id is inside
    ("BTC", ("bc1q", "bc1p"), (42, 62), _BECH32),
    ("BTC", ("1", "3"), tuple(range(26, 36)), _BASE58),
    ("ZEC", ("t1", "t3"), (35,), _BASE58),
    ("RVN", ("R",), (34,), _BASE58),  # Komodo's and Verus' are the same, and are not mined by ProgPow
)
# Behind the colon of an address of Kaspa's kind: 33 or 34 bytes and a checksum of 5, in letters of 5 bits.
_CHAIN_LETTERS: Final = (61, 63)
# Bitcoin Cash and its own copies write addresses in the same letters, and are mined in Bitcoin's words.
_CASH_CHAINS: Final = frozenset(("bitcoincash", "bchtest", "bchreg", "ecash", "ectest", "nexa", "nexatest"))
# Keys of a password that ask for a difficulty, the most binding first (BTCPool, yiimp).
_WISH_KEYS: Final = ("d", "diff", "difficulty", "md", "mindiff")
_PASSWORD_CHARS_MAX: Final = 256
# What may stand behind the name of a rig: mail, a wish for a difficulty, DATUM's modifier, unMineable's referral.
_BEHIND_WORKER: Final = "/+~#"


def account_of(login: str) -> str:
    """The part of a login before worker, e-mail and difficulty, which some write behind "+" and some behind "="."""
    return login.partition(".")[0].partition("/")[0].partition("+")[0].partition("=")[0]


def login_text(login: str) -> str:
    """The login as it is kept: the account and what stands behind it are cut each for itself, so that a rig's name in
    wide characters takes nothing from a wallet's address.
    """
    login = login[:FIELD_CHARS_MAX]
    if login.isascii():
        return login
    account = account_of(login)
    return (text(account) or "") + (text(login[len(account) :]) or "")


def coin_of(login: str) -> str | None:
    """The coin whose address the login begins with; None where it is no address or that of several coins."""
    address = account_of(login)
    for coin, prefixes, lengths, alphabet in _WALLETS:
        if len(address) in lengths and address.startswith(prefixes):
            prefix = next(prefix for prefix in prefixes if address.startswith(prefix))
            if not address[len(prefix) :].strip(alphabet):
                return coin
    return None


def chain_of(login: str) -> str:
    """The chain whose address the login begins with, of Kaspa or of a copy of it; "" for any other login."""
    chain, colon, letters = account_of(login).partition(":")
    is_address = bool(colon) and len(letters) in _CHAIN_LETTERS and not letters.strip(_BECH32)
    is_chain = chain.isascii() and chain.isalpha() and chain.islower() and chain not in _CASH_CHAINS
    return chain if is_address and is_chain else ""


def without_user_info(host: str) -> str:
    """``host``, as a pool names it for a redirect, without the user and password that may stand before it."""
    scheme, slashes, rest = host.partition("://")
    return scheme + slashes + rest.rpartition("@")[2] if slashes else host.rpartition("@")[2]


def worker_of(login: str) -> str | None:
    """The rig's name in ``account.worker``, ``wallet.paymentid.worker`` or ``wallet/worker/mail``; else
    None.
    """
    head, dot, tail = login.partition(".")
    if not dot or "/" in head or "@" in head:
        # An e-mail address as account holds dots of its own.
        tail = login.partition("/")[2]
    for mark in _BEHIND_WORKER:
        tail = tail.partition(mark)[0]
    payment, dot, rest = tail.partition(".")
    if dot and len(payment) in (16, 64) and not payment.strip(_HEX):
        tail = rest
    return text(tail)


def difficulty_wish(login: str, password: object) -> float | None:
    """The difficulty asked for by ``d=1024`` in a password or ``+10000`` behind a login. Keeps nothing
    else.
    """
    asked = _wish(login.rpartition("+")[2]) if "+" in login else None
    if asked is not None or not isinstance(password, str) or "=" not in password:
        return asked
    wishes: dict[str, float] = {}
    for part in password[:_PASSWORD_CHARS_MAX].replace(";", ",").split(","):
        key, _, value = part.partition("=")
        wish = _wish(value.strip())
        key = key.strip().lower()
        if wish is not None and key in _WISH_KEYS:
            wishes.setdefault(key, wish)
    return next((wishes[key] for key in _WISH_KEYS if key in wishes), None)


def _wish(value: str) -> float | None:
    wish = number(value)
    return wish if wish is not None and 0 < wish <= DIFFICULTY_WISH_MAX else None
