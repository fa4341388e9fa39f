# SPDX-License-Identifier: GPL-2.0-only
"""DNS lookups (RFC 1035): questions and their answers, over UDP or TCP, with a CNAME where asked for.

GPL-2.0-only because it uses scapy; it is a tool of the tests and no part of what is installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scapy.layers.dns import DNS, DNSQR, DNSRR

from sensor.model import Endpoint
from tests.lab.dialogue import Saying, Speaker, Talk
from tests.lab.ip import Packet, Route, udp_packet
from tests.lab.seeded import MS

ANSWER_AFTER_NS = 18 * MS


@dataclass(frozen=True)
class Lookup:
    """A name asked for, its addresses (none: there is no such name), and the alias between, if any."""

    name: str
    addresses: tuple[str, ...]
    alias: str | None = None
    ttl_seconds: int = 300


def lookup(client: Endpoint, resolver: str, ts_ns: int, asked: Lookup) -> list[Packet]:
    """Question and answer as two packets. The transaction's number is the client's port."""
    server = Endpoint(resolver, 53)
    query, reply = _messages(client.port, asked)
    there = udp_packet(Route(client, server, ident=client.port), query)
    back = udp_packet(Route(server, client, ttl=58, ident=client.port ^ 0x5555), reply)
    return [
        Packet(ts_ns, there, Speaker.CLIENT),
        Packet(ts_ns + ANSWER_AFTER_NS, back, Speaker.SERVER),
    ]


def over_tcp(client: Endpoint, resolver: str, ts_ns: int, asked: Sequence[Lookup]) -> Talk:
    """Questions sent at once over one connection, and their answers (RFC 7766), each behind its length."""
    talk = Talk(client, Endpoint(resolver, 53))
    for number, one in enumerate(asked):
        for speaker, message in zip(Speaker, _messages(number + 1, one), strict=True):
            after = ANSWER_AFTER_NS if speaker is Speaker.SERVER else 0
            talk.say(Saying(ts_ns + after, speaker, len(message).to_bytes(2, "big") + message))
    return talk


def _messages(number: int, asked: Lookup) -> tuple[bytes, bytes]:
    """Question and answer."""
    question = DNSQR(qname=asked.name, qtype="A", qclass="IN")
    query = DNS(id=number, qr=0, rd=1, ad=0, qd=[question])
    code = 0 if asked.addresses else 3
    reply = DNS(id=number, qr=1, rd=1, ra=1, rcode=code, qd=[question], an=_records(asked))
    return bytes(query), bytes(reply)


def _records(asked: Lookup) -> list[DNSRR]:
    owner, records = asked.name, []
    if asked.alias is not None:
        records.append(DNSRR(rrname=owner, type="CNAME", ttl=asked.ttl_seconds, rdata=asked.alias))
        owner = asked.alias
    records += [DNSRR(rrname=owner, type="A", ttl=asked.ttl_seconds, rdata=address) for address in asked.addresses]
    return records
