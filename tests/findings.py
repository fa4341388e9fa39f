# SPDX-License-Identifier: Apache-2.0
"""A finding and a sighting with something in every field that the two sides said, for tests of what comes after."""

from __future__ import annotations

from typing import Any

import msgspec

from sensor.finding import (
    SCHEMA_VERSION,
    Finding,
    Grade,
    MessagesSeen,
    MinerEnd,
    MinerIdentity,
    Phase,
    PoolEnd,
    ProtocolSeen,
    ProxiedBy,
    Reason,
    ReasonCode,
    Shares,
    SharesSince,
    Sighting,
    SightingKind,
    Source,
    Stage,
    Target,
    TunnelPaths,
)
from sensor.times import rfc3339

# 2026-03-02 08:00:00 UTC, as in the crafted captures.
BEGAN_NS = 1_772_438_400 * 10**9
HOUR_NS = 3600 * 10**9
MINER, POOL = "203.0.113.7", "198.51.100.20"
LOGIN = "4WalletOfSomebodyWhoMinesAtHome.basement-rig/jane.doe@mail.example"
WORKER, ACCOUNT = "basement-rig", "4WalletOfSomebodyWhoMinesAtHome"


def finding(**changes: Any) -> Finding:
    shown = '{"id":1,"method":"mining.authorize","params":["' + LOGIN + '","***"]}'
    made = Finding(
        schema_version=SCHEMA_VERSION,
        finding_id="0123456789abcdef" * 2,
        revision=1,
        sensor_id="scan",
        phase=Phase.OPENED,
        end_of_input=False,
        stage=Stage.WORKING,
        grade=Grade.A,
        at=rfc3339(BEGAN_NS + HOUR_NS),
        first_seen=rfc3339(BEGAN_NS),
        last_seen=rfc3339(BEGAN_NS + HOUR_NS),
        miner=MinerEnd(ip=MINER, port=50_123, realm=0),
        pool=PoolEnd(ip=POOL, port=3333),
        tunnel=TunnelPaths(("vlan:100", "pppoe:8191"), ("vlan:100", "gtpu:77")),
        protocol=ProtocolSeen("tcp", False, "stratum-v1", ProxiedBy("http", "203.0.113.99", 8080)),
        reasons=(
            Reason(ReasonCode.LOGIN_SENT, rfc3339(BEGAN_NS), {"login": LOGIN, "agent": "x"}, "miner", shown),
            Reason(ReasonCode.NAME_DNS, rfc3339(BEGAN_NS), {"name": "pool.example", "addresses": POOL}),
        ),
        miner_identity=MinerIdentity(
            logins=(LOGIN,),
            workers=(WORKER,),
            workers_count=1,
            account=ACCOUNT,
            wallet=ACCOUNT,
            agent="cgminer/4.12",
            software="cgminer",
        ),
        shares=Shares(since_last_update=SharesSince(seconds=3600.0)),
        messages_seen=MessagesSeen(3, 4),
        gaps_bytes=0,
        community_id="1:abcdefghijklmnopqrstuvwxyz0=",
    )
    return msgspec.structs.replace(made, **changes)


def sighting(**changes: Any) -> Sighting:
    made = Sighting(
        schema_version=SCHEMA_VERSION,
        sighting_id="fedcba9876543210" * 2,
        sensor_id="scan",
        what=SightingKind.REFUSED,
        grade=Grade.D,
        count=3,
        first_seen=rfc3339(BEGAN_NS),
        last_seen=rfc3339(BEGAN_NS + HOUR_NS),
        miner=Source(ip=MINER, realm=0),
        pool=Target(ip=POOL, port=3333, host="pool.example"),
        protocol=ProtocolSeen("tcp", False, "stratum-v1"),
        reasons=(Reason(ReasonCode.LOGIN_REFUSED, rfc3339(BEGAN_NS), {"login": LOGIN, "code": "no " + LOGIN}, "pool"),),
    )
    return msgspec.structs.replace(made, **changes)
