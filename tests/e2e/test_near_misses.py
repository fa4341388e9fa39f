# SPDX-License-Identifier: Apache-2.0
"""What looks like mining and is not: seen whole, from one side, and from the middle on, it is never a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from sensor.model import Endpoint
from tests.e2e.sensing import sense
from tests.e2e.variants import AT_ONCE_MAX, FIRST_PORT, said_by
from tests.lab import tcp
from tests.lab.background import Visit
from tests.lab.cast import START_NS
from tests.lab.coin_nodes import COIN_NODES
from tests.lab.dialogue import Speaker
from tests.lab.files import Frame, pcap
from tests.lab.layers import FAMILIES
from tests.lab.near_misses import NEAR_MISSES
from tests.lab.neighbours import NEIGHBOURS
from tests.lab.node_callers import POOL_SERVERS
from tests.lab.quotations import QUOTATIONS
from tests.lab.scene import wire_of

ALL = {**NEAR_MISSES, **NEIGHBOURS, **COIN_NODES, **QUOTATIONS, **POOL_SERVERS}
# What each dialect might be mistaken for, beside the quotations, which quote them all. An inventory test reads it.
LIKE = {
    "stratum-v1": ("electrum", "electrum-asked-for-mining", "pits", "bitcoin-node-lines", "bitcoin-p2p"),
    "btcagent": ("programs", "metering"),
    "ethproxy": ("node-rpc", "ethereum-node", "pool-and-node", "pool-and-node-like-a-rig", "ethereum-p2p"),
    "cryptonote": (
        "chat",
        "chat-with-agent",
        "racks",
        "builds",
        "artifacts",
        "game",
        "monero-node-lines",
        "monero-p2p",
    ),
    "equihash-stratum": ("zcash-node", "bitcoin-node-lines"),
    "stratum-other": ("alephium-node", "pits", "printers"),
    "ethereumstratum-1": ("pool-features", "ethereum-websocket", "ethereum-subscription"),
    "ethereumstratum-2": ("pool-features", "ethereum-work"),
    "ethash-stratum": ("ethereum-work", "node-rpc"),
    "progpow-stratum": ("ravencoin-node", "ethereum-work"),
    "autolykos-stratum": ("ergo-node", "ergo-http"),
    "octopus-stratum": ("conflux-node", "conflux-lines"),
    "kaspa": ("kaspa-node", "kaspa-websocket"),
    "getwork": ("ethereum-pool-server", "dapp-over-http", "question-about-getwork", "node-rpc-http"),
    "getblocktemplate": (
        "pool-server",
        "template-reader",
        "monero-pool-server",
        "wallet-over-http",
        "explorer-over-http",
        "watching-script",
        "shipped-log",
    ),
}
# What begins between a line and its echo, or between two pastes, is a dialogue until the next line.
ONLY_WHOLE = {"echo", "pastes-of-two"}
CLIENT, SERVER = "198.51.100.20", "203.0.113.80"


def segments(name: str) -> list[tcp.Segment]:
    port, make = ALL[name]
    talk = make(Visit(Endpoint(CLIENT, FIRST_PORT), Endpoint(SERVER, port), START_NS, seed=7))
    return tcp.segments(talk, wire_of(talk))


def views(sent: list[tcp.Segment]) -> Iterator[tuple[str, list[tcp.Segment]]]:
    """All of it, one side of it, and the rest of each from every segment on."""
    sides: dict[str, Callable[[list[tcp.Segment]], list[tcp.Segment]]] = {
        "both": list,
        "client": partial(tcp.one_way, speaker=Speaker.CLIENT),
        "server": partial(tcp.one_way, speaker=Speaker.SERVER),
    }
    for side, take in sides.items():
        for start in range(len(sent)):
            if sent[start].payload or not start:
                yield f"{side}, from {start}", take(tcp.head_cut(sent, start))


def test_no_name_stands_twice() -> None:
    assert len(ALL) == len(NEAR_MISSES) + len(NEIGHBOURS) + len(COIN_NODES) + len(QUOTATIONS) + len(POOL_SERVERS)


@pytest.mark.parametrize("name", ALL)
def test_no_view_of_a_near_miss_is_a_finding(name: str, tmp_path: Path) -> None:
    played = dict(views(segments(name)))
    if name in ONLY_WHOLE:
        played = {view: seen for view, seen in played.items() if not view.startswith("both") or view.endswith(" 0")}
    assert len(played) <= AT_ONCE_MAX
    names: dict[int, str] = {}
    frames: list[Frame] = []
    for number, (view, seen) in enumerate(played.items()):
        client = Endpoint(CLIENT, FIRST_PORT + number)
        names[client.port] = view
        frames += FAMILIES["ethernet"].frames(tcp.packets(said_by(client, seen)))
    path = tmp_path / "near.pcap"
    path.write_bytes(pcap(sorted(frames, key=lambda frame: frame.ts_ns)))
    told = {
        names.get(finding.miner.port, names.get(finding.pool.port)): (finding.grade.value, finding.protocol.dialect)
        for finding in sense(path).revisions
    }
    assert told == {}
