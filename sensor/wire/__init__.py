"""Sans-io: framers cut bytes into messages, decoders say what a message means. No socket, no clock, no log.

DECODERS is the one list of readers; its order decides where several have seen something of their own. The last of them
tells the dialects in RELATIVES apart, which share all but the shape of their work. Those in ERRANDS are spoken over
HTTP, and have one reader.
"""

from __future__ import annotations

from typing import Final

from sensor.wire.base import Decoder
from sensor.wire.btcagent import BtcAgent
from sensor.wire.cryptonote import CryptoNote
from sensor.wire.equihash import EquihashStratum
from sensor.wire.errands import ERRANDS
from sensor.wire.ethproxy import EthProxy
from sensor.wire.relatives import RELATIVES
from sensor.wire.stratum_other import StratumOther
from sensor.wire.stratum_v1 import StratumV1

DECODERS: Final[tuple[type[Decoder], ...]] = (EthProxy, CryptoNote, BtcAgent, StratumV1, EquihashStratum, StratumOther)
DIALECTS: Final[tuple[str, ...]] = (
    *(decoder.dialect for decoder in DECODERS),
    *(relative.dialect for relative in RELATIVES),
    *dict.fromkeys(errand.dialect for errand in ERRANDS),
)
