//! Listed names and endpoints are reported where they are met, once, with the flow they were met in.

use crate::common::{self, Bench, LOGIN, MINER, Tcp, answer, text, udp};
use minesensor_fastpath::layers::flags::{ACK, SYN};
use minesensor_fastpath::observation::{NameKind, Need, Observation};
use minesensor_fastpath::side::Side;
use proptest::prelude::*;

const RESOLVER: [u8; 4] = [192, 0, 2, 53];
const LISTED: [u8; 4] = [198, 51, 100, 99];

/// A ClientHello with one server name and a padding extension of `padding` bytes before it.
fn hello(name: &str, padding: u16) -> Vec<u8> {
    let len16 = |len: usize| u16::try_from(len).expect("a short field").to_be_bytes();
    let mut extensions = vec![0, 21];
    extensions.extend(padding.to_be_bytes());
    extensions.resize(4 + usize::from(padding), 0);
    extensions.extend([0, 0]);
    extensions.extend(len16(name.len() + 5));
    extensions.extend(len16(name.len() + 3));
    extensions.push(0);
    extensions.extend(len16(name.len()));
    extensions.extend(name.as_bytes());
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend([0, 0, 2, 0x13, 1, 1, 0]);
    body.extend(len16(extensions.len()));
    body.extend(extensions);
    let mut message = vec![1, 0];
    message.extend(len16(body.len()));
    message.extend(body);
    let mut record = vec![22, 3, 1];
    record.extend(len16(message.len()));
    record.extend(message);
    record
}

#[test]
fn segments_of_a_hello_in_any_order_give_its_name_once() {
    let hello = hello("eu.POOL.example", 1200);
    let parts: Vec<(u32, &[u8])> = hello.chunks(450).zip((100..).step_by(450)).map(|(part, seq)| (seq, part)).collect();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (mut bench, to) = (Bench::new(&[]), ([203, 0, 113, 1], 443));
        bench.packet(&Tcp { to, ..Tcp::miner(99, 0, SYN) }.with(b""));
        for place in order {
            let (seq, part) = parts[place];
            bench.packet(&Tcp { to, ..Tcp::miner(seq, 500, ACK) }.with(part));
        }
        assert_eq!(bench.names(), [(NameKind::Sni, 7)], "{order:?}");
    }
}

fn connect(bench: &mut Bench, server: [u8; 4], payloads: &[&[u8]]) {
    let to = (server, 443);
    bench.packet(&Tcp { to, ..Tcp::miner(99, 0, SYN) }.with(b""));
    let mut seq = 100;
    for payload in payloads {
        bench.packet(&Tcp { to, ..Tcp::miner(seq, 500, ACK) }.with(payload));
        seq += u32::try_from(payload.len()).expect("a small payload");
    }
}

#[test]
fn a_server_name_is_found_however_the_hello_is_cut() {
    let hello = hello("eu.POOL.example", 1200);
    // A first segment shorter than a record header does not show that it is TLS.
    for cut in 6..hello.len() {
        let mut bench = Bench::new(&[]);
        connect(&mut bench, [203, 0, 113, 1], &[&hello[..cut], &hello[cut..]]);
        assert_eq!(bench.names(), [(NameKind::Sni, 7)], "cut at {cut}");
    }
}

#[test]
fn an_unlisted_server_name_is_not_reported() {
    let mut bench = Bench::new(&[]);
    connect(&mut bench, [203, 0, 113, 1], &[&hello("notpool.example", 16)]);
    assert_eq!(bench.names(), []);
    assert_eq!(bench.counter("client_hellos"), 1);
}

#[test]
fn an_http_host_is_reported() {
    let mut bench = Bench::new(&[]);
    connect(&mut bench, [203, 0, 113, 1], &[b"GET / HTTP/1.1\r\nHost: www.pool.example:80\r\n\r\n"]);
    assert_eq!(bench.names(), [(NameKind::HttpHost, 7)]);
}

#[test]
fn an_answer_for_a_listed_name_is_reported_and_its_address_remembered() {
    let mut bench = Bench::new(&[]);
    bench.packet(&udp((RESOLVER, 53), (MINER, 5353), &answer("eu.pool.example", common::POOL, 60)));
    assert_eq!(bench.names(), [(NameKind::Dns, 7)]);
    bench.now_ns += 5 * 3600 * common::SECOND;
    connect(&mut bench, common::POOL, &[b"\x17\x03\x03\x00\x01x"]);
    assert_eq!(bench.names(), [(NameKind::Dns, 7), (NameKind::Learned, 7)]);
    let age = bench.seen.iter().find_map(|seen| match seen {
        Observation::Name(name) if name.kind == NameKind::Learned => Some(name.age_ns),
        _ => None,
    });
    assert!(age.is_some_and(|age| age >= 5 * 3600 * common::SECOND));
    bench.now_ns += 2 * 3600 * common::SECOND;
    let mut later = Tcp { from: (MINER, 50_000), to: (common::POOL, 443), ..Tcp::miner(99, 0, SYN) };
    bench.packet(&later.with(b""));
    (later.seq, later.flags) = (100, ACK);
    bench.packet(&later.with(b"x"));
    assert_eq!(bench.names().len(), 2, "six hours are over");
}

/// A connection to the resolver, and what it sends, each with its place behind the first byte.
fn ask_over_tcp(bench: &mut Bench, parts: &[(u32, &[u8])]) {
    let resolver = |seq, flags| Tcp { from: (RESOLVER, 53), to: (MINER, 5353), seq, ack: 130, flags };
    let client = |seq, flags| Tcp { from: (MINER, 5353), to: (RESOLVER, 53), seq, ack: 500, flags };
    bench.packet(&client(99, SYN).with(b""));
    bench.packet(&resolver(499, SYN | ACK).with(b""));
    bench.packet(&client(100, ACK).with(b"\0\x1c\0\x01\x01\0\0\x01\0\0\0\0\0\0\x04pool\x07example\0\0\x01\0\x01"));
    for &(at, part) in parts {
        bench.packet(&resolver(500 + at, ACK).with(part));
    }
}

fn behind_its_length(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).expect("a short message").to_be_bytes();
    [length.as_slice(), message].concat()
}

#[test]
fn an_answer_over_tcp_is_read_however_its_segments_come() {
    let other = behind_its_length(&answer("www.example.net", [203, 0, 113, 9], 60));
    let listed = behind_its_length(&answer("eu.pool.example", common::POOL, 60));
    let stream = [other, listed].concat();
    let (cut, again) = (stream.len() / 2, stream.len() / 3);
    let at = |place: usize| (u32::try_from(place).expect("a short stream"), &stream[place..]);
    let (head, tail) = ((0, &stream[..cut]), at(cut));
    for parts in [vec![at(0)], vec![head, tail], vec![tail, head], vec![head, at(again), head]] {
        let mut bench = Bench::new(&[]);
        ask_over_tcp(&mut bench, &parts);
        assert_eq!(bench.names(), [(NameKind::Dns, 7)]);
        assert_eq!(bench.counter("dns_answers"), 2);
        let told = bench.seen.iter().find_map(|seen| match seen {
            Observation::Name(name) => Some((name.transport, name.client.port, name.server.port)),
            _ => None,
        });
        assert_eq!(told, Some((6, 5353, 53)));
        connect(&mut bench, common::POOL, &[b"\x17\x03\x03\x00\x01x"]);
        assert_eq!(bench.names(), [(NameKind::Dns, 7), (NameKind::Learned, 7)]);
    }
}

#[test]
fn what_a_client_sends_to_a_resolver_is_no_answer() {
    let listed = behind_its_length(&answer("eu.pool.example", common::POOL, 60));
    let mut bench = Bench::new(&[]);
    let to = (RESOLVER, 53);
    bench.packet(&Tcp { to, ..Tcp::miner(99, 0, SYN) }.with(b""));
    bench.packet(&Tcp { to, ..Tcp::miner(100, 500, ACK) }.with(&listed));
    assert_eq!((bench.names().len(), bench.counter("dns_answers")), (0, 0));
}

#[test]
fn more_connections_to_resolvers_than_places_lose_cut_answers_only() {
    let listed = behind_its_length(&answer("eu.pool.example", common::POOL, 60));
    let mut bench = Bench::new(&[]);
    let part = |bench: &mut Bench, port: u16, seq: u32, part: &[u8]| {
        bench.packet(&Tcp { from: (RESOLVER, 53), to: (MINER, port), seq, ack: 1, flags: ACK }.with(part));
    };
    for port in 1000..1300 {
        part(&mut bench, port, 1, &listed[..20]);
    }
    assert_eq!(bench.counter("drop_dns_displaced"), 300 - 256);
    part(&mut bench, 1000, 21, &listed[20..]);
    assert_eq!(bench.names(), []);
    part(&mut bench, 1000, 1 + u32::try_from(listed.len()).expect("short"), &listed);
    part(&mut bench, 1299, 21, &listed[20..]);
    assert_eq!(bench.names(), [(NameKind::Dns, 7), (NameKind::Dns, 7)]);
}

#[test]
fn a_learned_address_is_the_pools_only_on_the_ports_that_its_name_is_listed_for() {
    // The same host serves the pool's web site.
    for (port, found) in [(443, 0), (80, 0), (3333, 1)] {
        let mut bench = Bench::new(&[]);
        bench.packet(&udp((RESOLVER, 53), (MINER, 5353), &answer("www.dual.example", common::POOL, 60)));
        let to = (common::POOL, port);
        bench.packet(&Tcp { to, ..Tcp::miner(99, 0, SYN) }.with(b""));
        bench.packet(&Tcp { to, ..Tcp::miner(100, 500, ACK) }.with(b"\x16\x03\x01\x00\x01x"));
        let learned = bench.names().iter().filter(|&&seen| seen == (NameKind::Learned, 9)).count();
        assert_eq!(learned, found, "port {port}");
    }
}

#[test]
fn a_mining_session_is_told_the_name_of_its_pool_on_any_port() {
    let mut bench = Bench::new(&[]);
    bench.packet(&udp((RESOLVER, 53), (MINER, 5353), &answer("www.dual.example", common::POOL, 60)));
    connect(&mut bench, common::POOL, &[LOGIN]);
    assert_eq!(bench.names(), [(NameKind::Dns, 9), (NameKind::Learned, 9)]);
}

#[test]
fn a_listed_endpoint_is_reported_with_the_first_payload_not_with_a_syn() {
    let mut bench = Bench::new(&[]);
    let to = (LISTED, 3333);
    bench.packet(&Tcp { to, ..Tcp::miner(99, 0, SYN) }.with(b""));
    assert_eq!(bench.names(), []);
    bench.packet(&Tcp { to, ..Tcp::miner(100, 500, ACK) }.with(b"hello"));
    assert_eq!(bench.names(), [(NameKind::Address, 8)]);
    let other = Tcp { to: (LISTED, 3334), ..Tcp::miner(100, 500, ACK) };
    bench.packet(&other.with(b"hello"));
    assert_eq!(bench.names().len(), 1, "another port is not on the list");
}

#[test]
fn a_candidate_is_told_of_its_endpoint_after_it_was_opened() {
    let mut bench = Bench::new(&[]);
    let to = (LISTED, 3333);
    bench.packet(&Tcp { to, ..Tcp::miner(99, 0, SYN) }.with(b""));
    bench.packet(&Tcp { to, ..Tcp::miner(100, 500, ACK) }.with(LOGIN));
    let opened = bench.seen.iter().position(|seen| matches!(seen, Observation::Opened(_)));
    let named = bench.seen.iter().rposition(|seen| matches!(seen, Observation::Name(_)));
    assert!(opened.is_some() && opened < named);
    assert_eq!(bench.stream(Side::A), text(LOGIN));
}

const PROXY: ([u8; 4], u16) = ([192, 0, 2, 80], 1080);

/// A connection to a proxy: what the client and the proxy say in turns.
fn through_proxy(bench: &mut Bench, said: &[&[u8]]) {
    let client = |seq, ack, flags| Tcp { from: (MINER, 45_000), to: PROXY, seq, ack, flags };
    let proxy = |seq, ack, flags| Tcp { from: PROXY, to: (MINER, 45_000), seq, ack, flags };
    bench.packet(&client(99, 0, SYN).with(b""));
    bench.packet(&proxy(499, 100, SYN | ACK).with(b""));
    let (mut own, mut other) = (100, 500);
    for (number, data) in said.iter().enumerate() {
        let (tcp, seq, ack) = if number % 2 == 0 {
            (client(own, other, ACK), &mut own, other)
        } else {
            (proxy(other, own, ACK), &mut other, own)
        };
        bench.packet(&Tcp { ack, ..tcp }.with(data));
        *seq += u32::try_from(data.len()).expect("a small payload");
    }
}

fn proxied(bench: &Bench) -> Vec<(&'static str, String, u16)> {
    let told = |seen: &Observation| match seen {
        Observation::Proxied(seen) => Some((seen.target.via.name(), seen.target.host.to_string(), seen.target.port)),
        _ => None,
    };
    bench.seen.iter().filter_map(told).collect()
}

#[test]
fn what_a_proxy_is_asked_for_is_reported_if_it_is_listed_for_its_port() {
    let connect: &[&[u8]] = &[b"CONNECT eu.Pool.example:3333 HTTP/1.1\r\nHost: x.example\r\n\r\n"];
    let elsewhere: &[&[u8]] = &[b"CONNECT notpool.example:3333 HTTP/1.1\r\nHost: pool.example\r\n\r\n"];
    let other_port: &[&[u8]] = &[b"CONNECT dual.example:443 HTTP/1.1\r\n\r\n"];
    let greeting: &[u8] = b"\x05\x01\x00";
    let socks5: &[&[u8]] = &[greeting, b"\x05\x00", b"\x05\x01\x00\x03\x0cpool.example\x0d\x05"];
    let address: &[&[u8]] = &[greeting, b"\x05\x00", b"\x05\x01\x00\x01\xc6\x33\x64\x63\x0d\x05"];
    let socks4: &[&[u8]] = &[b"\x04\x01\x0d\x05\xc6\x33\x64\x63\x00"];
    let socks4a: &[&[u8]] = &[b"\x04\x01\x0d\x05\x00\x00\x00\x01me\x00pool.example\x00"];
    for (said, entry, name) in [
        (connect, Some(7), "eu.pool.example"),
        (elsewhere, None, ""),
        (other_port, None, ""),
        (socks5, Some(7), "pool.example"),
        (address, Some(8), ""),
        (socks4, Some(8), ""),
        (socks4a, Some(7), "pool.example"),
    ] {
        let mut bench = Bench::new(&[]);
        through_proxy(&mut bench, said);
        let names = bench.names();
        assert_eq!(names, entry.map(|entry| (NameKind::Proxied, entry)).into_iter().collect::<Vec<_>>());
        assert_eq!(bench.counter("proxy_requests"), 1);
        for seen in &bench.seen {
            if let Observation::Name(seen) = seen {
                assert_eq!(
                    (&*seen.name, seen.proxied.map(|(_, port)| port), seen.server.port),
                    (name, Some(3333), 1080)
                );
            }
        }
    }
}

#[test]
fn a_session_behind_a_proxy_is_told_what_the_proxy_was_asked_for() {
    let asked = b"CONNECT pool.example:3333 HTTP/1.1\r\n\r\n";
    let answers: [&[u8]; 2] = [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"];
    let [yes, again] = answers;
    for said in [&[asked.as_slice(), yes, LOGIN][..], &[asked, again, asked, yes, LOGIN]] {
        let mut bench = Bench::new(&[]);
        through_proxy(&mut bench, said);
        assert_eq!(proxied(&bench), [("http_connect", "pool.example".to_owned(), 3333)]);
        let followed = bench.seen.iter().any(|seen| matches!(seen, Observation::Name(name) if name.flow_id > 0));
        assert!(followed, "the listed name is told for the session, too");
        assert_eq!(bench.stream(Side::A), text(LOGIN));
    }
}

#[test]
fn a_server_name_inside_a_tunnel_is_found() {
    let hello = hello("eu.pool.example", 16);
    let mut bench = Bench::new(&[]);
    through_proxy(
        &mut bench,
        &[
            b"\x05\x01\x00",
            b"\x05\x00",
            b"\x05\x01\x00\x01\xcb\x00\x71\x05\x01\xbb",
            b"\x05\x00\x00\x01\0\0\0\0\0\0",
            &hello,
        ],
    );
    assert_eq!(bench.names(), [(NameKind::Sni, 7)]);
}

#[test]
fn bytes_that_only_begin_like_a_request_to_a_proxy_are_passed_over() {
    let mut bench = Bench::new(&[]);
    through_proxy(&mut bench, &[b"\x05\x01\x00\x01\xff\xff", b"\x05\x01\x00", &[0x05; 1200], LOGIN, LOGIN]);
    assert_eq!((bench.counter("proxy_requests"), bench.names().len()), (0, 0));
    assert_eq!(bench.opened(), 1);
    assert_eq!(proxied(&bench), []);
}

/// What the handshakes of flows of interest showed: what was met, the fingerprint, the names of the certificate.
fn tls_seen(bench: &Bench) -> Vec<(NameKind, String, String, Vec<String>)> {
    let told = |seen: &Observation| match seen {
        Observation::Tls(seen) => {
            Some((seen.kind, seen.name.to_string(), seen.ja4.clone(), seen.certificate_names.clone()))
        }
        _ => None,
    };
    bench.seen.iter().filter_map(told).collect()
}

/// The first twelve digits of the SHA-256 of `1301` and of `0015`.
const JA4: &str = "t12d010200_0f2cb44170f4_4298e3b3ed58";

/// ServerHello and certificate of TLS 1.2; the certificate names `name` and nothing else.
fn server_flight(name: &str) -> Vec<u8> {
    let der = |tag: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).expect("short").to_be_bytes();
        [&[tag, 0x82], length.as_slice(), content].concat()
    };
    let general_names = der(0x30, &der(0x82, name.as_bytes()));
    let extension = [der(0x06, &[0x55, 0x1d, 0x11]), der(0x04, &general_names)].concat();
    let empty = der(0x30, &[]);
    let parts = [der(2, &[1]), empty.clone(), empty.clone(), empty.clone(), empty.clone(), empty.clone()].concat();
    let tbs = [parts, der(0xa3, &der(0x30, &der(0x30, &extension)))].concat();
    let certificate = der(0x30, &der(0x30, &tbs));
    let sized = |content: &[u8]| {
        let [_, length @ ..] = u32::try_from(content.len()).expect("short").to_be_bytes();
        [length.as_slice(), content].concat()
    };
    let hello = [&[3, 3], [7; 32].as_slice(), &[0, 0xc0, 0x2f, 0]].concat();
    let messages = [vec![2], sized(&hello), vec![11], sized(&sized(&sized(&certificate)[..]))].concat();
    let length = u16::try_from(messages.len()).expect("short").to_be_bytes();
    [&[22, 3, 3], length.as_slice(), &messages].concat()
}

/// A TLS connection to `server`: the hello in two segments, then the server's flight in two.
fn tls(bench: &mut Bench, server: ([u8; 4], u16), hello: &[u8], flight: &[u8]) {
    let client = |seq, flags| Tcp { to: server, ..Tcp::miner(seq, 500, flags) };
    let other = |seq, flags| Tcp { from: server, ..Tcp::pool(seq, 100, flags) };
    bench.packet(&client(99, SYN).with(b""));
    bench.packet(&other(499, SYN | ACK).with(b""));
    let at = |start: u32, place: usize| start + u32::try_from(place).expect("short");
    let (cut, half) = (hello.len() - 4, flight.len() / 2);
    bench.packet(&client(100, ACK).with(&hello[..cut]));
    bench.packet(&client(at(100, cut), ACK).with(&hello[cut..]));
    // The segments of the flight come in the wrong order.
    bench.packet(&other(at(500, half), ACK).with(&flight[half..]));
    bench.packet(&other(500, ACK).with(&flight[..half]));
}

#[test]
fn of_a_listed_name_fingerprint_and_certificate_are_told_beside_it() {
    let mut bench = Bench::new(&[]);
    tls(&mut bench, ([203, 0, 113, 1], 443), &hello("eu.pool.example", 16), &server_flight("eu.pool.example"));
    assert_eq!(bench.names(), [(NameKind::Sni, 7)], "the certificate says nothing new");
    let seen = tls_seen(&bench);
    let name = "eu.pool.example".to_owned();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0], (NameKind::Sni, name.clone(), JA4.to_owned(), vec![]));
    assert_eq!(seen[1], (NameKind::Sni, name.clone(), String::new(), vec![name]));
}

#[test]
fn behind_a_listed_address_the_certificate_may_name_the_pool() {
    let mut bench = Bench::new(&[]);
    tls(&mut bench, (LISTED, 3333), &hello("other.example", 1400), &server_flight("*.pool.example"));
    assert_eq!(bench.names(), [(NameKind::Address, 8), (NameKind::Certificate, 7)]);
    let told: Vec<_> = tls_seen(&bench).into_iter().map(|(kind, name, _, names)| (kind, name, names)).collect();
    let certificate = vec!["*.pool.example".to_owned()];
    assert_eq!(told, [(NameKind::Address, String::new(), vec![]), (NameKind::Address, String::new(), certificate)]);
}

/// Keys and signatures look random: where a segment happens to begin with a brace, it is still part of the handshake.
#[test]
fn a_segment_of_a_handshake_may_begin_with_a_brace() {
    let server = ([203, 0, 113, 1], 443);
    for cut in 6..80 {
        let mut bench = Bench::new(&[]);
        let mut flight = server_flight("eu.pool.example");
        // The random of the ServerHello, and the empty parts of the certificate.
        flight[11..43].fill(b'{');
        let seq = 500 + u32::try_from(cut).expect("short");
        bench.packet(&Tcp { to: server, ..Tcp::miner(99, 500, SYN) }.with(b""));
        bench.packet(&Tcp { from: server, ..Tcp::pool(499, 100, SYN | ACK) }.with(b""));
        bench.packet(&Tcp { to: server, ..Tcp::miner(100, 500, ACK) }.with(&hello("eu.pool.example", 16)));
        bench.packet(&Tcp { from: server, ..Tcp::pool(500, 100, ACK) }.with(&flight[..cut]));
        bench.packet(&Tcp { from: server, ..Tcp::pool(seq, 100, ACK) }.with(&flight[cut..]));
        let names: Vec<_> = tls_seen(&bench).into_iter().flat_map(|(.., names)| names).collect();
        assert_eq!(names, ["eu.pool.example"], "cut at {cut}");
        assert_eq!(bench.opened(), 0);
    }
}

/// Whoever mines behind what looks like a handshake is followed all the same.
#[test]
fn an_object_behind_the_beginning_of_a_handshake_is_looked_at() {
    let (mut bench, server) = (Bench::new(&[]), ([203, 0, 113, 1], 443));
    let hello = hello("eu.pool.example", 1300);
    bench.packet(&Tcp { to: server, ..Tcp::miner(99, 500, SYN) }.with(b""));
    bench.packet(&Tcp { to: server, ..Tcp::miner(100, 500, ACK) }.with(&hello[..500]));
    bench.packet(&Tcp { to: server, ..Tcp::miner(600, 500, ACK) }.with(LOGIN));
    assert_eq!(bench.opened(), 1);
}

#[test]
fn of_other_tls_flows_nothing_is_told() {
    let mut bench = Bench::new(&[]);
    tls(&mut bench, ([203, 0, 113, 1], 443), &hello("other.example", 16), &server_flight("eu.pool.example"));
    assert_eq!((bench.names().len(), tls_seen(&bench).len()), (0, 0));
}

/// What leads to a tunnel, to a name or to an address, on port 3333.
const TO_NAME: [&[u8]; 2] = [b"CONNECT eu.pool.example:3333 HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"];
const TO_OTHER: [&[u8]; 2] = [b"CONNECT other.example:3333 HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"];
const TO_ADDRESS: [&[u8]; 2] = [b"\x04\x01\x0d\x05\xc6\x33\x64\x63\x00", b"\x00\x5a\x00\x00\x00\x00\x00\x00"];

#[test]
fn in_a_tunnel_to_what_is_listed_the_handshake_is_told_as_on_a_connection_of_its_own() {
    let (named, nameless) = (hello("eu.pool.example", 16), hello("other.example", 16));
    let flight = server_flight("eu.pool.example");
    let name = "eu.pool.example".to_owned();
    for (tunnel, hello, kind, told) in [
        (TO_NAME, &named, NameKind::Sni, name.clone()),
        (TO_NAME, &nameless, NameKind::Proxied, name.clone()),
        (TO_ADDRESS, &nameless, NameKind::Proxied, String::new()),
        (TO_OTHER, &named, NameKind::Sni, name.clone()),
    ] {
        for cut in [hello.len(), hello.len() - 4, 20] {
            let mut bench = Bench::new(&[]);
            let (head, tail) = hello.split_at(cut);
            through_proxy(&mut bench, &[tunnel[0], tunnel[1], head, b"", tail, &flight]);
            let seen = tls_seen(&bench);
            let is_cut_in_vain = tunnel == TO_OTHER && cut == 20;
            let expected = (kind, told.clone(), JA4.to_owned(), vec![]);
            assert!(is_cut_in_vain || seen.first() == Some(&expected), "cut at {cut}: {seen:?}");
            let certificate = (kind, told.clone(), String::new(), vec![name.clone()]);
            assert!(is_cut_in_vain || seen.get(1) == Some(&certificate), "cut at {cut}: {seen:?}");
        }
    }
}

#[test]
fn of_a_tunnel_to_an_address_the_address_is_told_and_not_the_proxys() {
    let mut bench = Bench::new(&[]);
    through_proxy(&mut bench, &[TO_ADDRESS[0], TO_ADDRESS[1], &hello("other.example", 16)]);
    let servers = bench.seen.iter().filter_map(|seen| match seen {
        Observation::Tls(seen) => Some((seen.server.ip.to_string(), seen.server.port)),
        _ => None,
    });
    assert_eq!(servers.collect::<Vec<_>>(), [("198.51.100.99".to_owned(), 3333)]);
}

#[test]
fn in_other_tunnels_nothing_is_told() {
    let mut bench = Bench::new(&[]);
    through_proxy(
        &mut bench,
        &[TO_OTHER[0], TO_OTHER[1], &hello("other.example", 16), &server_flight("eu.pool.example")],
    );
    assert_eq!((bench.names().len(), tls_seen(&bench).len()), (0, 0));
    // The name is listed for port 3333 only, and the tunnel leads elsewhere.
    let mut bench = Bench::new(&[]);
    let asked: &[u8] = b"CONNECT other.example:443 HTTP/1.1\r\n\r\n";
    through_proxy(&mut bench, &[asked, TO_OTHER[1], &hello("dual.example", 16)]);
    assert_eq!((bench.names().len(), tls_seen(&bench).len()), (0, 0));
    let mut bench = Bench::new(&[]);
    through_proxy(&mut bench, &[TO_OTHER[0], TO_OTHER[1], &hello("dual.example", 16)]);
    assert_eq!(bench.names(), [(NameKind::Sni, 9)]);
}

#[test]
fn a_session_in_a_tunnel_that_is_looked_at_again_is_told_of_the_proxy_again() {
    let mut bench = Bench::new(&[]);
    bench.steer = Some(Need::Ignore);
    through_proxy(&mut bench, &[TO_NAME[0], TO_NAME[1], LOGIN, b"{}\n", LOGIN, b"{}\n", LOGIN]);
    let told = proxied(&bench);
    assert_eq!((told.len(), bench.opened()), (3, 3));
    assert!(told.iter().all(|(_, host, port)| (host.as_str(), *port) == ("eu.pool.example", 3333)), "{told:?}");
}

#[test]
fn bytes_in_a_tunnel_that_turn_out_to_be_no_mining_do_not_forget_whom_it_leads_to() {
    let mut bench = Bench::new(&[("held_bytes_max", 256)]);
    through_proxy(&mut bench, &[TO_NAME[0], TO_NAME[1], &[b'{'; 300], b"x", LOGIN]);
    assert_eq!(proxied(&bench).len(), 1);
}

#[test]
fn more_watched_flows_than_places_lose_the_oldest_and_are_counted() {
    let mut bench = Bench::new(&[]);
    let hello = hello("eu.pool.example", 16);
    for port in 1000..1600 {
        let from = (MINER, port);
        bench.packet(&Tcp { from, to: ([203, 0, 113, 1], 443), seq: 1, ack: 1, flags: ACK }.with(&hello));
    }
    assert_eq!(bench.counter("drop_tls_displaced"), 600 - 512);
    assert_eq!(tls_seen(&bench).len(), 600);
}

/// What the two ends of a connection to this port say.
fn conversations() -> Vec<(u16, Vec<u8>, Vec<u8>)> {
    let pool = "eu.pool.example";
    let answers = behind_its_length(&answer(pool, common::POOL, 60)).repeat(3);
    let asked = [b"\x05\x01\x00\x05\x01\x00\x03\x0f", pool.as_bytes(), b"\x0d\x05", LOGIN].concat();
    let tunnel = [b"CONNECT pool.example:3333 HTTP/1.1\r\n\r\n", LOGIN].concat();
    vec![
        (443, hello(pool, 1300), server_flight(pool)),
        (3333, hello("other.example", 20), server_flight("*.pool.example")),
        (53, vec![0; 30], answers),
        (1080, asked, b"\x05\x00\x05\x00\x00\x01\0\0\0\0\0\0".to_vec()),
        (8080, tunnel, b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
    ]
}

proptest! {
    #[test]
    fn nothing_that_names_something_upsets_the_engine_in_any_order(
        segments in prop::collection::vec(
            (0..5usize, any::<bool>(), 0..1500usize, 1..1500usize, prop::sample::select(vec![ACK, SYN, 17, 4]), any::<u16>()),
            0..120,
        ),
    ) {
        let conversations = conversations();
        let mut bench = Bench::new(&[("flows_max", 8), ("hello_buffers_max", 2), ("young_sessions_max", 2)]);
        for (number, (which, from_client, at, length, flags, flip)) in segments.iter().enumerate() {
            let (port, asked, answered) = &conversations[*which];
            let said = if *from_client { asked } else { answered };
            let (at, end) = (*at.min(&said.len()), (at + length).min(said.len()));
            let mut data = said[at..end.max(at)].to_vec();
            if let Some(byte) = data.get_mut(usize::from(*flip)) {
                *byte ^= 0x41;
            }
            let seq = 100 + u32::try_from(at).expect("a short stream");
            // A new port now and then, so that flows give way to each other.
            let (client, server) = ((MINER, 40_000 + u16::try_from(number / 30).expect("few")), (LISTED, *port));
            let (from, to) = if *from_client { (client, server) } else { (server, client) };
            bench.packet(&Tcp { from, to, seq, ack: 1, flags: *flags }.with(if flags & SYN == 0 { &data } else { b"" }));
        }
        bench.finish();
        prop_assert_eq!(bench.fates(), segments.len() as u64);
        prop_assert_eq!(bench.counter("flows_now"), 0);
        for (_, _, ja4, names) in tls_seen(&bench) {
            prop_assert!(ja4.is_empty() != names.is_empty());
        }
    }
}
