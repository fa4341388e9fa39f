# SPDX-License-Identifier: Apache-2.0
"""Makers of whole sessions, one dialect a file. Each takes a ``Script`` and returns a ``Session``."""

from tests.lab.dialects.autolykos import autolykos_factor_session, autolykos_session
from tests.lab.dialects.btcagent import btcagent_session
from tests.lab.dialects.cryptonote import cryptonote_session
from tests.lab.dialects.equihash import equihash_session
from tests.lab.dialects.ethash_stratum import ethash_stratum_session
from tests.lab.dialects.ethereumstratum import ethereumstratum_1_session, ethereumstratum_2_session
from tests.lab.dialects.ethproxy import ethproxy_session
from tests.lab.dialects.kaspa import kaspa_session
from tests.lab.dialects.octopus import octopus_session
from tests.lab.dialects.over_http import ethash_getwork_session, getblocktemplate_session, getwork_session
from tests.lab.dialects.progpow import kawpow_session
from tests.lab.dialects.stratum_other import nervos_session
from tests.lab.dialects.stratum_v1 import stratum_v1_session

__all__ = [
    "autolykos_factor_session",
    "autolykos_session",
    "btcagent_session",
    "cryptonote_session",
    "equihash_session",
    "ethash_getwork_session",
    "ethash_stratum_session",
    "ethereumstratum_1_session",
    "ethereumstratum_2_session",
    "ethproxy_session",
    "getblocktemplate_session",
    "getwork_session",
    "kaspa_session",
    "kawpow_session",
    "nervos_session",
    "octopus_session",
    "stratum_v1_session",
]
