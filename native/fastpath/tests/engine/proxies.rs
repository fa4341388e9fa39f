//! What proxies are asked for, and what is spoken in the tunnels that they open.

use crate::common::{Bench, LOGIN, MINER, Tcp, text};
use crate::handshake::{JA4, hello, server_flight, tls_seen};
use minesensor_fastpath::layers::flags::{ACK, SYN};
use minesensor_fastpath::observation::{NameKind, Need, Observation};
use minesensor_fastpath::side::Side;

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
