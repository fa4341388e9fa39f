//! What follows a line of HTTP that was answered in HTTP: documents, unless both sides go on in lines.

use crate::common::{Bench, JOB, LOGIN, REPLY, Tcp, seq, text};
use minesensor_fastpath::layers::flags::ACK;
use minesensor_fastpath::side::Side::{self, A, B};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
const POST: &[u8] = b"POST /rpc HTTP/1.1\r\nHost: a.example\r\nContent-Length: 36\r\n\r\n";
const REFUSED: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n";
const PLAIN: &[u8] = b"{\"id\":7,\"result\":true,\"error\":null}\n";

/// A conversation from its handshake on; what is not `shown` was sent, and the capture lost it.
fn play(said: &[(Side, &[u8], bool)]) -> Bench {
    let mut bench = Bench::new(&[]);
    bench.handshake();
    let (mut own, mut other) = (100, 500);
    for &(side, data, shown) in said {
        let frame = match side {
            A => Tcp::miner(own, other, ACK).with(data),
            B => Tcp::pool(other, own, ACK).with(data),
        };
        let next = if side == A { &mut own } else { &mut other };
        *next = seq(*next, data.len());
        if shown {
            bench.packet(&frame);
        }
    }
    bench.finish();
    bench
}

fn shown<'a>(said: &[(Side, &'a [u8])]) -> Vec<(Side, &'a [u8], bool)> {
    said.iter().map(|&(side, data)| (side, data, true)).collect()
}

#[test]
fn lines_of_both_sides_behind_an_exchange_are_followed_from_the_first_of_them() {
    for exchange in [&[(A, GET), (B, REFUSED)][..], &[(A, GET), (B, OK), (B, b"x".as_slice())], &[(A, POST), (A, PLAIN), (B, OK)]] {
        let lines = [(A, LOGIN), (B, PLAIN), (B, JOB), (A, LOGIN)];
        let bench = play(&shown(&[exchange, &lines].concat()));
        assert_eq!(bench.opened(), 1, "{}", text(exchange[0].1));
        assert_eq!(bench.stream(A), text(LOGIN) + &text(LOGIN));
        assert_eq!(bench.stream(B), text(PLAIN) + &text(JOB));
    }
}

#[test]
fn the_pool_may_be_the_first_to_go_on_in_lines() {
    let bench = play(&shown(&[(A, GET), (B, REFUSED), (B, JOB), (A, PLAIN), (B, PLAIN)]));
    assert_eq!((bench.opened(), bench.stream(B)), (1, text(JOB) + &text(PLAIN)));
}

#[test]
fn exchanges_between_lines_hide_only_what_stands_before_the_next_lines() {
    let bench = play(&shown(&[(A, GET), (B, REFUSED), (A, LOGIN), (B, REFUSED), (A, LOGIN), (B, REPLY), (B, JOB)]));
    assert_eq!((bench.opened(), bench.stream(A)), (1, text(LOGIN)));
}

#[test]
fn documents_are_not_followed_however_their_heads_and_bodies_are_cut() {
    let conversations: [&[(Side, &[u8])]; 8] = [
        // Heads and bodies in segments of their own, over and over.
        &[(A, POST), (A, LOGIN), (B, OK), (B, JOB), (A, POST), (A, LOGIN), (B, OK), (B, JOB)],
        // Asked before the answer is complete.
        &[(A, GET), (B, OK), (B, JOB), (A, GET), (B, JOB), (B, OK), (B, JOB)],
        &[(A, GET), (B, OK), (B, JOB), (B, JOB), (B, JOB), (B, JOB)],
        // Leave to go on is an answer with a head.
        &[(A, POST), (B, b"HTTP/1.1 100 Continue\r\n\r\n"), (A, LOGIN), (B, OK), (B, JOB), (A, POST)],
        // In chunks.
        &[(A, GET), (B, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), (B, b"90\r\n"), (B, JOB), (B, b"\r\n0\r\n\r\n")],
        // A refusal while the body is still sent.
        &[(A, POST), (A, LOGIN), (B, REFUSED), (A, LOGIN), (A, POST), (A, LOGIN), (B, REFUSED)],
        // Lines of both that hold no word of mining.
        &[(A, GET), (B, REFUSED), (A, PLAIN), (B, PLAIN), (A, PLAIN), (B, PLAIN)],
        // One side goes on in lines, the other in none.
        &[(A, GET), (B, REFUSED), (A, LOGIN), (B, b"bye"), (A, LOGIN), (B, b"bye")],
    ];
    for said in conversations {
        let bench = play(&shown(said));
        assert_eq!(bench.opened(), 0, "{:?}", said.iter().map(|(_, data)| text(data)).collect::<Vec<_>>());
    }
}

#[test]
fn where_heads_were_lost_bodies_stay_documents() {
    let lost = |data| (A, data, false);
    for said in [
        &[(A, POST, true), (A, LOGIN, true), (B, OK, false), (B, JOB, true), (A, POST, true)][..],
        &[(A, GET, true), (B, OK, true), (B, JOB, true), lost(POST), (A, LOGIN, true), (B, OK, true), (B, JOB, true)],
    ] {
        assert_eq!(play(said).opened(), 0);
    }
}

#[test]
fn documents_take_no_place() {
    let turn = [(A, POST), (A, PLAIN), (B, OK), (B, PLAIN)];
    let bench = play(&shown(&turn.repeat(50)));
    assert_eq!((bench.counter("held_now"), bench.opened()), (0, 0));
}
