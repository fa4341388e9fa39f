"""A whole session of each dialect, by name."""

from __future__ import annotations

from tests.unit.wire.cryptonote import STAK, XMRIG
from tests.unit.wire.equihash import ZCASH
from tests.unit.wire.ethproxy import CLAYMORE, ETHMINER
from tests.unit.wire.family import RELATIVE, UNKNOWN
from tests.unit.wire.stratum_v1 import ASIC
from tests.unit.wire.talk import Message

DIALOGUES: dict[str, list[Message]] = {
    "stratum-v1": ASIC,
    "ethproxy": ETHMINER,
    "ethproxy (Claymore)": CLAYMORE,
    "cryptonote": XMRIG,
    "cryptonote (old)": STAK,
    "equihash-stratum": ZCASH,
    **RELATIVE,
    **{f"stratum-other ({name})": messages for name, messages in UNKNOWN.items()},
}
