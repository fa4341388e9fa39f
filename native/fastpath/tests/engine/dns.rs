//! What DNS servers answer, over UDP and TCP: the listed name, and the addresses that are the pool's from then on.

use crate::common::{self, Bench, LOGIN, MINER, Tcp, answer, behind_its_length, connect, udp};
use minesensor_fastpath::layers::flags::{ACK, SYN};
use minesensor_fastpath::observation::{NameKind, Observation};

const RESOLVER: [u8; 4] = [192, 0, 2, 53];

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
