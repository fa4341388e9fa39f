# SPDX-License-Identifier: Apache-2.0
"""The capture of work over HTTP: who mines, who tries, and who only serves those that do."""

from __future__ import annotations

from sensor.model import Endpoint
from tests.lab import cast, dialects
from tests.lab.background import Visit
from tests.lab.cast import START_NS, miner
from tests.lab.dialogue import Ending
from tests.lab.files import pcap
from tests.lab.node_callers import POOL_SERVERS
from tests.lab.scene import Made, Scene
from tests.lab.script import Odds, Reach
from tests.lab.seeded import SECOND

BRIEF = {"seconds": 24, "job_seconds": 8}
EVERY_FATE = Odds(low=0.06, stale=0.06, duplicate=0.06, unanswered=0.03)


def work_over_http() -> Made:
    """Rigs, one refused and one that is never answered, and pools' servers, which are no miners."""
    scene = Scene()
    scene.mine(dialects.getwork_session(cast.getwork(0, hashrate_hs=16e9, odds=EVERY_FATE, **BRIEF)))
    scene.mine(dialects.getwork_session(cast.getwork(1, reach=Reach.JOINED, **BRIEF, ending=Ending.OPEN)))
    scene.mine(dialects.ethash_getwork_session(cast.gpu(2, odds=EVERY_FATE, **BRIEF)))
    scene.mine(
        dialects.getblocktemplate_session(
            cast.getwork(3, hashrate_hs=16e9, odds=EVERY_FATE, **BRIEF, ending=Ending.RST)
        )
    )
    scene.mine(dialects.getwork_session(cast.getwork(4, reach=Reach.REFUSED)))
    scene.mine(dialects.getblocktemplate_session(cast.getwork(5, reach=Reach.ATTEMPTED)))
    for number, (port, maker) in enumerate(POOL_SERVERS.values()):
        server = Endpoint("203.0.113.90", port)
        scene.talk(maker(Visit(miner(60 + number), server, START_NS + number * SECOND, 900 + number)))
    return scene.made(pcap(scene.frames()))
