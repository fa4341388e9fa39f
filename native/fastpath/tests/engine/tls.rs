//! Of the TLS handshakes of flows of interest, fingerprint and certificate are told; of others nothing.

use crate::common::{Bench, LISTED, LOGIN, MINER, Tcp};
use crate::handshake::{JA4, hello, server_flight, tls_seen};
use minesensor_fastpath::layers::flags::{ACK, SYN};
use minesensor_fastpath::observation::NameKind;

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
