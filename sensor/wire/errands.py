"""The list of errands over HTTP. Their methods must differ: they tell which of them it is."""

from __future__ import annotations

from typing import Final

from sensor.wire.errand import Errand
from sensor.wire.ethash_getwork import EthashGetWork
from sensor.wire.getblocktemplate import GetBlockTemplate
from sensor.wire.getwork import GetWork

ERRANDS: Final[tuple[Errand, ...]] = (GetWork(), EthashGetWork(), GetBlockTemplate())
ERRAND_OF: Final = {method: errand for errand in ERRANDS for method in (*errand.asks, *errand.reports)}
