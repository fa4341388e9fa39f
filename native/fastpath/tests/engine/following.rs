//! A followed flow gives the same bytes however its packets were cut, swapped, repeated or lost.

use crate::common::{self, Bench, JOB, LOGIN, REPLY, Tcp, dialogue, pool_text, replay, seq, text, udp};
use minesensor_fastpath::layers::Frame;
use minesensor_fastpath::layers::flags::ACK;
use minesensor_fastpath::observation::{Cause, Need, Observation};
use minesensor_fastpath::side::Side;

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
fn a_hole_at_the_end_of_time_is_waited_for_and_no_more() {
    let mut bench = Bench::new(&[]);
    let other = udp(([192, 0, 2, 1], 40_000), ([192, 0, 2, 2], 40_000), b"");
    // Timers grow by a month for each time that is absurd: some seven thousand of them bring them to their end.
    for ts_ns in (0..7200).flat_map(|_| [u64::MAX, common::START, common::START + 6 * common::SECOND]) {
        bench.now_ns = ts_ns;
        bench.take(&Frame { link: 1, data: &other, wire_len: 42 });
    }
    bench.now_ns = common::START + 7 * common::SECOND;
    bench.handshake();
    bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
    let end = 100 + u32::try_from(LOGIN.len()).expect("short");
    bench.packet(&Tcp::miner(end + 10, 500, ACK).with(LOGIN));
    bench.packet(&other);
    assert_eq!(bench.stream(Side::A), text(LOGIN));
    bench.packet(&Tcp::miner(end, 500, ACK).with(b"ten bytes."));
    assert_eq!(bench.stream(Side::A), text(&[LOGIN, b"ten bytes.", LOGIN].concat()));
    assert_eq!(bench.counter("drop_gap_bytes"), 0);
}
