//! Listed names and endpoints are reported where they are met, once, with the flow they were met in.

use crate::common::{self, Bench, LISTED, LOGIN, MINER, Tcp, answer, behind_its_length, connect, text};
use crate::handshake::{hello, server_flight, tls_seen};
use minesensor_fastpath::layers::flags::{ACK, SYN};
use minesensor_fastpath::observation::{NameKind, Observation};
use minesensor_fastpath::side::Side;
use proptest::prelude::*;

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
fn a_hello_that_begins_in_the_syn_goes_on_behind_it() {
    let (hello, to) = (hello("eu.POOL.example", 1200), ([203, 0, 113, 1], 443));
    for cut in [6, 200, hello.len() - 1] {
        let mut bench = Bench::new(&[]);
        bench.packet(&Tcp { to, ..Tcp::miner(99, 0, SYN) }.with(&hello[..cut]));
        bench.packet(&Tcp { to, ..Tcp::miner(common::seq(100, cut), 500, ACK) }.with(&hello[cut..]));
        assert_eq!((bench.names(), bench.counter("client_hellos")), (vec![(NameKind::Sni, 7)], 1), "cut at {cut}");
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
