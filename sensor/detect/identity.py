"""What a login is made of: the account in front, and whether that account is a wallet address.

Which coin a wallet belongs to is the decoders' business; here only its shape counts.
"""

from __future__ import annotations

import re
from typing import Final

from sensor.wire import addresses

# Two families cover the addresses of all coins that are mined: 0x and 40 hex digits; or 26 to 128 letters and digits,
# at most with a short prefix that ends in a colon or underscore (kaspa:, k:, ak_, and LTC: for whoever pays in others).
_HEX_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")
_ADDRESS: Final = re.compile(r"(?:[A-Za-z]{1,12}[:_])?(?=[A-Za-z0-9]*[0-9])[A-Za-z0-9]{26,128}")


def account_of(login: str) -> str:
    """The part of a login before worker, e-mail and difficulty; an e-mail address as account stays whole."""
    head = login.partition("/")[0]
    if "@" in head:
        return head
    return addresses.account_of(login)


def wallet_of(account: str) -> str:
    """``account`` where it has the shape of a wallet address, else ""."""
    is_address = _HEX_ADDRESS.fullmatch(account) or _ADDRESS.fullmatch(account)
    return account if is_address else ""
