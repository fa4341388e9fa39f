"""RELATIVES is the one list of the mining.* dialects that `stratum_other` tells apart; no job fits two of them."""

from __future__ import annotations

from typing import Final

from sensor.wire.autolykos_stratum import AutolykosStratum
from sensor.wire.ethash_stratum import EthashStratum
from sensor.wire.ethereumstratum_1 import EthereumStratum1
from sensor.wire.ethereumstratum_2 import EthereumStratum2
from sensor.wire.kaspa import Kaspa
from sensor.wire.octopus_stratum import OctopusStratum
from sensor.wire.progpow_stratum import ProgPowStratum
from sensor.wire.relative import Relative

RELATIVES: Final[tuple[Relative, ...]] = (
    EthereumStratum1(),
    EthereumStratum2(),
    EthashStratum(),
    ProgPowStratum(),
    AutolykosStratum(),
    OctopusStratum(),
    Kaspa(),
)
