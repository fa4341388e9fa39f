# SPDX-License-Identifier: Apache-2.0
"""Makers of whole sessions, one dialect a file. Each takes a ``Script`` and returns a ``Session``."""

from tests.lab.dialects.btcagent import btcagent_session
from tests.lab.dialects.cryptonote import cryptonote_session
from tests.lab.dialects.equihash import equihash_session
from tests.lab.dialects.ethproxy import ethproxy_session
from tests.lab.dialects.stratum_other import kaspa_session, kawpow_session
from tests.lab.dialects.stratum_v1 import stratum_v1_session

__all__ = [
    "btcagent_session",
    "cryptonote_session",
    "equihash_session",
    "ethproxy_session",
    "kaspa_session",
    "kawpow_session",
    "stratum_v1_session",
]
