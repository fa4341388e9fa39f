//! Work over HTTP: which connections are candidates, from where on, and that ordinary HTTP never is.

use crate::common::{Bench, SECOND, Tcp};
use minesensor_fastpath::layers::flags::{ACK, SYN};
use minesensor_fastpath::observation::Observation;

const HEAD: &[u8] = b"POST / HTTP/1.1\r\nHost: pool.example\r\nX-Mining-Extensions: longpoll\r\nContent-Length: 44\r\n\r\n";
const PLAIN: &[u8] = b"POST / HTTP/1.1\r\nHost: pool.example\r\nContent-Length: 44\r\n\r\n";
const TEMPLATE: &[u8] = b"{\"method\":\"getblocktemplate\",\"params\":[],1}\n";
const OTHER: &[u8] = b"{\"method\":\"getblockcount\",\"params\":[],\"i\":1}";
const PAGE: &[u8] = b"POST /post HTTP/1.1\r\nHost: pool.example\r\nContent-Length: 5000\r\n\r\nmining.subscribe and mining.notify";

/// By whom (`true`: the pool) and what.
type Said<'a> = &'a [(bool, &'a [u8])];

/// What is said piece by piece, a second apart, behind a handshake; `true`: by the pool.
fn said(pieces: Said<'_>) -> Bench {
    let mut bench = Bench::new(&[]);
    bench.packet(&Tcp::miner(99, 0, SYN).with(b""));
    bench.packet(&Tcp::pool(499, 100, SYN | ACK).with(b""));
    let (mut miner, mut pool) = (100, 500);
    for (of_pool, data) in pieces {
        bench.now_ns += SECOND;
        let length = u32::try_from(data.len()).unwrap();
        if *of_pool {
            bench.packet(&Tcp::pool(pool, miner, ACK).with(data));
            pool += length;
        } else {
            bench.packet(&Tcp::miner(miner, pool, ACK).with(data));
            miner += length;
        }
    }
    bench
}

fn opened(bench: &Bench) -> Vec<bool> {
    bench
        .seen
        .iter()
        .filter_map(|seen| if let Observation::Opened(opened) = seen { Some(opened.over_http) } else { None })
        .collect()
}

fn handed_up(bench: &Bench) -> Vec<u8> {
    bench
        .seen
        .iter()
        .filter_map(|seen| if let Observation::Chunk { data, .. } = seen { Some(data.clone()) } else { None })
        .flatten()
        .collect()
}

#[test]
fn a_head_or_a_document_that_asks_for_work_makes_a_candidate_from_its_head_on() {
    let table: [(Said<'_>, usize); 7] = [
        (&[(false, HEAD)], 0),
        (&[(false, &HEAD[..20]), (false, &HEAD[20..])], 0),
        (&[(false, PLAIN), (false, TEMPLATE)], 0),
        (&[(false, PLAIN), (true, b"HTTP/1.1 100 Continue\r\n\r\n"), (false, TEMPLATE)], 0),
        (&[(false, b"P"), (false, &HEAD[1..])], 0),
        // An ordinary request comes first on the connection.
        (&[(false, b"GET / HTTP/1.1\r\n\r\n"), (true, b"HTTP/1.1 200 OK\r\n\r\n"), (false, HEAD)], 2),
        (&[(false, PAGE), (true, b"HTTP/1.1 200 OK\r\n\r\n"), (false, TEMPLATE)], 2),
    ];
    for (pieces, first) in table {
        let bench = said(pieces);
        assert_eq!(opened(&bench), [true], "{pieces:?}");
        let expected: Vec<u8> = pieces[first..].iter().flat_map(|(_, data)| data.to_vec()).collect();
        assert_eq!(handed_up(&bench), expected);
    }
}

#[test]
fn ordinary_http_is_no_candidate_and_nothing_of_it_is_kept() {
    let table: [Said<'_>; 6] = [
        &[(false, PLAIN), (false, OTHER), (true, b"HTTP/1.1 200 OK\r\n\r\n{\"result\":1}\n")],
        &[(false, PAGE), (false, b"{\"method\":\"mining.notify\"}\n")],
        &[(false, b"GET /getblocktemplate HTTP/1.1\r\nX-Mining-Extensions: a\r\n\r\n")],
        &[(false, PLAIN), (true, b"{\"id\":1,\"method\":\"mining")],
        &[(false, b"PUT / HTTP/1.1\r\nX-Mining-Extensions: a\r\n\r\n")],
        &[(true, b"HTTP/1.1 200 OK\r\n\r\n<p>getblocktemplate</p>")],
    ];
    for pieces in table {
        let bench = said(pieces);
        assert!(opened(&bench).is_empty() && handed_up(&bench).is_empty(), "{pieces:?}");
    }
}

#[test]
fn a_short_answer_with_an_anchor_makes_a_candidate_where_its_request_was_not_seen() {
    let answer = b"HTTP/1.1 200 OK\r\nX-Mining-Fee: 1\r\n\r\n{\"result\":true}\r\n";
    assert_eq!(opened(&said(&[(true, answer)])), [true]);
}

#[test]
fn what_is_let_go_is_read_for_the_name_in_it_once() {
    let names = |bench: &Bench| bench.seen.iter().filter(|seen| matches!(seen, Observation::Name(_))).count();
    for pieces in [&[(false, PLAIN), (false, OTHER)][..], &[(false, &PLAIN[..10]), (false, &PLAIN[10..]), (false, OTHER)]] {
        assert_eq!(names(&said(pieces)), 1, "{pieces:?}");
    }
    assert_eq!(names(&said(&[(false, HEAD), (false, HEAD)])), 1);
}

#[test]
fn a_first_segment_that_comes_late_is_read_as_one_that_does_not() {
    let mut bench = Bench::new(&[]);
    bench.packet(&Tcp::miner(99, 0, SYN).with(b""));
    bench.packet(&Tcp::miner(100 + 20, 1, ACK).with(&HEAD[20..]));
    bench.packet(&Tcp::miner(100, 1, ACK).with(&HEAD[..20]));
    assert_eq!((opened(&bench), handed_up(&bench)), (vec![true], HEAD.to_vec()));
}

#[test]
fn requests_are_looked_at_within_the_budget_of_their_flow() {
    let requests: Vec<(bool, &[u8])> = (0..100).map(|_| (false, PAGE)).collect();
    let few = [&requests[..10], &[(false, HEAD)]].concat();
    assert_eq!(opened(&said(&few)), [true]);
    // A second between them: the hour's budget is spent, and the next one is not looked at.
    let many = [&requests[..], &[(false, HEAD)]].concat();
    assert!(opened(&said(&many)).is_empty());
}
