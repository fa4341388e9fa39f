# SPDX-License-Identifier: Apache-2.0
"""Scripts of typical rigs, so that a capture says only what is special about its own.

Addresses stand in the documentation ranges, names in reserved domains; the agents are those of real software.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sensor.model import Endpoint
from tests.lab.script import Script
from tests.lab.seeded import BASE58, SECOND, Seeded

# 2026-03-02 08:00:00 UTC, a Monday morning.
START_NS = 1_772_438_400 * SECOND
POOL = Endpoint("203.0.113.5", 3333)
POOL_6 = Endpoint("2001:db8:20::5", 3333)
XMRIG = "XMRig/6.22.2 (Linux x86_64) libuv/1.48.0 gcc/13.2.0"


def miner(number: int) -> Endpoint:
    """The ``number``-th miner: its own address and port."""
    return Endpoint(f"192.0.2.{10 + number}", 50_000 + number)


def miner_6(number: int) -> Endpoint:
    return Endpoint(f"2001:db8:1::{number + 16:x}", 50_000 + number)


def asic(number: int, **changes: Any) -> Script:
    """A Bitcoin ASIC of 100 TH/s: a share every 11 s at difficulty 262144."""
    script = Script(
        miner=miner(number),
        pool=POOL,
        start_ns=START_NS + number * SECOND // 4,
        seed=1000 + number,
        hashrate_hs=100e12,
        difficulties=((0, 262_144.0),),
        logins=(f"account.rig{number:02d}",),
        agent="bmminer/2.0.0",
        seconds=120,
    )
    return replace(script, **changes)


def _like(number: int, changes: dict[str, Any], **own: Any) -> Script:
    """An ASIC's script but for what is the rig's ``own``, and the caller's ``changes``."""
    return asic(number, **{**own, **changes})


def gpu(number: int, **changes: Any) -> Script:
    """An Ethereum Classic rig of 400 MH/s: a share every 10 s at 2^32 hashes."""
    wallet = f"0x{Seeded(2000 + number).hex(20)}"
    return _like(
        number,
        changes,
        hashrate_hs=400e6,
        difficulties=((0, float(1 << 32)),),
        logins=(f"{wallet}.rig{number}",),
        agent="",
    )


def cpu(number: int, **changes: Any) -> Script:
    """A Monero miner of 8 kH/s: a share every 10 s at difficulty 80000."""
    wallet = "4" + Seeded(3000 + number).word(BASE58, 94)
    return _like(
        number,
        changes,
        hashrate_hs=8e3,
        difficulties=((0, 80_000.0),),
        logins=(f"{wallet}.desk{number}",),
        agent=XMRIG,
    )


def equihash(number: int, **changes: Any) -> Script:
    """A Zcash rig of 800 solutions a second: a share every 10 s at 8192 solutions."""
    wallet = "t1" + Seeded(4000 + number).word(BASE58, 33)
    return _like(
        number,
        changes,
        hashrate_hs=800.0,
        difficulties=((0, 8192.0),),
        logins=(f"{wallet}.rig{number}",),
        agent="EWBF 0.3.4b",
    )


def kawpow(number: int, **changes: Any) -> Script:
    """A Ravencoin rig of 120 MH/s: a share every 9 s at 2^30 hashes."""
    wallet = "R" + Seeded(5000 + number).word(BASE58, 33)
    return _like(
        number,
        changes,
        hashrate_hs=120e6,
        difficulties=((0, float(1 << 30)),),
        logins=(f"{wallet}.rig{number}",),
        agent="GMiner/3.44",
    )


def kaspa(number: int, **changes: Any) -> Script:
    """A Kaspa ASIC of 8 TH/s: a share every 9 s at difficulty 16384."""
    wallet = "kaspa:q" + Seeded(6000 + number).word("qpzry9x8gf2tvdw0s3jn54khce6mua7l", 60)
    return _like(
        number,
        changes,
        hashrate_hs=8e12,
        difficulties=((0, 16_384.0),),
        logins=(f"{wallet}.rig{number}",),
        agent="IceRiverMiner-v1.1",
    )


def nicehash(number: int, **changes: Any) -> Script:
    """An Ethash rig of 400 MH/s at NiceHash: a share every 10 s at difficulty 1."""
    return gpu(number, **{"difficulties": ((0, 1.0),), "agent": "ethminer-0.19.0", **changes})


def ethash(number: int, **changes: Any) -> Script:
    """An Ethash rig of 400 MH/s with an agent."""
    return gpu(number, **{"agent": "ethminer-0.19.0", **changes})


def ergo(number: int, **changes: Any) -> Script:
    """An Ergo rig of 500 MH/s: a share every 10 s at 5e9 hashes."""
    wallet = "9" + Seeded(7000 + number).word(BASE58, 50)
    return _like(
        number,
        changes,
        hashrate_hs=500e6,
        difficulties=((0, 5.0e9),),
        logins=(f"{wallet}.rig{number}",),
        agent="lolMiner 1.76",
    )


def conflux(number: int, **changes: Any) -> Script:
    """A Conflux rig of 300 MH/s: a share every 10 s at 3e9 hashes."""
    wallet = "cfx:aa" + Seeded(8000 + number).word("abcdefghjkmnprstuvwxyz0123456789", 40)
    return _like(
        number,
        changes,
        hashrate_hs=300e6,
        difficulties=((0, 3.0e9),),
        logins=(f"{wallet}.rig{number}",),
        agent="",
    )


def getwork(number: int, **changes: Any) -> Script:
    """A Bitcoin rig of 4 GH/s: a share every 9 s at difficulty 8."""
    return _like(
        number,
        changes,
        hashrate_hs=4e9,
        difficulties=((0, 8.0),),
        logins=(f"account.gpu{number}",),
        agent="cgminer 3.7.2",
    )


def nervos(number: int, **changes: Any) -> Script:
    """A Nervos ASIC of 12 TH/s: a share every 9 s at 1e14 hashes."""
    return _like(
        number,
        changes,
        hashrate_hs=12e12,
        difficulties=((0, 1.1e14),),
        logins=(f"ckb1qexample.rig{number}",),
        agent="ckbminer-v1.0.0",
    )


def agent(number: int, rigs: int = 12, **changes: Any) -> Script:
    """A farm of so many Bitcoin ASICs of 100 TH/s on average behind a BTCAgent."""
    return _like(
        number,
        changes,
        hashrate_hs=rigs * 100e12,
        difficulties=((0, 131_072.0),),
        logins=tuple(f"farm.a1x{place + 1}" for place in range(rigs)),
        agent="",
    )
