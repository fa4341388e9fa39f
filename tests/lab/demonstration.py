# SPDX-License-Identifier: Apache-2.0
"""The demonstration: a quarter of an hour at an operator's edge, seen from a mirror port.

An office where one workstation mines Monero, a farm whose dozen connections share one address, a
household with one GPU rig, a hosted rack with Equihash rigs beside honest servers, and ordinary traffic
around them.
"""

from __future__ import annotations

from dataclasses import replace

from sensor.model import Endpoint, NameKind
from tests.lab.background import Visit, json_api, ssh, tls, web_page
from tests.lab.cast import START_NS, asic, cpu, equihash, gpu
from tests.lab.dialects import cryptonote_session, equihash_session, ethproxy_session, stratum_v1_session
from tests.lab.dialects.stratum_v1 import Extra
from tests.lab.dialogue import Ending
from tests.lab.dns import Lookup
from tests.lab.files import pcap
from tests.lab.near_misses import NEAR_MISSES
from tests.lab.node_callers import NODE_CALLERS
from tests.lab.nodes import NODES
from tests.lab.scene import Glimpse, Made, Scene
from tests.lab.script import Odds, Reach, Style
from tests.lab.seeded import SECOND, Seeded

MINUTES = 15
USUAL_LOSSES = Odds(low=0.004, stale=0.012, duplicate=0.004, unanswered=0.002)
OFFICE, FARM, HOUSE_6, RACK = "198.51.100.20", "198.51.100.200", "2001:db8:77::10", "192.0.2.1"
ASIC_AGENTS = (
    ("Antminer S19j Pro/Fri Dec 15 2023", 104e12),
    ("bmminer/2.0.0", 100e12),
    ("Antminer S21/Mon Mar 4 2024", 200e12),
    ("cgminer/4.12.0", 84e12),
)


def demonstration() -> Made:
    scene = Scene()
    _office(scene)
    _farm(scene)
    _household(scene)
    _rack(scene)
    _background(scene)
    return scene.made(pcap(scene.frames()))


def _at(seconds: float) -> int:
    return START_NS + round(seconds * 1000) * (SECOND // 1000)


def _office(scene: Scene) -> None:
    """One workstation among twenty mines, slowly enough not to be noticed; its pool's name was looked up."""
    station = Endpoint("198.51.100.23", 51_877)
    pool = Endpoint("203.0.113.20", 443)
    scene.look_up_pool(Endpoint(station.ip, 40_023), _at(28), Lookup("pool.supportxmr.com", (pool.ip,)))
    script = cpu(
        0,
        miner=station,
        pool=pool,
        start_ns=_at(30),
        seconds=840,
        hashrate_hs=3_400.0,
        difficulties=((0, 30_000.0), (120, 75_000.0)),
        odds=USUAL_LOSSES,
        ending=Ending.OPEN,
    )
    scene.mine(cryptonote_session(script))


def _farm(scene: Scene) -> None:
    """Behind one translated address: ten rigs, a farm proxy with six workers, one refused."""
    pool = Endpoint("203.0.113.40", 3333)
    rng = Seeded(40)
    for number in range(10):
        agent, hashrate = ASIC_AGENTS[number % len(ASIC_AGENTS)]
        script = asic(
            100 + number,
            miner=Endpoint(FARM, 20_000 + rng.below(40_000)),
            pool=pool,
            start_ns=_at(2 + number * 4),
            seconds=840 - number * 4,
            hashrate_hs=hashrate,
            difficulties=(
                (0, 65_536.0),
                (40, 262_144.0),
                (150, round(hashrate * 15 / 2**32 / 8192) * 8192.0),
            ),
            logins=(f"northfarm.r{number // 4}u{number % 4}",),
            agent=agent,
            job_seconds=75,
            odds=USUAL_LOSSES,
            style=Style.PARAMS_FIRST if agent.startswith("cgminer") else Style.COMPACT,
            ending=Ending.RST if number == 7 else Ending.OPEN,
        )
        scene.mine(stratum_v1_session(script, frozenset({Extra.CONFIGURE, Extra.EXTRANONCE})))
    logins = tuple(f"northfarm.p{number}" for number in range(6))
    proxy = asic(
        120,
        miner=Endpoint(FARM, 33_001),
        pool=pool,
        start_ns=_at(12),
        seconds=820,
        hashrate_hs=600e12,
        difficulties=((0, 1_048_576.0), (60, 2_097_152.0)),
        logins=logins,
        agent="stratum-proxy/0.0.2",
        job_seconds=75,
        odds=USUAL_LOSSES,
        ending=Ending.OPEN,
    )
    scene.mine(stratum_v1_session(proxy))
    refused = replace(proxy, miner=Endpoint(FARM, 33_002), logins=("northfram.p1",), reach=Reach.REFUSED, seed=121)
    scene.mine(stratum_v1_session(replace(refused, ending=Ending.FIN)))


def _household(scene: Scene) -> None:
    """A family's line with IPv6: one rig under a desk, and films."""
    pool = Endpoint("2001:db8:20::5", 4444)
    script = gpu(
        130,
        miner=Endpoint(HOUSE_6, 49_213),
        pool=pool,
        start_ns=_at(75),
        seconds=780,
        hashrate_hs=240e6,
        odds=USUAL_LOSSES,
        job_seconds=20,
        ending=Ending.OPEN,
    )
    scene.mine(ethproxy_session(script))
    for number in range(6):
        client = Endpoint("2001:db8:77::20", 52_000 + number)
        server = Endpoint(f"2001:db8:30::{number + 1:x}", 443)
        visit = Visit(client, server, _at(80 + number * 90), 700 + number)
        scene.talk(tls(visit, f"video{number}.example.com", (9_000, 14_000)))


def _rack(scene: Scene) -> None:
    """A hosted rack: three rigs with one wallet, and two servers that serve."""
    pool = Endpoint("203.0.113.60", 3357)
    wallet = equihash(140).logins[0].partition(".")[0]
    for number in range(3):
        script = equihash(
            140 + number,
            miner=Endpoint(f"{RACK}{number + 1}0", 46_000 + number),
            pool=pool,
            start_ns=_at(10 + number * 3),
            seconds=860,
            hashrate_hs=700.0 + 25 * number,
            difficulties=((0, 8_192.0), (60, 32_768.0)),
            logins=(f"{wallet}.node{number + 1}",),
            job_seconds=50,
            odds=USUAL_LOSSES,
            ending=Ending.OPEN,
        )
        scene.mine(equihash_session(script))
    for number in range(6):
        client = Endpoint(f"203.0.113.{150 + number}", 41_000 + number)
        visit = Visit(client, Endpoint("192.0.2.40", 443), _at(40 + number * 120), 750 + number)
        scene.talk(tls(visit, "www.example.org", (7_000,)))
    scene.talk(ssh(Visit(Endpoint("203.0.113.160", 42_000), Endpoint("192.0.2.40", 22), _at(300), 770)))


def _background(scene: Scene) -> None:
    """Office traffic, benign neighbours, and names of pools where nobody mines."""
    rng = Seeded(50)
    for number in range(24):
        client = Endpoint(f"198.51.100.{24 + number % 12}", 53_000 + number)
        start = 5 + rng.below(MINUTES * 60 - 40)
        host = f"app{number % 7}.example.net"
        address = f"203.0.113.{180 + number % 7}"
        asked = Lookup(host, (address,), alias=f"edge{number % 3}.example.com" if number % 2 else None)
        scene.look_up(Endpoint(client.ip, 40_100 + number), _at(start - 0.2), asked)
        visit = Visit(client, Endpoint(address, 443 if number % 4 else 80), _at(start), 800 + number)
        scene.talk(tls(visit, host) if number % 4 else (web_page if number % 8 else json_api)(visit, host))
    neighbours = [made for name, made in NEAR_MISSES.items() if name not in (*NODES, *NODE_CALLERS)]
    for number, (port, maker) in enumerate(neighbours):
        client = Endpoint(f"198.51.100.{40 + number}", 54_000 + number)
        scene.talk(
            maker(Visit(client, Endpoint(f"203.0.113.{200 + number}", port), _at(60 + 35 * number), 900 + number))
        )
    scene.look_up(Endpoint("198.51.100.30", 40_200), _at(399), Lookup("www.supportxmr.com", ("203.0.113.21",)))
    site = Visit(Endpoint("198.51.100.30", 55_000), Endpoint("203.0.113.21", 443), _at(400), 990)
    scene.talk(tls(site, "www.supportxmr.com", (5_000, 8_000)))
    hidden = Visit(Endpoint("198.51.100.31", 55_001), Endpoint("203.0.113.41", 443), _at(500), 991)
    scene.talk(tls(hidden, "ss.antpool.com", (300, 300, 300)))
    scene.glimpses.append(Glimpse(NameKind.SNI, hidden.client, hidden.server, "ss.antpool.com"))
