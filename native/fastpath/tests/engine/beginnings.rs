//! Where the stream of each side begins, and how it goes on where something was skipped.

use crate::common::{self, Bench, JOB, LOGIN, REPLY, SECOND, Tcp, text};
use minesensor_fastpath::layers::flags::{ACK, RST, SYN};
use minesensor_fastpath::observation::Observation;
use minesensor_fastpath::side::Side;

/// As a scan reads, and as an audit does that follows every flow.
const WAYS: [&[(&str, u64)]; 2] = [&[], &[("follow_all", 1)]];

fn after(base: u32, payload: &[u8]) -> u32 {
    base + u32::try_from(payload.len()).expect("a small payload")
}

/// The sender's side of each opened flow in the order of its stream, whatever side that is.
fn streams(bench: &Bench) -> (String, String) {
    let miner_is_a = bench.seen.iter().any(|seen| match seen {
        Observation::Opened(opened) => opened.sockets.a.port == 40_000,
        _ => false,
    });
    let (miner, pool) = if miner_is_a { (Side::A, Side::B) } else { (Side::B, Side::A) };
    (bench.stream(miner), bench.stream(pool))
}

#[test]
fn ends_that_do_not_count_their_syn_keep_their_first_byte() {
    for caps in WAYS {
        let mut bench = Bench::new(caps);
        bench.packet(&Tcp::miner(99, 0, SYN).with(b""));
        bench.packet(&Tcp::pool(499, 99, SYN | ACK).with(b""));
        bench.packet(&Tcp::miner(99, 499, ACK).with(LOGIN));
        bench.packet(&Tcp::pool(499, after(99, LOGIN), ACK).with(REPLY));
        bench.packet(&Tcp::pool(after(499, REPLY), after(99, LOGIN), ACK).with(JOB));
        bench.finish();
        assert_eq!(streams(&bench), (text(LOGIN), text(REPLY) + &text(JOB)), "{caps:?}");
    }
}

#[test]
fn a_syn_that_is_not_counted_and_comes_twice_begins_one_connection() {
    let mut bench = Bench::new(&[]);
    for _ in 0..2 {
        bench.packet(&Tcp::miner(99, 0, SYN).with(b""));
        bench.packet(&Tcp::miner(99, 499, ACK).with(LOGIN));
    }
    bench.finish();
    assert_eq!((bench.counter("flows_tcp"), bench.opened()), (1, 1));
    assert_eq!(streams(&bench).0, text(LOGIN));
}

#[test]
fn a_keep_alive_before_the_first_byte_is_no_payload() {
    for caps in WAYS {
        let mut bench = Bench::new(caps);
        bench.handshake();
        bench.packet(&Tcp::miner(99, 500, ACK).with(b"\0"));
        bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
        bench.packet(&Tcp::pool(499, after(100, LOGIN), ACK).with(b"\0"));
        bench.packet(&Tcp::pool(500, after(100, LOGIN), ACK).with(REPLY));
        bench.finish();
        assert_eq!(streams(&bench), (text(LOGIN), text(REPLY)), "{caps:?}");
    }
}

#[test]
fn an_acknowledgement_tells_where_a_stream_met_in_its_middle_goes_on() {
    for caps in WAYS {
        let mut bench = Bench::new(caps);
        bench.packet(&Tcp::miner(300, 7000, ACK).with(b""));
        bench.packet(&Tcp::pool(after(7000, JOB), 300, ACK).with(JOB));
        bench.packet(&Tcp::pool(7000, 300, ACK).with(JOB));
        bench.finish();
        assert_eq!(streams(&bench), (String::new(), text(JOB) + &text(JOB)), "{caps:?}");
        assert_eq!(bench.counter("drop_gap_bytes"), 0);
    }
}

#[test]
fn the_side_that_speaks_second_is_read_from_what_was_acknowledged_first() {
    let mut bench = Bench::new(&[]);
    bench.packet(&Tcp::miner(300, 7000, ACK).with(b""));
    // The job that this answers is overtaken by it.
    bench.packet(&Tcp::miner(300, after(7000, JOB), ACK).with(LOGIN));
    bench.packet(&Tcp::pool(7000, 300, ACK).with(JOB));
    bench.packet(&Tcp::pool(after(7000, JOB), after(300, LOGIN), ACK).with(REPLY));
    bench.finish();
    assert_eq!(streams(&bench), (text(LOGIN), text(JOB) + &text(REPLY)));
}

#[test]
fn an_acknowledgement_far_from_the_first_segment_tells_nothing() {
    for ack in [7000 + (1 << 20), 7000_u32.wrapping_sub(1 << 20), 7001] {
        let mut bench = Bench::new(&[]);
        bench.packet(&Tcp::miner(300, ack, ACK).with(b""));
        bench.packet(&Tcp::pool(7000, 300, ACK).with(JOB));
        assert_eq!(streams(&bench), (String::new(), text(JOB)), "{ack}");
    }
}

#[test]
fn a_forged_acknowledgement_before_the_first_byte_does_not_blind_the_reader() {
    for forged in [500 + 900, 500 + 11_264, 500 + (1 << 20), 500_u32.wrapping_sub(1 << 20)] {
        for (first, second) in [(forged, 500), (500, forged), (forged, forged)] {
            let mut bench = Bench::new(&[]);
            bench.packet(&Tcp::miner(100, first, ACK).with(b""));
            bench.packet(&Tcp::miner(100, second, ACK).with(LOGIN));
            bench.packet(&Tcp::pool(500, after(100, LOGIN), ACK).with(REPLY));
            bench.packet(&Tcp::pool(after(500, REPLY), after(100, LOGIN), ACK).with(JOB));
            bench.finish();
            assert_eq!(streams(&bench), (text(LOGIN), text(REPLY) + &text(JOB)), "{first} {second}");
        }
    }
}

/// A login of which a byte is lost and whose last segment acknowledges `ack`, waited for in vain.
fn behind_a_hole(ack: u32) -> Bench {
    let mut bench = Bench::new(&[]);
    bench.handshake();
    bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
    bench.packet(&Tcp::miner(after(101, LOGIN), ack, ACK).with(LOGIN));
    bench.now_ns += 6 * SECOND;
    bench.packet(&common::udp((common::POOL, 9), (common::MINER, 9), b"other traffic"));
    bench
}

#[test]
fn a_forged_acknowledgement_does_not_blind_the_reader() {
    for ack in [500 + 900, 500 + (1 << 19), 500 + (1 << 29), 500_u32.wrapping_sub(1 << 29)] {
        let mut bench = behind_a_hole(ack);
        bench.packet(&Tcp::pool(500, after(101, LOGIN), ACK).with(REPLY));
        bench.packet(&Tcp::pool(after(500, REPLY), after(101, LOGIN), ACK).with(JOB));
        bench.finish();
        assert_eq!(streams(&bench).1, text(REPLY) + &text(JOB), "{ack}");
    }
}

#[test]
fn a_forged_end_does_not_hide_what_follows_behind_a_forged_segment() {
    let mut bench = Bench::new(&[]);
    bench.handshake();
    bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
    bench.packet(&Tcp::miner(after(100, LOGIN) + 900_000, 500, ACK).with(b"forged"));
    bench.packet(&Tcp::miner(after(100, LOGIN), 500, RST).with(b""));
    bench.packet(&Tcp::miner(after(100, LOGIN), 500, ACK).with(LOGIN));
    bench.finish();
    assert_eq!(bench.opened(), 2);
    assert_eq!(streams(&bench).0, text(LOGIN) + &"?".repeat(900_000) + "forged" + &text(LOGIN));
}

#[test]
fn what_was_skipped_and_comes_before_anything_behind_it_is_read() {
    let mut bench = behind_a_hole(after(after(500, REPLY), JOB));
    bench.packet(&Tcp::pool(after(500, REPLY), after(101, LOGIN), ACK).with(JOB));
    bench.finish();
    assert_eq!(streams(&bench).1, "?".repeat(REPLY.len()) + &text(JOB));
}

#[test]
fn a_segment_cut_by_the_snap_length_and_sent_again_whole_is_read_whole() {
    let mut bench = Bench::new(&[]);
    bench.handshake();
    let frame = Tcp::miner(100, 500, ACK).with(LOGIN);
    let wire_len = u32::try_from(frame.len()).expect("a small frame");
    bench.cut(&frame[..frame.len() - 9], wire_len);
    bench.packet(&frame);
    bench.packet(&Tcp::miner(after(100, LOGIN), 500, ACK).with(LOGIN));
    bench.finish();
    assert_eq!(streams(&bench).0, text(LOGIN) + &text(LOGIN));
}

#[test]
fn a_line_of_http_hides_no_pool_whose_first_byte_is_none_and_pages_stay_pages() {
    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n";
    type Row<'a> = (&'a [u8], &'a [&'a [u8]], usize);
    let rows: [Row<'_>; 5] = [
        (GET, &[REPLY, JOB], 1),
        (b"HTTP/1.1 200 OK\r\n\r\n", &[REPLY, JOB], 1),
        (GET, &[b"HTTP/1.1 200 OK\r\n\r\n", JOB], 0),
        (GET, &[CHUNKED, JOB, b"\r\n400\r\n", JOB], 0),
        // Met in its middle, it may be the rest of a page.
        (GET, &[JOB], 0),
    ];
    for (first, answers, opened) in rows {
        let mut bench = Bench::new(&[]);
        if answers.len() > 1 {
            bench.handshake();
        }
        bench.packet(&Tcp::miner(100, 500, ACK).with(first));
        let mut seq = 500;
        for answer in answers {
            bench.packet(&Tcp::pool(seq, after(100, first), ACK).with(answer));
            seq = after(seq, answer);
        }
        bench.finish();
        assert_eq!(bench.opened(), opened, "{}", answers[0].escape_ascii());
    }
}
