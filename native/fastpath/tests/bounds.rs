//! What floods cannot do: grow a table, displace a settled session.

mod common;

use common::{Bench, JOB, LOGIN, Tcp};
use minesensor_fastpath::layers::flags::{ACK, SYN};
use minesensor_fastpath::observation::Need;

const CAPS: [(&str, u64); 3] = [("flows_max", 4096), ("young_sessions_max", 64), ("settled_sessions_max", 128)];

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
    assert_eq!(bench.counter("drop_settled_evicted"), 0);
    assert!(bench.counter("young_now") <= 64);
    assert!(bench.counter("held_now") <= 64);
    assert!(bench.counter("flows_now") <= 4096);
    let evicted = bench.causes().len() - before;
    assert!(evicted as u64 >= 20_000, "young sessions gave way to young ones: {evicted}");
}

#[test]
fn a_full_house_of_settled_sessions_gives_up_the_one_unused_longest() {
    let bench = settled(130);
    assert_eq!(bench.counter("settled_now"), 128);
    assert_eq!(bench.counter("drop_settled_evicted"), 2);
}

#[test]
fn fates_sum_to_the_packets_read() {
    let mut bench = settled(10);
    flood(&mut bench, 500, |tcp| Tcp { flags: ACK, ..tcp }.with(b"x"));
    bench.packet(b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\x06arp");
    bench.packet(b"short");
    assert_eq!(bench.fates(), bench.counter("packets"));
}
