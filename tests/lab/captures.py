# SPDX-License-Identifier: Apache-2.0
"""The captures in ``pcaps/``: each is made by the function of its entry here, the same bytes in every build.

``CAPTURES`` is the one list; ``manifest`` writes it with checksums as ``pcaps/MANIFEST.toml``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial

from sensor.model import Endpoint, NameKind
from tests.lab import cast, compress, dialects, tcp
from tests.lab.background import KeyShare, Visit, client_hello, get, http, tls
from tests.lab.cast import POOL_6, START_NS, miner, miner_6
from tests.lab.demonstration import demonstration
from tests.lab.dialects.cryptonote import TargetSize
from tests.lab.dialects.stratum_v1 import Extra
from tests.lab.dialogue import Ending, Meaning, Session, Speaker, Talk, Truth, View
from tests.lab.dns import Lookup
from tests.lab.files import Frame, Interface, LinkType, PcapFormat, Section, pcap, pcapng
from tests.lab.ip import Flag
from tests.lab.layers import FAMILIES
from tests.lab.links import SELDOM
from tests.lab.names import LISTED_NAME, LISTED_NAME_TLS, names
from tests.lab.near_misses import NEAR_MISSES
from tests.lab.over_http import work_over_http
from tests.lab.overlays import OVERLAYS
from tests.lab.scene import Glimpse, Made, Scene, losing, wire_of
from tests.lab.script import Odds, Reach, Style
from tests.lab.seeded import MS, SECOND, Seeded

EVERY_FATE = Odds(low=0.06, stale=0.06, duplicate=0.06, unanswered=0.03)
# Three jobs, a few shares.
BRIEF = {"seconds": 24, "job_seconds": 8}
EVERY_EXTRA = frozenset(Extra)
# Stands on no shipped list: a test that wants the sighting adds it to one.
LISTED_ADDRESS = Endpoint("203.0.113.77", 3333)


# ---------------------------------------------------------------- dialects


def dialect_stratum_v1() -> Made:
    scene = Scene()
    vardiff = ((0, 65_536.0), (60, 131_072.0), (150, 524_288.0))
    everything = cast.asic(0, seconds=300, odds=EVERY_FATE, difficulties=vardiff)
    scene.mine(dialects.stratum_v1_session(everything, EVERY_EXTRA))
    spaced = cast.asic(1, style=Style.PARAMS_FIRST, agent="cgminer/4.12.0", odds=EVERY_FATE, ending=Ending.RST)
    scene.mine(dialects.stratum_v1_session(spaced, frozenset()))
    logins = tuple(f"farm.a{row}x{place}" for row in range(2) for place in range(4))
    several = cast.asic(2, logins=logins, hashrate_hs=400e12, style=Style.SPACED, ending=Ending.OPEN)
    scene.mine(dialects.stratum_v1_session(several))
    tiny = cast.asic(3, difficulties=((0, 0.002),), hashrate_hs=900e3, agent="NerdMinerV2", ending=Ending.OPEN)
    scene.mine(dialects.stratum_v1_session(tiny, frozenset({Extra.SUGGEST})))
    scene.mine(dialects.stratum_v1_session(cast.asic(4, reach=Reach.JOINED)))
    return scene.made(pcap(scene.frames()))


def dialect_btcagent() -> Made:
    scene = Scene()
    vardiff = ((0, 65_536.0), (60, 131_072.0))
    scene.mine(dialects.btcagent_session(cast.agent(0, seconds=180, odds=EVERY_FATE, difficulties=vardiff)))
    scene.mine(dialects.btcagent_session(cast.agent(1, rigs=5, ending=Ending.OPEN)))
    scene.mine(dialects.btcagent_session(cast.agent(2, rigs=2, reach=Reach.JOINED)))
    return scene.made(pcap(scene.frames()))


def dialect_ethproxy() -> Made:
    scene = Scene()
    scene.mine(dialects.ethproxy_session(cast.gpu(0, seconds=240, odds=EVERY_FATE)))
    scene.mine(dialects.ethproxy_session(cast.gpu(1, style=Style.PARAMS_FIRST, ending=Ending.RST)))
    scene.mine(dialects.ethproxy_session(cast.gpu(2, miner=miner_6(2), pool=POOL_6, ending=Ending.OPEN)))
    scene.mine(dialects.ethproxy_session(cast.gpu(3, reach=Reach.JOINED)))
    return scene.made(pcap(scene.frames()))


def dialect_cryptonote() -> Made:
    scene = Scene()
    scene.mine(dialects.cryptonote_session(cast.cpu(0, seconds=300, odds=EVERY_FATE)))
    big = cast.cpu(1, hashrate_hs=2e9, difficulties=((0, 2e10),), agent="xmrig-proxy/6.22.0")
    scene.mine(dialects.cryptonote_session(big, TargetSize.LONG))
    slow = cast.cpu(2, hashrate_hs=200.0, difficulties=((0, 30_000.0),), seconds=600, ending=Ending.OPEN)
    scene.mine(dialects.cryptonote_session(slow))
    scene.mine(dialects.cryptonote_session(cast.cpu(3, reach=Reach.JOINED, ending=Ending.RST)))
    return scene.made(pcap(scene.frames()))


def dialect_equihash() -> Made:
    scene = Scene()
    vardiff = ((0, 4096.0), (60, 16_384.0))
    scene.mine(dialects.equihash_session(cast.equihash(0, seconds=180, difficulties=vardiff, odds=EVERY_FATE)))
    scene.mine(dialects.equihash_session(cast.equihash(1, style=Style.SPACED, seconds=60, ending=Ending.OPEN)))
    scene.mine(dialects.equihash_session(cast.equihash(2, reach=Reach.JOINED)))
    return scene.made(pcap(scene.frames()))


def dialect_relatives() -> Made:
    scene = Scene()
    scene.mine(dialects.ethereumstratum_1_session(cast.nicehash(0, odds=EVERY_FATE, **BRIEF)))
    scene.mine(dialects.ethereumstratum_2_session(cast.ethash(1, odds=EVERY_FATE, **BRIEF, style=Style.SPACED)))
    scene.mine(dialects.ethash_stratum_session(cast.ethash(2, odds=EVERY_FATE, **BRIEF)))
    scene.mine(dialects.kawpow_session(cast.kawpow(3, odds=EVERY_FATE, **BRIEF)))
    scene.mine(dialects.autolykos_session(cast.ergo(4, odds=EVERY_FATE, **BRIEF)))
    scene.mine(dialects.autolykos_factor_session(cast.ergo(5, odds=EVERY_FATE, **BRIEF, ending=Ending.RST)))
    scene.mine(dialects.octopus_session(cast.conflux(6, odds=EVERY_FATE, **BRIEF)))
    scene.mine(dialects.kaspa_session(cast.kaspa(7, odds=EVERY_FATE, **BRIEF, style=Style.PARAMS_FIRST)))
    scene.mine(dialects.kawpow_session(cast.kawpow(8, reach=Reach.JOINED, **BRIEF, ending=Ending.OPEN)))
    scene.mine(dialects.octopus_session(cast.conflux(9, reach=Reach.JOINED, **BRIEF)))
    return scene.made(pcap(scene.frames()))


def dialect_stratum_other() -> Made:
    scene = Scene()
    scene.mine(dialects.nervos_session(cast.nervos(0, odds=EVERY_FATE, **BRIEF)))
    scene.mine(dialects.nervos_session(cast.nervos(1, reach=Reach.JOINED, **BRIEF, ending=Ending.OPEN)))
    return scene.made(pcap(scene.frames()))


def developer_fee() -> Made:
    """One machine for forty minutes, of which its program takes a minute and a half for its author: another connection,
    to another pool, in another name.
    """
    scene = Scene()
    own = cast.cpu(0, seconds=2_400, difficulties=((0, 320_000.0),), job_seconds=120, ending=Ending.OPEN)
    scene.mine(dialects.cryptonote_session(own))
    author = cast.cpu(
        1,
        miner=replace_port(own.miner, 50_901),
        pool=Endpoint("203.0.113.66", 3333),
        start_ns=own.start_ns + 2_000 * SECOND,
        seconds=90,
    )
    scene.mine(dialects.cryptonote_session(author))
    return scene.made(pcap(scene.frames()))


def _one_of_each() -> Iterator[Session]:
    yield dialects.stratum_v1_session(cast.asic(0))
    yield dialects.ethproxy_session(cast.gpu(1))
    yield dialects.cryptonote_session(cast.cpu(2))
    yield dialects.equihash_session(cast.equihash(3))
    yield dialects.kawpow_session(cast.kawpow(4))
    yield dialects.kaspa_session(cast.kaspa(5))


# ---------------------------------------------------------------- what is not seen


def mid_stream() -> Made:
    """The tap starts in the middle.

    The last session starts within a message: its second half is the first payload.
    """
    scene = Scene()
    for session in _one_of_each():
        # Just before a job, so that no request is waiting for its answer.
        job_ns = _job_times(session)[1]
        change = partial(tcp.since, ts_ns=job_ns - 1)
        scene.mine(session, change, View(since_ns=job_ns))
    scene.mine(*_from_within_a_job(dialects.stratum_v1_session(cast.asic(6))))
    return scene.made(pcap(scene.frames()))


def _from_within_a_job(
    session: Session,
) -> tuple[Session, Callable[[list[tcp.Segment]], list[tcp.Segment]], View]:
    job_ns = _job_times(session)[1]

    def change(sent: list[tcp.Segment]) -> list[tcp.Segment]:
        before = b"".join(s.payload for s in sent if s.speaker is Speaker.SERVER and s.ts_ns < job_ns)
        pieces = tcp.cut_at(sent, Speaker.SERVER, len(before) + 200)
        first = next(i for i, s in enumerate(pieces) if s.ts_ns == job_ns and s.speaker is Speaker.SERVER)
        return tcp.head_cut(pieces, first + 1)

    return session, change, View(since_ns=job_ns + 1)


def _job_times(session: Session) -> list[int]:
    return [saying.ts_ns for saying in session.dialogue.sayings() if Meaning.JOB in saying.note.meanings]


def one_way(speaker: Speaker) -> Made:
    scene = Scene()
    for session in _one_of_each():
        scene.mine(session, partial(tcp.one_way, speaker=speaker), View(frozenset({speaker})))
    return scene.made(pcap(scene.frames()))


def snap_length() -> Made:
    """Frames cut at 256 bytes: shares and answers fit, jobs do not."""
    scene = Scene()
    scene.mine(dialects.stratum_v1_session(cast.asic(0)))
    scene.truths[0] = replace(scene.truths[0], jobs=0)
    return replace(scene.made(pcap(scene.frames(), PcapFormat(snaplen=256))), whole=())


# ---------------------------------------------------------------- how it is carried


def _short(number: int, *, ipv6: bool) -> Session:
    ends = {"miner": miner_6(number), "pool": POOL_6} if ipv6 else {}
    return dialects.stratum_v1_session(cast.asic(number, seconds=60, job_seconds=20, hashrate_hs=250e12, **ends))


def tunnels() -> Made:
    scene = Scene()
    for number, family in enumerate(FAMILIES.values()):
        # Those over other networks are as many again; a test carries sessions in them without storing it.
        if family.linktype is LinkType.ETHERNET and family not in OVERLAYS:
            scene.mine(_short(number, ipv6=family.ipv6), family=family)
    return scene.made(pcap(scene.frames()))


def link_types() -> Made:
    """One interface a link type; the last one's is unknown to every reader, its frames are to be counted."""
    # tshark reads nothing of a file in which one link type is that of a distributed switch.
    unreadable = (LinkType.ETHERNET, LinkType.DSA_TAG_EDSA)
    families = [one for one in FAMILIES.values() if one.linktype not in unreadable and one not in SELDOM]
    truths: list[Truth] = []
    whole: list[Talk] = []
    frames: list[Frame] = []
    for number, family in enumerate(families):
        session = _short(number, ipv6=family.ipv6).tunnelled(family.tunnel)
        sent = tcp.segments(session.dialogue, wire_of(session.dialogue))
        frames += family.frames(tcp.packets(sent), number)
        truths.append(session.truth())
        whole.append(session.dialogue)
    interfaces = [Interface(family.linktype, name=family.name) for family in families]
    interfaces.append(Interface(LinkType.USER0, name="unknown"))
    frames += [Frame(START_NS + second * SECOND, bytes(64), interface=len(families)) for second in range(5)]
    frames.sort(key=lambda frame: frame.ts_ns)
    return Made(pcapng([Section(interfaces, frames)]), tuple(truths), whole=tuple(whole))


def network_faults() -> Made:
    """Each session meets one fault. Who keeps the bytes that came first loses only what never came."""
    scene = Scene()
    lost_job = dialects.stratum_v1_session(cast.asic(0))
    scene.mine(lost_job, *losing(lost_job, Meaning.JOB, 2))
    lost_answer = dialects.stratum_v1_session(cast.asic(1))
    scene.mine(lost_answer, *losing(lost_answer, Meaning.ACCEPTED, 1))
    faults: list[Callable[[list[tcp.Segment]], list[tcp.Segment]]] = [
        _swap_halves_of_a_job,
        lambda sent: tcp.duplicate(sent, tcp.data_indexes(sent, Speaker.CLIENT)[4]),
        lambda sent: tcp.retransmit(sent, tcp.data_indexes(sent, Speaker.CLIENT)[3]),
        lambda sent: tcp.overwrite(sent, tcp.data_indexes(sent, Speaker.SERVER)[5]),
        lambda sent: tcp.overlap(sent, tcp.data_indexes(sent, Speaker.CLIENT)[4], shift=30),
        _probe_in_a_pause,
        lambda sent: tcp.sequence_wrap(sent, Speaker.SERVER, 1_000),
        lambda sent: tcp.sequence_wrap(sent, Speaker.CLIENT, 300),
        lambda sent: _cut_often(sent, 40),
    ]
    for number, fault in enumerate(faults, start=2):
        scene.mine(dialects.stratum_v1_session(cast.asic(number)), fault)
    scene.mine(dialects.stratum_v1_session(cast.asic(20, ending=Ending.OPEN)))
    again = cast.asic(20, start_ns=START_NS + 400 * SECOND, seed=77, logins=("account.again",))
    scene.mine(dialects.stratum_v1_session(again))
    return scene.made(pcap(scene.frames()))


def _swap_halves_of_a_job(sent: list[tcp.Segment]) -> list[tcp.Segment]:
    jobs = [index for index in tcp.data_indexes(sent, Speaker.SERVER) if len(sent[index].payload) > 900]
    offset = sum(len(s.payload) for s in sent[: jobs[1]] if s.speaker is Speaker.SERVER)
    return tcp.reorder(tcp.cut_at(sent, Speaker.SERVER, offset + 500), jobs[1])


def _probe_in_a_pause(sent: list[tcp.Segment]) -> list[tcp.Segment]:
    pause = 12 * SECOND
    pairs = zip(tcp.data_indexes(sent, Speaker.CLIENT), tcp.data_indexes(sent, Speaker.CLIENT)[1:], strict=False)
    quiet = next(index for index, following in pairs if sent[following].ts_ns - sent[index].ts_ns > pause)
    return tcp.keepalives(sent, quiet)


def _cut_often(sent: list[tcp.Segment], step: int) -> list[tcp.Segment]:
    for offset in range(step, 1_000, step):
        sent = tcp.cut_at(sent, Speaker.CLIENT, offset)
    return sent


def clock_steps_back() -> Made:
    """The tap's clock is set back by two seconds in the middle: the file is not in the order of its times."""
    session = dialects.stratum_v1_session(cast.asic(0))
    sent = tcp.segments(session.dialogue, wire_of(session.dialogue))
    family = FAMILIES["ethernet"]
    moved = tcp.time_backwards(sent, len(sent) // 2)
    return Made(pcap(family.frames(tcp.packets(moved))), (session.truth(),))


# ---------------------------------------------------------------- file formats


def _format_scene() -> Scene:
    """The one session that all files of this part hold, each in its own format."""
    scene = Scene()
    scene.mine(dialects.stratum_v1_session(cast.asic(0, seconds=60)))
    return scene


def classic(form: PcapFormat) -> Made:
    scene = _format_scene()
    return scene.made(pcap(scene.frames(), form))


def sections() -> Made:
    """Two sections, one in each byte order, five interfaces with clocks of their own, one session."""
    scene = _format_scene()
    frames = scene.frames()
    half = len(frames) // 2
    clocks = (None, 9, 0x80 | 20)
    first = Section(
        [Interface(name=f"tap{n}", resolution=clock) for n, clock in enumerate(clocks)],
        [replace(frame, interface=n % 3) for n, frame in enumerate(frames[:half])],
    )
    offset = START_NS // SECOND - 1_000
    second = Section(
        [
            Interface(name="tap3", offset_seconds=offset),
            Interface(name="tap4", resolution=9, offset_seconds=offset),
        ],
        [replace(frame, interface=n % 2) for n, frame in enumerate(frames[half:])],
        order=">",
    )
    return scene.made(pcapng([first, second]))


def gzipped() -> Made:
    """Two members one after the other, as joined files are."""
    made = classic(PcapFormat())
    half = len(made.data) // 2
    return replace(made, data=compress.gz(made.data[:half]) + compress.gz(made.data[half:]))


def zstandard() -> Made:
    made = classic(PcapFormat())
    return replace(made, data=compress.zst(made.data))


# ---------------------------------------------------------------- no findings


def near_misses() -> Made:
    scene = Scene()
    for number, (port, maker) in enumerate(NEAR_MISSES.values()):
        server = Endpoint(f"203.0.113.{100 + number}", port)
        scene.talk(maker(Visit(miner(number), server, START_NS + number * SECOND, 500 + number)))
    return scene.made(pcap(scene.frames()))


def sightings() -> Made:
    """Names, an endpoint, logins that were never answered or were refused: nothing of it is a finding."""
    scene = Scene()
    client = miner(0)
    scene.look_up_pool(
        client, START_NS, Lookup(LISTED_NAME, ("203.0.113.20", "203.0.113.21"), alias="xmr.pool.example")
    )
    learned = Endpoint("203.0.113.20", 443)
    scene.talk(tls(Visit(replace_port(client, 50_100), learned, START_NS + 5 * SECOND, 1), "cdn.example.net"))
    scene.glimpses.append(Glimpse(NameKind.LEARNED, replace_port(client, 50_100), learned, LISTED_NAME))
    secured = Endpoint("203.0.113.30", 443)
    scene.talk(tls(Visit(miner(1), secured, START_NS + 9 * SECOND, 2), LISTED_NAME_TLS))
    scene.glimpses.append(Glimpse(NameKind.SNI, miner(1), secured, LISTED_NAME_TLS))
    scene.talk(tls(Visit(miner(2), LISTED_ADDRESS, START_NS + 12 * SECOND, 3), "unlisted.example.net"))
    scene.glimpses.append(Glimpse(NameKind.ADDRESS, miner(2), LISTED_ADDRESS, ""))
    for number in range(3, 8):
        # One rig that tries again and again from new ports: one sighting with a count.
        tries = cast.asic(
            number, miner=replace_port(miner(3), 51_000 + number), reach=Reach.ATTEMPTED, ending=Ending.RST
        )
        scene.mine(dialects.stratum_v1_session(tries))
    scene.mine(dialects.stratum_v1_session(cast.asic(8, reach=Reach.REFUSED)))
    scene.mine(dialects.ethproxy_session(cast.gpu(9, reach=Reach.REFUSED)))
    scene.mine(dialects.cryptonote_session(cast.cpu(10, reach=Reach.REFUSED)))
    scene.mine(dialects.cryptonote_session(cast.cpu(11, reach=Reach.ATTEMPTED)))
    scene.mine(dialects.equihash_session(cast.equihash(12, reach=Reach.REFUSED)))
    _knock(scene, miner(13), LISTED_ADDRESS)
    long_hello = Visit(miner(14), secured, START_NS + 15 * SECOND, 4)
    scene.talk(tls(long_hello, LISTED_NAME_TLS, key_share=KeyShare.HYBRID))
    cut_hello = Visit(miner(15), secured, START_NS + 16 * SECOND, 5)
    within_the_name = client_hello(LISTED_NAME_TLS, Seeded(5)).index(LISTED_NAME_TLS.encode()) + 4
    cut = partial(tcp.cut_at, speaker=Speaker.CLIENT, offset=within_the_name)
    scene.talk(tls(cut_hello, LISTED_NAME_TLS), cut)
    for visit in (long_hello, cut_hello):
        scene.glimpses.append(Glimpse(NameKind.SNI, visit.client, secured, LISTED_NAME_TLS))
    plain = Visit(miner(16), Endpoint("203.0.113.31", 3333), START_NS + 17 * SECOND, 6)
    scene.talk(http(plain, get(f"{LISTED_NAME_TLS}:3333"), b"mining server online\n", "text/plain"))
    scene.glimpses.append(Glimpse(NameKind.HTTP_HOST, plain.client, plain.server, LISTED_NAME_TLS))
    return scene.made(pcap(scene.frames()))


def _knock(scene: Scene, client: Endpoint, server: Endpoint) -> None:
    """A SYN that nobody answers, three times."""
    for number in range(3):
        ts_ns = START_NS + 30 * SECOND + (1 << number) * 500 * MS
        scene.add(tcp.packets([tcp.Segment(ts_ns, Speaker.CLIENT, client, server, 1_000, 0, Flag.SYN, ident=number)]))


def replace_port(end: Endpoint, port: int) -> Endpoint:
    return Endpoint(end.ip, port)


# ---------------------------------------------------------------- the list


@dataclass(frozen=True)
class Capture:
    """One file of ``pcaps/``: its name, what it shows, and how to make it."""

    name: str
    shows: str
    make: Callable[[], Made]

    def build(self) -> bytes:
        """The file's bytes, made anew."""
        return self.make().data

    @cached_property
    def made(self) -> Made:
        return self.make()

    @property
    def truths(self) -> list[Truth]:
        """What is true of each mining session in the file, sightings (grade D) among them."""
        return list(self.made.truths)

    @property
    def glimpses(self) -> list[Glimpse]:
        """The listed names and endpoints in the file."""
        return list(self.made.glimpses)


CAPTURES: dict[str, Capture] = {
    capture.name: capture
    for capture in (
        Capture("demo.pcap", "an office, a farm behind one address, a household, a hosted rack", demonstration),
        Capture(
            "stratum-v1.pcap",
            "Bitcoin's dialect: vardiff, every fate of a share, several workers",
            dialect_stratum_v1,
        ),
        Capture(
            "btcagent.pcap",
            "BTCAgent: farms on one connection each, difficulties raised, every fate of a share",
            dialect_btcagent,
        ),
        Capture(
            "ethproxy.pcap",
            "ETHPROXY: both orders of keys, jobs that look like answers, IPv6",
            dialect_ethproxy,
        ),
        Capture("cryptonote.pcap", "CryptoNote: targets of 4 and 8 bytes, keep-alives", dialect_cryptonote),
        Capture("equihash.pcap", "Zcash's dialect: targets, submits longer than a segment", dialect_equihash),
        Capture("developer-fee.pcap", "one machine, a slice of whose time is its program's author's", developer_fee),
        Capture("relatives.pcap", "each relative of Bitcoin's stratum, and their differences", dialect_relatives),
        Capture("stratum-other.pcap", "Nervos: jobs of a shape that no decoder knows", dialect_stratum_other),
        Capture("over-http.pcap", "work over HTTP, by miners and by pools' servers", work_over_http),
        Capture("mid-stream.pcap", "each dialect from its middle, one from within a message", mid_stream),
        Capture(
            "one-way-miner.pcap",
            "each dialect, only what the miner sends",
            partial(one_way, Speaker.CLIENT),
        ),
        Capture("one-way-pool.pcap", "each dialect, only what the pool sends", partial(one_way, Speaker.SERVER)),
        Capture("snap-length.pcap", "frames cut at 256 bytes: jobs are gaps of known size", snap_length),
        Capture("tunnels.pcap", "one session in each tunnel, tag, option and fragment", tunnels),
        Capture(
            "link-types.pcapng",
            "serial, wireless, cooked, loopback and raw links, NFLOG, a router's own, and an unknown one",
            link_types,
        ),
        Capture("network-faults.pcap", "loss, reorder, overlap, keep-alives, wrap, port reuse", network_faults),
        Capture("clock-steps-back.pcap", "times that go backwards", clock_steps_back),
        Capture("format-be-us.pcap", "big-endian, microseconds", partial(classic, PcapFormat(order=">"))),
        Capture("format-le-ns.pcap", "little-endian, nanoseconds", partial(classic, PcapFormat(nanoseconds=True))),
        Capture(
            "format-be-ns.pcap",
            "big-endian, nanoseconds",
            partial(classic, PcapFormat(order=">", nanoseconds=True)),
        ),
        Capture("format-sections.pcapng", "two sections, both byte orders, five clocks", sections),
        Capture("format.pcap.gz", "gzip, two members", gzipped),
        Capture("format.pcap.zst", "Zstandard", zstandard),
        Capture("near-misses.pcap", "conversations that only look like mining", near_misses),
        Capture("sightings.pcap", "names, an endpoint, attempts, refusals: no finding", sightings),
        Capture(
            "names.pcap", "names where they are hard to see: DNS over TCP, requests to proxies, certificates", names
        ),
    )
}
