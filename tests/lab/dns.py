# SPDX-License-Identifier: GPL-2.0-only
"""DNS lookups over UDP (RFC 1035): a question and its answer, with a CNAME where asked for.

GPL-2.0-only because it uses scapy; it is a tool of the tests and no part of what is installed.
"""

from __future__ import annotations

from dataclasses import dataclass

from scapy.layers.dns import DNS, DNSQR, DNSRR

from sensor.model import Endpoint
from tests.lab.dialogue import Speaker
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
    question = DNSQR(qname=asked.name, qtype="A", qclass="IN")
    query = DNS(id=client.port, qr=0, rd=1, ad=0, qd=[question])
    code = 0 if asked.addresses else 3
    records = _records(asked)
    reply = DNS(id=client.port, qr=1, rd=1, ra=1, rcode=code, qd=[question], an=records)
    there = udp_packet(Route(client, server, ident=client.port), bytes(query))
    back = udp_packet(Route(server, client, ttl=58, ident=client.port ^ 0x5555), bytes(reply))
    return [
        Packet(ts_ns, there, Speaker.CLIENT),
        Packet(ts_ns + ANSWER_AFTER_NS, back, Speaker.SERVER),
    ]


def _records(asked: Lookup) -> list[DNSRR]:
    owner, records = asked.name, []
    if asked.alias is not None:
        records.append(DNSRR(rrname=owner, type="CNAME", ttl=asked.ttl_seconds, rdata=asked.alias))
        owner = asked.alias
    records += [DNSRR(rrname=owner, type="A", ttl=asked.ttl_seconds, rdata=address) for address in asked.addresses]
    return records
