//! How connections end, and what comes under the same key after them.

use crate::common::{self, Bench, JOB, LOGIN, REPLY, Tcp, dialogue, pool_text, replay, seq, text};
use minesensor_fastpath::layers::flags::{ACK, FIN, RST, SYN};
use minesensor_fastpath::observation::Cause;
use minesensor_fastpath::side::Side;

#[test]
fn a_port_used_again_is_another_flow() {
    let mut bench = Bench::new(&[]);
    for isn in [99, 90_000] {
        bench.packet(&Tcp::miner(isn, 0, SYN).with(b""));
        bench.packet(&Tcp::miner(isn + 1, 500, ACK).with(LOGIN));
    }
    bench.finish();
    assert_eq!(bench.opened(), 2);
    assert_eq!(bench.causes(), [Cause::PortReused, Cause::End]);
    assert_eq!(bench.counter("flows_tcp"), 2);
}

/// A session at work: the login answered.
fn working() -> Bench {
    let mut bench = Bench::new(&[]);
    bench.handshake();
    bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
    bench.packet(&Tcp::pool(500, seq(100, LOGIN.len()), ACK).with(REPLY));
    bench
}

#[test]
fn a_stray_syn_ends_nothing_and_blinds_nobody() {
    let (asked, answered) = (seq(100, LOGIN.len()), seq(500, REPLY.len()));
    for isn in [123_456_789, 3_000_000_000, 90_000] {
        for stray in [Tcp::miner(isn, 0, SYN), Tcp::pool(isn, 0, SYN), Tcp::pool(isn, isn, SYN | ACK)] {
            let mut bench = working();
            bench.packet(&stray.with(b""));
            bench.packet(&Tcp::miner(asked, answered, ACK).with(LOGIN));
            bench.packet(&Tcp::pool(answered, asked + 49, ACK).with(JOB));
            bench.finish();
            assert_eq!(bench.causes(), [Cause::End], "{isn}");
            assert_eq!(bench.stream(Side::A), text(LOGIN).repeat(2), "{isn}");
            assert_eq!(bench.stream(Side::B), text(REPLY) + &text(JOB), "{isn}");
        }
    }
}

#[test]
fn a_new_connection_is_believed_when_anything_confirms_it() {
    let (isn, far) = (77_000_000, 88_000_000);
    let syn = Tcp::miner(isn, 0, SYN).with(b"");
    let answer = Tcp::pool(far, isn + 1, SYN | ACK).with(b"");
    let (login, reply) = (Tcp::miner(isn + 1, far + 1, ACK).with(LOGIN), Tcp::pool(far + 1, isn + 50, ACK).with(REPLY));
    for (name, packets, ours, theirs) in [
        ("all of it", vec![&syn, &answer, &login, &reply], LOGIN, REPLY),
        ("no answer", vec![&syn, &login, &reply], LOGIN, REPLY),
        ("its SYN was not seen", vec![&answer, &login, &reply], LOGIN, REPLY),
        ("one way", vec![&syn, &login], LOGIN, b"".as_slice()),
        ("the other way", vec![&answer, &reply], b"".as_slice(), REPLY),
    ] {
        let mut bench = working();
        bench.packet(packets[0]);
        let began_ns = bench.now_ns;
        packets[1..].iter().for_each(|packet| bench.packet(packet));
        bench.packet(&Tcp::pool(far + 50, isn + 50, ACK).with(JOB));
        bench.finish();
        assert_eq!(bench.first_ns(), Some(began_ns), "{name}: it began with its first packet, not with its proof");
        assert_eq!(bench.causes(), [Cause::PortReused, Cause::End], "{name}");
        assert_eq!(bench.stream(Side::A), text(LOGIN) + &text(ours), "{name}");
        let job = if theirs.is_empty() { text(JOB) } else { text(theirs) + &text(JOB) };
        assert!(bench.stream(Side::B).ends_with(&job), "{name}: {}", bench.stream(Side::B));
    }
}

#[test]
fn the_start_that_a_syn_tells_is_believed_near_it_only() {
    // The SYN of an attempt before; the one of this connection was not captured.
    for isn in [1 << 31, 3_000_000_000, 5000] {
        let mut bench = Bench::new(&[]);
        bench.packet(&Tcp::miner(isn, 0, SYN).with(b""));
        bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
        bench.packet(&Tcp::pool(500, seq(100, LOGIN.len()), ACK).with(REPLY));
        bench.finish();
        assert_eq!((bench.stream(Side::A), bench.stream(Side::B)), (text(LOGIN), text(REPLY)), "{isn}");
        assert_eq!(bench.counter("drop_gap_bytes"), 0);
    }
}

#[test]
fn a_port_used_again_after_the_end_is_found_though_its_syn_was_lost() {
    for (isn, far) in [(5, 7), (3_000_000_000, 3_000_000_000), (5000, 9000), (200_000, 1)] {
        for end in [FIN, RST] {
            let mut bench = Bench::new(&[]);
            bench.packet(&Tcp::miner(99_999, 0, SYN).with(b""));
            bench.packet(&Tcp::pool(199_999, 100_000, SYN | ACK).with(b""));
            bench.packet(&Tcp::miner(100_000, 200_000, ACK).with(LOGIN));
            bench.packet(&Tcp::miner(100_049, 200_000, end | ACK).with(b""));
            bench.packet(&Tcp::pool(200_000, 100_050, end | ACK).with(b""));
            bench.now_ns += 2 * common::SECOND;
            bench.packet(&Tcp::miner(isn, far, ACK).with(LOGIN));
            bench.packet(&Tcp::pool(far, isn + 49, ACK).with(REPLY));
            assert_eq!((bench.opened(), bench.stream(Side::A)), (2, text(LOGIN).repeat(2)), "{isn}");
            assert_eq!(bench.stream(Side::B), text(REPLY), "{isn}");
            bench.packet(&Tcp::miner(isn + 49, far + 49, FIN | ACK).with(b""));
            assert_eq!(bench.causes().len(), 1, "the old FIN is not one of the new connection");
        }
    }
}

#[test]
fn the_answer_to_a_syn_that_was_lost_begins_another_connection_after_the_end() {
    for (has_begun, isn, far) in [(true, 5000, 3_000_000_000), (false, 5000, 3_000_000_000), (false, 3_000_000_000, 5000)] {
        let mut bench = Bench::new(&[]);
        if has_begun {
            bench.packet(&Tcp::miner(99_999, 0, SYN).with(b""));
            bench.packet(&Tcp::pool(199_999, 100_000, SYN | ACK).with(b""));
        }
        bench.packet(&Tcp::miner(100_000, 200_000, ACK).with(LOGIN));
        bench.packet(&Tcp::pool(200_000, 100_049, ACK).with(REPLY));
        bench.packet(&Tcp::miner(100_049, 200_049, RST).with(b""));
        bench.packet(&Tcp::pool(far - 1, isn, SYN | ACK).with(b""));
        // The pool is seen first, and out of order.
        bench.packet(&Tcp::pool(seq(far, REPLY.len()), seq(isn, LOGIN.len()), ACK).with(JOB));
        bench.packet(&Tcp::pool(far, seq(isn, LOGIN.len()), ACK).with(REPLY));
        bench.packet(&Tcp::miner(isn, far, ACK).with(LOGIN));
        bench.finish();
        assert_eq!((bench.opened(), bench.causes().len()), (2, 2), "{isn}");
        assert_eq!(bench.stream(Side::A), text(LOGIN).repeat(2), "{isn}");
        assert_eq!(bench.stream(Side::B), text(REPLY).repeat(2) + &text(JOB), "{isn}");
    }
}

#[test]
fn a_closed_flow_lingers_no_longer_than_it_may_whatever_is_sent_again() {
    let mut bench = Bench::new(&[]);
    bench.handshake();
    bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
    bench.packet(&Tcp::miner(149, 500, RST).with(b""));
    for _ in 0..5 {
        bench.now_ns += 5 * common::SECOND;
        bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
    }
    assert_eq!((bench.opened(), bench.counter("flows_tcp")), (2, 2), "after 20 s nothing is known of it");
}

#[test]
fn both_fins_or_one_reset_end_a_session() {
    let end = seq(100, LOGIN.len());
    let mut bench = Bench::new(&[]);
    bench.handshake();
    bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
    bench.packet(&Tcp::miner(end, 500, ACK | FIN).with(b""));
    assert_eq!(bench.causes(), []);
    bench.packet(&Tcp::pool(500, end + 1, ACK | FIN).with(b""));
    assert_eq!(bench.causes(), [Cause::Fin]);

    let mut bench = Bench::new(&[]);
    bench.handshake();
    bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
    bench.packet(&Tcp::miner(end + 900_000, 0, RST).with(b""));
    assert_eq!(bench.causes(), [], "a reset outside the window is not believed");
    bench.packet(&Tcp::miner(end, 0, RST).with(b""));
    assert_eq!(bench.causes(), [Cause::Rst]);
}

#[test]
fn what_acknowledges_the_other_sides_end_does_not_wait_for_a_byte_more() {
    let end = seq(100, LOGIN.len());
    let mut bench = Bench::new(&[]);
    bench.handshake();
    bench.packet(&Tcp::pool(500, 100, ACK).with(JOB));
    bench.packet(&Tcp::pool(seq(500, JOB.len()), 100, ACK | FIN).with(b""));
    // A FIN takes a sequence number of its own.
    bench.packet(&Tcp::miner(100, seq(501, JOB.len()), ACK).with(LOGIN));
    assert_eq!(bench.stream(Side::A), text(LOGIN));
    bench.packet(&Tcp::miner(end, seq(501, JOB.len()), ACK | FIN).with(b""));
    bench.packet(&Tcp::miner(100, seq(501, JOB.len()), ACK | FIN).with(LOGIN));
    bench.finish();
    assert_eq!((bench.opened(), bench.stream(Side::A)), (1, text(LOGIN)));
    assert_eq!((bench.stream(Side::B), bench.counter("drop_gap_bytes")), (text(JOB), 0));
}

#[test]
fn what_acknowledges_an_end_that_came_early_waits_for_what_came_before_it() {
    let mut bench = Bench::new(&[]);
    bench.handshake();
    bench.packet(&Tcp::pool(500, 100, ACK).with(JOB));
    let lost = seq(500, JOB.len());
    bench.packet(&Tcp::pool(seq(lost, REPLY.len()), 100, ACK | FIN).with(b""));
    bench.packet(&Tcp::miner(100, seq(lost + 1, REPLY.len()), ACK).with(LOGIN));
    bench.packet(&Tcp::pool(lost, 100, ACK).with(REPLY));
    assert_eq!((bench.stream(Side::A), bench.stream(Side::B)), (text(LOGIN), text(JOB) + &text(REPLY)));
    bench.finish();
    assert_eq!(bench.counter("drop_gap_bytes"), 0);
}

#[test]
fn a_closed_flow_that_speaks_again_is_a_new_account() {
    let mut bench = Bench::new(&[]);
    bench.handshake();
    bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
    bench.packet(&Tcp::miner(seq(100, LOGIN.len()), 0, RST).with(b""));
    bench.now_ns += common::SECOND;
    bench.packet(&Tcp::miner(5000, 500, ACK).with(LOGIN));
    bench.finish();
    let firsts: Vec<u64> = bench
        .seen
        .iter()
        .filter_map(|seen| match seen {
            minesensor_fastpath::observation::Observation::Opened(opened) => Some(opened.first_ns),
            _ => None,
        })
        .collect();
    assert_eq!(firsts.len(), 2);
    assert!(firsts[1] > firsts[0]);
}

/// The dialogue, ended by `flags` of both sides, and what the miner sends after that.
fn ended(flags: u8, late: &[u8], late_at: usize) -> Bench {
    let mut packets = dialogue(20);
    let (miner_end, pool_end) = (seq(100, LOGIN.len()), seq(500, REPLY.len() + JOB.len()));
    packets.push(Tcp::pool(pool_end, miner_end, flags | ACK).with(b""));
    packets.push(Tcp::miner(miner_end, pool_end + 1, flags | ACK).with(b""));
    packets.push(Tcp::miner(seq(100, late_at), pool_end + 1, ACK).with(late));
    replay(&packets)
}

#[test]
fn what_is_sent_again_after_the_end_is_no_new_session() {
    for flags in [FIN, RST] {
        let bench = ended(flags, LOGIN, 0);
        assert_eq!(bench.opened(), 1);
        assert_eq!(bench.stream(Side::A), text(LOGIN));
    }
}

#[test]
fn what_is_new_after_the_end_is_read_from_where_reading_ended() {
    let again = [LOGIN, LOGIN].concat();
    for (late, late_at) in [(again.as_slice(), 0), (LOGIN, LOGIN.len())] {
        let bench = ended(RST, late, late_at);
        assert_eq!(bench.opened(), 2, "a forged RST must not hide what follows");
        assert_eq!(bench.stream(Side::A), text(&again));
    }
}

#[test]
fn what_waits_for_a_hole_is_found_when_the_input_or_the_port_ends() {
    let mut packets = dialogue(20);
    packets.remove(2);
    packets[2] = Tcp::miner(120, 500, ACK).with(LOGIN);
    let bench = replay(&packets[..3]);
    assert_eq!((bench.opened(), bench.stream(Side::A)), (1, "?".repeat(20) + &text(LOGIN)));
    packets[3] = Tcp::miner(70_000, 0, SYN).with(b"");
    packets[4] = Tcp::pool(90_000, 70_001, SYN | ACK).with(b"");
    let bench = replay(&packets[..5]);
    assert_eq!((bench.opened(), bench.stream(Side::A)), (1, "?".repeat(20) + &text(LOGIN)));
    assert_eq!(bench.causes(), [Cause::PortReused]);
}

#[test]
fn both_ends_opening_at_once_are_one_flow() {
    let mut bench = Bench::new(&[]);
    bench.packet(&Tcp::miner(99, 0, SYN).with(LOGIN));
    bench.packet(&Tcp::pool(499, 0, SYN).with(REPLY));
    bench.packet(&Tcp::pool(seq(500, REPLY.len()), seq(100, LOGIN.len()), ACK).with(JOB));
    bench.finish();
    assert_eq!((bench.counter("flows_tcp"), bench.opened()), (1, 1));
    assert_eq!((bench.stream(Side::A), bench.stream(Side::B)), (text(LOGIN), pool_text()));
}
