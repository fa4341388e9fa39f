from __future__ import annotations

import msgspec
from msgspec import UNSET

from sensor.detect.listing import Listing
from sensor.detect.sightings import REASONS_PER_ROW_MAX, Sightings
from sensor.finding import ProxiedBy, TlsFacts
from sensor.model import Endpoint, TlsSeen
from sensor.pipeline import Pipeline, PipelineSettings
from tests.scripted import MINER, POOL, ScriptedDialogue, SmallCatalogue, closed, name_seen, opened, said


def table(rows_max: int = 10) -> Sightings:
    return Sightings("scan", Listing(SmallCatalogue()), rows_max)


def test_rows_are_told_in_the_order_of_their_first_time() -> None:
    sightings = table()
    for number in (3, 1, 2):
        sightings.name(name_seen("dns", name=f"p{number}.example", at=number))
    assert [row.pool.host for row in sightings.flush()] == ["p1.example", "p2.example", "p3.example"]
    assert len(sightings) == 0


def test_a_row_spans_first_and_last_time_whatever_the_order() -> None:
    sightings = table()
    for at in (5, 9, 7):
        sightings.name(name_seen("dns", at=at))
    (row,) = sightings.flush()
    assert (row.first_seen[17:19], row.last_seen[17:19], row.count) == ("05", "09", 3)


def test_a_dns_row_names_the_miner_and_not_the_resolver() -> None:
    sightings = table()
    sightings.name(name_seen("dns"))
    (row,) = sightings.flush()
    assert row.miner.ip == MINER.ip
    assert (row.pool.host, row.pool.name, row.pool.coin) == ("pool.example", "Example Pool", "XMR")
    assert row.reasons[0].params["addresses"] == "203.0.113.5"  # type: ignore[index]


def test_each_row_has_an_id_of_its_own() -> None:
    sightings = table()
    for kind in ("dns", "sni", "http_host", "address", "learned", "proxied", "certificate"):
        sightings.name(name_seen(kind))
    rows = sightings.flush()
    assert len({row.sighting_id for row in rows}) == 7
    assert [row.protocol.encrypted for row in rows] == [row.what in ("sni", "certificate") for row in rows]


def test_of_a_proxied_row_the_target_is_what_was_asked_for_and_the_proxy_stands_apart() -> None:
    sightings = table()
    by_name = name_seen("proxied")
    sightings.name(by_name)
    sightings.name(msgspec.structs.replace(by_name, name="", addresses=("203.0.113.99",)))
    addressed, named = sightings.flush()
    assert (named.pool.ip, named.pool.port, named.pool.host) == (UNSET, 3333, "pool.example")
    assert (addressed.pool.ip, addressed.pool.port, addressed.pool.host) == ("203.0.113.99", 3333, UNSET)
    assert [row.protocol.proxied_by for row in (named, addressed)] == [ProxiedBy("socks5", POOL.ip, POOL.port)] * 2
    assert named.reasons[0].params["port"] == 3333  # type: ignore[index]


def test_a_row_keeps_the_first_fingerprint_and_the_first_certificate() -> None:
    sightings = table()
    met = name_seen("sni")
    sightings.name(met)
    shown = TlsSeen(met.ts_ns, met.realm, met.kind, met.client, met.server, met.name, "", ())
    for ja4, names in (("t13d", ()), ("", ("a.example",)), ("t12i", ()), ("", ("b.example",))):
        sightings.tls(msgspec.structs.replace(shown, ja4=ja4, certificate_names=names))
    sightings.tls(msgspec.structs.replace(shown, name="other.example", ja4="t10i"))
    (row,) = sightings.flush()
    assert row.protocol.tls == TlsFacts("t13d", ("a.example",))


def test_the_handshake_in_a_tunnel_stands_in_the_row_of_what_the_proxy_was_asked_for() -> None:
    sightings = table()
    met = msgspec.structs.replace(name_seen("proxied"), name="", addresses=("203.0.113.99",))
    sightings.name(met)
    shown = TlsSeen(met.ts_ns, met.realm, met.kind, met.client, Endpoint("203.0.113.99", 3333), "", "t13d", ())
    sightings.tls(shown)
    sightings.tls(msgspec.structs.replace(shown, server=met.server, ja4="t10i"))
    (row,) = sightings.flush()
    assert row.protocol.tls == TlsFacts("t13d", UNSET)


def test_an_attempt_keeps_few_reasons() -> None:
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    pipeline.feed([opened(), said("C subscribe login:a", at=1), said("S no job", at=2), closed(at=3)])
    (row,) = pipeline.finish(0).sightings
    assert len(row.reasons) == REASONS_PER_ROW_MAX
