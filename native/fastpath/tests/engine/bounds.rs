//! What floods cannot do: grow a table, displace a settled session.

use crate::common::{self, Bench, JOB, LOGIN, Tcp, text};
use minesensor_fastpath::layers::flags::{ACK, RST, SYN};
use minesensor_fastpath::observation::{Cause, Need, Observation};
use minesensor_fastpath::side::Side;

const CAPS: [(&str, u64); 5] = [
    ("flows_max", 4096),
    ("young_sessions_max", 64),
    ("settled_sessions_max", 96),
    ("one_sided_sessions_max", 32),
    ("resting_sessions_max", 2),
];

fn settled(sessions: u16) -> Bench {
    let mut bench = Bench::new(&CAPS);
    bench.steer = Some(Need::More);
    for port in 0..sessions {
        let miner = |seq, ack, flags| Tcp { from: (common::MINER, 10_000 + port), ..Tcp::miner(seq, ack, flags) };
        bench.packet(&miner(99, 0, SYN).with(b""));
        bench.packet(&miner(100, 500, ACK).with(LOGIN));
    }
    bench.steer = None;
    bench
}

fn stranger(number: u32) -> [u8; 4] {
    let [_, b, c, d] = number.wrapping_mul(2_654_435_761).to_be_bytes();
    [203, b, c, d]
}

fn flood(bench: &mut Bench, count: u32, packet: impl Fn(Tcp) -> Vec<u8>) {
    for number in 0..count {
        let from = (stranger(number), u16::try_from(number % 60_000).expect("a port"));
        bench.packet(&packet(Tcp { from, ..Tcp::miner(number, 0, 0) }));
    }
}

#[test]
fn no_flood_displaces_a_settled_session() {
    let mut bench = settled(100);
    assert_eq!(bench.counter("settled_now"), 100);
    let before = bench.causes().len();
    flood(&mut bench, 20_000, |tcp| Tcp { flags: SYN, ..tcp }.with(b""));
    flood(&mut bench, 20_000, |tcp| Tcp { flags: ACK, ..tcp }.with(b"\x17\x03\x03 garbage"));
    flood(&mut bench, 20_000, |tcp| Tcp { flags: ACK, ..tcp }.with(b"{\"half\":"));
    flood(&mut bench, 20_000, |tcp| Tcp { flags: ACK, ..tcp }.with(LOGIN));
    flood(&mut bench, 20_000, |tcp| Tcp { flags: ACK, ..tcp }.with(JOB));
    assert_eq!(bench.counter("settled_now"), 100);
    assert!(bench.counter("young_now") <= 64);
    assert!(bench.counter("held_now") <= 64);
    assert!(bench.counter("flows_now") <= 4096);
    let evicted = bench.causes().len() - before;
    assert!(evicted as u64 >= 20_000, "young sessions gave way to young ones: {evicted}");
}

#[test]
fn a_full_house_takes_nobody_in_and_gives_nobody_up() {
    let bench = settled(130);
    assert_eq!((bench.counter("settled_now"), bench.counter("young_now")), (128, 2));
    assert_eq!(bench.causes(), []);
}

/// The id of the flow that was opened as the `number`th, from 1.
fn id(bench: &Bench, number: usize) -> u64 {
    let opened = |seen: &Observation| if let Observation::Opened(opened) = seen { Some(opened.flow_id) } else { None };
    bench.seen.iter().filter_map(opened).nth(number - 1).expect("it was opened")
}

/// The port of a session's miner.
fn speaking(port: u16, seq: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    Tcp { from: (common::MINER, port), ..Tcp::miner(seq, 500, flags) }.with(payload)
}

#[test]
fn a_resting_session_is_known_to_its_end_and_what_went_by_is_missing() {
    let mut bench = settled(1);
    let end = 100 + u32::try_from(LOGIN.len()).expect("short");
    bench.engine.steer(id(&bench, 1), Need::Enough);
    bench.packet(&speaking(10_000, end, ACK, b"goes by"));
    bench.packet(&speaking(10_000, end + 9, ACK, b"behind a hole"));
    bench.packet(&speaking(10_000, end, ACK, b"goes by"));
    assert_eq!((bench.stream(Side::A), bench.counter("resting_now")), (text(LOGIN), 1));
    bench.engine.steer(id(&bench, 1), Need::Closely);
    bench.packet(&speaking(10_000, end + 22, ACK, LOGIN));
    assert_eq!(bench.stream(Side::A), text(LOGIN) + &"?".repeat(22) + &text(LOGIN));
    bench.engine.steer(id(&bench, 1), Need::Enough);
    bench.packet(&speaking(10_000, end + 22 + 49, ACK, b"goes by"));
    bench.packet(&speaking(10_000, end + 22 + 56, RST, b""));
    assert_eq!(bench.causes(), [Cause::Rst]);
    assert_eq!(bench.stream(Side::A), text(LOGIN) + &"?".repeat(22) + &text(LOGIN) + "???????");
    assert_eq!(bench.counter("resting_now"), 0);
}

#[test]
fn only_so_many_may_rest() {
    let mut bench = settled(5);
    let ids: Vec<u64> = (1..=5).map(|number| id(&bench, number)).collect();
    ids.into_iter().for_each(|flow_id| bench.engine.steer(flow_id, Need::Enough));
    assert_eq!((bench.counter("resting_now"), bench.counter("settled_now")), (2, 0));
}

#[test]
fn who_is_dismissed_is_a_new_account_and_not_before_an_hour_is_over() {
    let mut bench = settled(1);
    let end = 100 + u32::try_from(LOGIN.len()).expect("short");
    bench.engine.steer(id(&bench, 1), Need::Later);
    let seconds = [1, 600, 600, 600, 600, 600, 700];
    let opened: Vec<usize> = (0..)
        .zip(seconds)
        .map(|(number, pause)| {
            bench.now_ns += pause * common::SECOND;
            bench.packet(&speaking(10_000, end + number * 49, ACK, LOGIN));
            bench.opened()
        })
        .collect();
    assert_eq!(opened, [1, 1, 1, 1, 1, 1, 2]);
    let firsts: Vec<u64> = bench
        .seen
        .iter()
        .filter_map(|seen| if let Observation::Opened(opened) = seen { Some(opened.first_ns) } else { None })
        .collect();
    assert!(firsts[1] > firsts[0] + 2 * common::SECOND, "it has a name of its own");
}

#[test]
fn what_a_judgement_may_change_is_judged_before_the_next_packet() {
    let mut bench = settled(2);
    let end = 100 + u32::try_from(LOGIN.len()).expect("short");
    let stops = |bench: &mut Bench, packet: Vec<u8>| {
        let wire_len = u32::try_from(packet.len()).expect("a small frame");
        bench.engine.packet(bench.now_ns, 0, &minesensor_fastpath::layers::Frame { link: 1, data: &packet, wire_len });
        let stops = bench.engine.must_stop();
        bench.engine.resume();
        stops
    };
    assert!(!stops(&mut bench, speaking(10_000, end, ACK, LOGIN)), "settled");
    bench.engine.steer(id(&bench, 1), Need::Closely);
    assert!(stops(&mut bench, speaking(10_000, end + 49, ACK, LOGIN)), "watched");
    bench.engine.steer(id(&bench, 1), Need::More);
    assert!(!stops(&mut bench, speaking(10_000, end + 98, ACK, LOGIN)), "settled again");
    assert!(!stops(&mut bench, speaking(10_000, end + 147, RST, b"")), "nobody waits for its end");
    let mut bench = settled(2);
    bench.engine.steer(id(&bench, 2), Need::Enough);
    assert!(stops(&mut bench, speaking(10_000, end, RST, b"")), "somebody rests");
}

#[test]
fn where_too_much_waits_in_all_who_has_waited_longest_gives_up() {
    let caps = [("reorder_total_bytes_max", 64 * 1024), ("young_sessions_max", 256)];
    let mut bench = Bench::new(&caps);
    let end = 100 + u32::try_from(LOGIN.len()).expect("short");
    let late = vec![b'x'; 1000];
    for port in 0..100 {
        bench.packet(&speaking(port, 100, ACK, LOGIN));
        bench.packet(&speaking(port, end + 10, ACK, &late));
    }
    let given_up = bench.counter("drop_gap_bytes") / 10;
    assert!((100 - 65..100 - 50).contains(&given_up), "{given_up}");
    bench.packet(&speaking(0, end, ACK, b"ten bytes."));
    bench.packet(&speaking(99, end, ACK, b"ten bytes."));
    bench.finish();
    assert_eq!(bench.counter("drop_gap_bytes"), 990, "the last one that waited lost nothing");
}

#[test]
fn what_waited_and_came_through_makes_room() {
    let mut bench = Bench::new(&[("reorder_total_bytes_max", 64 * 1024)]);
    let end = 100 + u32::try_from(LOGIN.len()).expect("short");
    bench.packet(&speaking(1, 100, ACK, LOGIN));
    for round in 0..100 {
        let at = end + 2000 * round;
        bench.packet(&speaking(1, at + 1000, ACK, &[b'y'; 1000]));
        bench.packet(&speaking(1, at, ACK, &[b'x'; 1000]));
        bench.packet(&speaking(2, 100 + 2000 * round, ACK, LOGIN));
        bench.packet(&speaking(2, 1000 + 2000 * round, ACK, &[b'x'; 1000]));
        bench.packet(&speaking(2, 1000 + 2000 * round, RST, b""));
    }
    assert_eq!(bench.stream(Side::A).matches('y').count(), 100_000);
}

#[test]
fn a_flow_whose_bytes_come_one_by_one_is_found_and_not_held_for_ever() {
    let drip = |bench: &mut Bench, port, text: &[u8]| {
        for (at, byte) in (100..).zip(text) {
            bench.packet(&speaking(port, at, ACK, &[*byte]));
        }
    };
    let mut bench = Bench::new(&[]);
    drip(&mut bench, 1, LOGIN);
    assert_eq!((bench.stream(Side::A), bench.counter("held_now")), (text(LOGIN), 0));
    drip(&mut bench, 2, &[b"{".as_slice(), &[b' '; 127]].concat());
    assert_eq!(bench.counter("held_now"), 1);
    drip(&mut bench, 3, &[b"{".as_slice(), &[b' '; 128]].concat());
    assert_eq!(bench.counter("held_now"), 1);
}

#[test]
fn fates_sum_to_the_packets_read() {
    let mut bench = settled(10);
    flood(&mut bench, 500, |tcp| Tcp { flags: ACK, ..tcp }.with(b"x"));
    bench.packet(b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\x06arp");
    bench.packet(b"short");
    assert_eq!(bench.fates(), bench.counter("packets"));
}
