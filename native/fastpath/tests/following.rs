//! A followed flow gives the same bytes however its packets were cut, swapped, repeated or lost.

mod common;

use common::{Bench, JOB, LOGIN, REPLY, Tcp, text};
use minesensor_fastpath::layers::flags::{ACK, FIN, RST, SYN};
use minesensor_fastpath::observation::{Cause, Need, Observation};
use minesensor_fastpath::side::Side;

fn seq(base: u32, at: usize) -> u32 {
    base + u32::try_from(at).expect("a small offset")
}

/// The dialogue as packets: the login cut at `cut`, then the answer and a job.
fn dialogue(cut: usize) -> Vec<Vec<u8>> {
    let end = seq(100, LOGIN.len());
    vec![
        Tcp::miner(99, 0, SYN).with(b""),
        Tcp::pool(499, 100, SYN | ACK).with(b""),
        Tcp::miner(100, 500, ACK).with(&LOGIN[..cut]),
        Tcp::miner(seq(100, cut), 500, ACK).with(&LOGIN[cut..]),
        Tcp::pool(500, end, ACK).with(REPLY),
        Tcp::miner(end, seq(500, REPLY.len()), ACK).with(b""),
        Tcp::pool(seq(500, REPLY.len()), end, ACK).with(JOB),
    ]
}

fn replay(packets: &[Vec<u8>]) -> Bench {
    let mut bench = Bench::new(&[]);
    packets.iter().for_each(|packet| bench.packet(packet));
    bench.finish();
    bench
}

fn pool_text() -> String {
    text(REPLY) + &text(JOB)
}

#[test]
fn a_login_cut_anywhere_is_found_and_whole() {
    for cut in 1..LOGIN.len() {
        let bench = replay(&dialogue(cut));
        assert_eq!(bench.opened(), 1, "cut at {cut}");
        assert_eq!(bench.stream(Side::A), text(LOGIN), "cut at {cut}");
        assert_eq!(bench.stream(Side::B), pool_text(), "cut at {cut}");
        assert_eq!(bench.causes(), [Cause::End]);
    }
}

#[test]
fn any_two_neighbours_swapped_give_the_same_streams() {
    for cut in [1, 10, 30] {
        let packets = dialogue(cut);
        for index in 2..packets.len() - 1 {
            let mut swapped = packets.clone();
            swapped.swap(index, index + 1);
            let bench = replay(&swapped);
            assert_eq!(bench.opened(), 1, "cut at {cut}, swapped {index}");
            assert_eq!(bench.stream(Side::A), text(LOGIN), "cut at {cut}, swapped {index}");
            assert_eq!(bench.stream(Side::B), pool_text(), "cut at {cut}, swapped {index}");
        }
    }
}

#[test]
fn every_packet_twice_gives_the_same_streams() {
    let doubled: Vec<Vec<u8>> = dialogue(20).into_iter().flat_map(|packet| [packet.clone(), packet]).collect();
    let bench = replay(&doubled);
    assert_eq!((bench.opened(), bench.stream(Side::A), bench.stream(Side::B)), (1, text(LOGIN), pool_text()));
    assert_eq!(bench.counter("flows_tcp"), 1);
}

#[test]
fn a_lost_answer_is_a_gap_of_its_size() {
    let mut packets = dialogue(20);
    packets.remove(4);
    let bench = replay(&packets);
    assert_eq!(bench.stream(Side::B), "?".repeat(REPLY.len()) + &text(JOB));
    assert_eq!(bench.counter("drop_gap_bytes"), REPLY.len() as u64);
}

#[test]
fn a_hole_is_given_up_after_five_seconds_of_packet_time() {
    let mut packets = dialogue(20);
    packets.remove(4);
    let mut bench = Bench::new(&[]);
    packets.iter().for_each(|packet| bench.packet(packet));
    assert_eq!(bench.stream(Side::B), "");
    bench.now_ns += 6 * common::SECOND;
    bench.packet(&common::udp((common::POOL, 9), (common::MINER, 9), b"other traffic"));
    assert_eq!(bench.stream(Side::B), "?".repeat(REPLY.len()) + &text(JOB));
}

#[test]
fn a_clock_that_was_wrong_for_a_while_stops_no_timer() {
    let mut packets = dialogue(20);
    packets.remove(4);
    let mut bench = Bench::new(&[]);
    let (start_ns, other) = (bench.now_ns, common::udp((common::POOL, 9), (common::MINER, 9), b"other traffic"));
    bench.now_ns = start_ns + 80 * 365 * 24 * 3600 * common::SECOND;
    bench.packet(&other);
    bench.packet(&other);
    bench.now_ns = start_ns;
    packets.iter().for_each(|packet| bench.packet(packet));
    for _ in 0..12 {
        bench.now_ns += common::SECOND;
        bench.packet(&other);
    }
    assert_eq!(bench.stream(Side::B), "?".repeat(REPLY.len()) + &text(JOB), "the hole was given up");
    bench.now_ns += 901 * common::SECOND;
    bench.packet(&other);
    assert_eq!(bench.causes(), [Cause::Idle]);
}

/// Questions and answers of a session, one pair every `step_ms`; the capture has each answer `skew_ms` too early.
fn skewed(step_ms: u64, skew_ms: u64, pairs: u32) -> Bench {
    const ASKED: &[u8] = b"{\"id\":4,\"method\":\"mining.submit\",\"params\":[]}\n";
    const ANSWERED: &[u8] = b"{\"id\":4,\"result\":true}\n";
    let mut packets = Vec::new();
    let (mut asked, mut answered) = (seq(100, LOGIN.len()), seq(500, REPLY.len()));
    for pair in 0..pairs {
        let at_ms = 10_000 + u64::from(pair) * step_ms;
        packets.push((at_ms, Tcp::miner(asked, answered, ACK).with(ASKED)));
        asked = seq(asked, ASKED.len());
        packets.push((at_ms + step_ms / 2 - skew_ms, Tcp::pool(answered, asked, ACK).with(ANSWERED)));
        answered = seq(answered, ANSWERED.len());
    }
    packets.sort_by_key(|(at_ms, _)| *at_ms);
    let mut bench = Bench::new(&[]);
    bench.handshake();
    bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
    bench.packet(&Tcp::pool(500, seq(100, LOGIN.len()), ACK).with(REPLY));
    let start_ns = bench.now_ns;
    for (at_ms, packet) in &packets {
        bench.now_ns = start_ns + at_ms * 1_000_000;
        bench.packet(packet);
    }
    bench.finish();
    assert_eq!(bench.stream(Side::A), text(LOGIN) + &text(ASKED).repeat(pairs as usize));
    assert_eq!(bench.stream(Side::B), text(REPLY) + &text(ANSWERED).repeat(pairs as usize));
    bench
}

/// The sides of the chunks in the order they were told.
fn turns(bench: &Bench) -> Vec<Side> {
    let side = |seen: &Observation| if let Observation::Chunk { side, .. } = seen { Some(*side) } else { None };
    bench.seen.iter().filter_map(side).collect()
}

#[test]
fn a_direction_that_runs_ahead_for_long_loses_nothing() {
    for (step_ms, skew_ms, pairs) in [(10, 50, 3000), (400, 1000, 200), (400, 4000, 200), (2000, 3000, 50)] {
        let bench = skewed(step_ms, skew_ms, pairs);
        assert_eq!(bench.counter("drop_gap_bytes"), 0, "{skew_ms} ms");
        let pair = [Side::A, Side::B];
        assert_eq!(turns(&bench), pair.repeat(pairs as usize + 1), "{skew_ms} ms: each answer follows its question");
    }
}

#[test]
fn one_direction_alone_is_followed() {
    let packets = dialogue(20);
    let pool_only: Vec<Vec<u8>> = [1, 4, 6].map(|index: usize| packets[index].clone()).to_vec();
    let bench = replay(&pool_only);
    assert_eq!(bench.stream(Side::B), pool_text(), "the SYN's answer tells that the pool is B");
    assert_eq!(bench.counter("drop_gap_bytes"), 0, "of a direction that is not there nothing is missing");
    let miner_only: Vec<Vec<u8>> = [0, 2, 3, 5].map(|index: usize| packets[index].clone()).to_vec();
    let bench = replay(&miner_only);
    assert_eq!(bench.stream(Side::A), text(LOGIN));
    assert_eq!(bench.counter("flows_tcp_one_way"), 1);
}

#[test]
fn a_session_met_in_its_middle_is_found_at_its_next_message() {
    let mut bench = Bench::new(&[]);
    bench.packet(&Tcp::pool(7000, 300, ACK).with(b"c0ffee\",true]}\n"));
    bench.packet(&Tcp::pool(7015, 300, ACK).with(JOB));
    bench.packet(&Tcp::miner(300, 7015, ACK).with(b"{\"id\":4}\n"));
    bench.finish();
    assert_eq!(bench.opened(), 1);
    assert_eq!(bench.stream(Side::A), text(JOB), "A is the sender of the first packet seen");
    assert_eq!(bench.stream(Side::B), "{\"id\":4}\n");
}

#[test]
fn a_packet_cut_by_the_snap_length_leaves_a_gap_of_known_size() {
    let mut bench = Bench::new(&[]);
    bench.handshake();
    let whole = Tcp::miner(100, 500, ACK).with(LOGIN);
    let wire_len = u32::try_from(whole.len()).expect("a small frame");
    bench.cut(&whole[..whole.len() - 9], wire_len);
    bench.packet(&Tcp::miner(seq(100, LOGIN.len()), 500, ACK).with(LOGIN));
    bench.finish();
    assert_eq!((bench.counter("packets_cut"), bench.counter("tcp_payload_bytes_cut")), (1, 9));
    let kept = text(&LOGIN[..LOGIN.len() - 9]);
    assert_eq!(bench.stream(Side::A), kept + "?????????" + &text(LOGIN));
}

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

#[test]
fn a_refuted_flow_gives_no_more_chunks_until_an_anchor_matches_again() {
    let mut bench = Bench::new(&[]);
    bench.steer = Some(Need::Ignore);
    bench.handshake();
    bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
    let end = seq(100, LOGIN.len());
    bench.packet(&Tcp::miner(end, 500, ACK).with(b"plain text"));
    assert_eq!(bench.stream(Side::A), text(LOGIN));
    bench.packet(&Tcp::miner(end + 10, 500, ACK).with(JOB));
    assert_eq!(bench.opened(), 2);
}

#[test]
fn the_body_of_a_web_page_is_not_looked_at_and_what_a_tunnel_carries_is() {
    for (request, found) in
        [("GET /api HTTP/1.1\r\nHost: a.example\r\n\r\n", 0), ("CONNECT pool.example:3333 HTTP/1.1\r\n\r\n", 1)]
    {
        let mut bench = Bench::new(&[]);
        bench.handshake();
        bench.packet(&Tcp::miner(100, 500, ACK).with(request.as_bytes()));
        let end = seq(100, request.len());
        bench.packet(&Tcp::pool(500, end, ACK).with(b"HTTP/1.1 200 Connection established\r\n\r\n"));
        bench.packet(&Tcp::pool(539, end, ACK).with(JOB));
        assert_eq!(bench.opened(), found, "{request}");
    }
}

#[test]
fn a_tunnel_is_open_behind_any_answer_to_a_connect() {
    let connect = "CONNECT pool.example:3333 HTTP/1.1\r\nHost: pool.example:3333\r\n\r\n";
    let answers = [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 Connection Established\r\nProxy-Agent: x\r\n\r\n",
        "HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\n",
        "HTTP/1.1 200\r\n\r\n",
        // The client has to say who it is, and asks again.
        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
    ];
    for answer in answers {
        let mut bench = Bench::new(&[]);
        bench.handshake();
        bench.packet(&Tcp::miner(100, 500, ACK).with(connect.as_bytes()));
        let (end, answered) = (seq(100, connect.len()), seq(500, answer.len()));
        bench.packet(&Tcp::pool(500, end, ACK).with(answer.as_bytes()));
        bench.packet(&Tcp::miner(end, answered, ACK).with(LOGIN));
        bench.finish();
        assert_eq!((bench.opened(), bench.stream(Side::A)), (1, text(LOGIN)), "{answer}");
    }
}

#[test]
fn the_answer_of_a_tunnel_is_known_by_its_words_where_it_is_all_that_is_seen() {
    for (answer, found) in [
        ("HTTP/1.1 200 Connection established\r\n\r\n", 1),
        ("HTTP/1.0 200 Connection Established\r\n\r\n", 1),
        ("HTTP/1.1 200 OK\r\n\r\n", 0),
    ] {
        let mut bench = Bench::new(&[]);
        bench.packet(&Tcp::pool(500, 100, ACK).with(answer.as_bytes()));
        bench.packet(&Tcp::pool(seq(500, answer.len()), 100, ACK).with(JOB));
        assert_eq!(bench.opened(), found, "{answer}");
    }
}

#[test]
fn the_look_budget_is_kept() {
    let mut bench = Bench::new(&[]);
    bench.handshake();
    let mut at = 100;
    for _ in 0..20 {
        // Longer than what is held: each is looked at once and given up.
        let mut line = vec![b'{'];
        line.resize(5000, b'x');
        bench.packet(&Tcp::miner(at, 500, ACK).with(&line));
        at += 5000;
    }
    assert_eq!(bench.counter("looks"), 4, "four a second");
    assert_eq!(bench.counter("drop_look_refused"), 16);
}

#[test]
fn a_batch_stops_after_a_chunk_of_a_flow_that_is_not_settled() {
    let mut bench = Bench::new(&[]);
    bench.handshake();
    let packet = Tcp::miner(100, 500, ACK).with(LOGIN);
    let frame = minesensor_fastpath::layers::Frame { link: 1, data: &packet, wire_len: 103 };
    bench.engine.packet(bench.now_ns, 0, &frame);
    assert!(bench.engine.must_stop());
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
fn what_waits_for_several_holes_is_found_when_the_flow_goes_idle() {
    let mut bench = Bench::new(&[]);
    bench.handshake();
    bench.packet(&Tcp::miner(110, 500, ACK).with(b"{\"half\":"));
    bench.packet(&Tcp::miner(130, 500, ACK).with(LOGIN));
    bench.packet(&Tcp::miner(seq(140, LOGIN.len()), 500, ACK).with(LOGIN));
    bench.now_ns += 7200 * common::SECOND;
    bench.packet(&common::udp((common::POOL, 9), (common::MINER, 9), b"other traffic"));
    assert_eq!((bench.opened(), bench.causes()), (1, vec![Cause::Idle]));
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
