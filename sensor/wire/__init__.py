"""Sans-io: framers cut bytes into messages, decoders say what a message means. No socket, no clock, no log.

DECODERS is the one list of dialects; its order decides where several have seen something of their own.
"""

from __future__ import annotations

from typing import Final

from sensor.wire.base import Decoder
from sensor.wire.btcagent import BtcAgent
from sensor.wire.cryptonote import CryptoNote
from sensor.wire.equihash import EquihashStratum
from sensor.wire.ethproxy import EthProxy
from sensor.wire.stratum_other import StratumOther
from sensor.wire.stratum_v1 import StratumV1

DECODERS: Final[tuple[type[Decoder], ...]] = (EthProxy, CryptoNote, BtcAgent, StratumV1, EquihashStratum, StratumOther)
