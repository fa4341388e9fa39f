//! What a mirror shows twice is read once, and counted.

use crate::common::{Bench, JOB, LOGIN, MINER, POOL, REPLY, SECOND, Tcp, plan_with_realms, udp};
use minesensor_fastpath::layers::flags;
use minesensor_fastpath::observation::Need;
use minesensor_fastpath::side::Side;

pub const VLAN: u16 = 7;

/// A frame with a tag put in behind its addresses.
pub fn tagged(frame: &[u8]) -> Vec<u8> {
    let [high, low] = VLAN.to_be_bytes();
    [&frame[..12], &[0x81, 0, high, low], &frame[12..]].concat()
}

/// A mirror that shows each packet twice, the second time with a tag or without.
struct Mirror {
    bench: Bench,
    with_tag: bool,
}

impl Mirror {
    fn new(realms: &[(i64, u16)], with_tag: bool) -> Self {
        let mut bench = Bench::of(plan_with_realms(&[], realms));
        bench.steer = Some(Need::More);
        Self { bench, with_tag }
    }

    fn packet(&mut self, frame: &[u8]) {
        self.bench.packet(frame);
        self.copy(frame);
    }

    fn copy(&mut self, frame: &[u8]) {
        let copy = if self.with_tag { tagged(frame) } else { frame.to_vec() };
        self.bench.packet(&copy);
    }

    fn session(&mut self) {
        self.packet(&Tcp::miner(99, 0, flags::SYN).with(b""));
        self.packet(&Tcp::pool(499, 100, flags::SYN | flags::ACK).with(b""));
        self.packet(&Tcp::miner(100, 500, flags::ACK).with(LOGIN));
        let (asked, answered) = (100 + LOGIN.len() as u32, 500 + REPLY.len() as u32);
        self.packet(&Tcp::pool(500, asked, flags::ACK).with(REPLY));
        self.packet(&Tcp::pool(answered, asked, flags::ACK).with(JOB));
        let told = answered + JOB.len() as u32;
        self.packet(&Tcp::miner(asked, told, flags::ACK | flags::FIN).with(b""));
        self.packet(&Tcp::pool(told, asked + 1, flags::ACK | flags::FIN).with(b""));
        // The last job once more, by a copy that is late.
        self.copy(&Tcp::pool(answered, asked, flags::ACK).with(JOB));
        self.bench.finish();
    }

    fn holds_one_session(&self) {
        assert_eq!(self.bench.opened(), 1);
        assert_eq!(self.bench.stream(Side::A), String::from_utf8_lossy(LOGIN));
        assert_eq!(self.bench.stream(Side::B), String::from_utf8_lossy(&[REPLY, JOB].concat()));
    }
}

#[test]
fn copies_in_one_realm_are_read_once_and_counted() {
    for with_tag in [false, true] {
        let mut mirror = Mirror::new(&[], with_tag);
        mirror.session();
        mirror.holds_one_session();
        assert_eq!(mirror.bench.counter("mirrored_segments"), 3);
        assert_eq!(mirror.bench.counter("mirrored_syns"), 2);
    }
}

#[test]
fn copies_with_a_tag_of_another_realm_begin_no_session_of_their_own() {
    for realms in [&[(i64::from(VLAN), 3)][..], &[(1, 1), (2, 2), (i64::from(VLAN), 3)]] {
        let mut mirror = Mirror::new(realms, true);
        mirror.session();
        mirror.holds_one_session();
        assert_eq!(mirror.bench.counter("mirrored_segments"), 4);
        assert_eq!(mirror.bench.counter("flows_tcp"), 2);
    }
}

#[test]
fn what_is_sent_again_after_a_while_is_no_copy() {
    let mut bench = Bench::of(plan_with_realms(&[], &[]));
    bench.steer = Some(Need::More);
    bench.handshake();
    bench.packet(&Tcp::miner(100, 500, flags::ACK).with(LOGIN));
    bench.now_ns += SECOND / 5;
    bench.packet(&Tcp::miner(100, 500, flags::ACK).with(LOGIN));
    bench.packet(&Tcp::pool(500, 100 + LOGIN.len() as u32, flags::ACK).with(REPLY));
    bench.finish();
    assert_eq!(bench.stream(Side::A), String::from_utf8_lossy(LOGIN));
    assert_eq!(bench.counter("mirrored_segments"), 0);
}

/// Two customers with the same private addresses and ports at the same time: their sequence numbers differ.
#[test]
fn equal_addresses_of_two_realms_are_two_sessions() {
    let mut bench = Bench::of(plan_with_realms(&[], &[(i64::from(VLAN), 3)]));
    bench.steer = Some(Need::More);
    let far = 1 << 20;
    for (first, wrap) in [(100, false), (100 + far, true)] {
        for frame in [
            Tcp::miner(first - 1, 0, flags::SYN).with(b""),
            Tcp::miner(first, 500, flags::ACK).with(LOGIN),
            Tcp::pool(500 + first, first + LOGIN.len() as u32, flags::ACK).with(JOB),
        ] {
            bench.packet(&if wrap { tagged(&frame) } else { frame });
        }
    }
    bench.finish();
    assert_eq!(bench.opened(), 2);
    assert_eq!(bench.counter("mirrored_segments"), 0);
}

#[test]
fn a_copied_answer_about_a_listed_name_is_told_once() {
    let answer = b"\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0\x04pool\x07example\0\0\x01\0\x01\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc6\x33\x64\x14";
    let datagram = udp((POOL, 53), (MINER, 40_001), answer);
    let mut bench = Bench::of(plan_with_realms(&[], &[(i64::from(VLAN), 3)]));
    bench.packet(&datagram);
    bench.packet(&tagged(&datagram));
    assert_eq!((bench.names().len(), bench.counter("mirrored_answers")), (1, 1));
    bench.now_ns += SECOND;
    bench.packet(&datagram);
    // Another client that is told the same.
    bench.packet(&udp((POOL, 53), (MINER, 40_002), answer));
    assert_eq!((bench.names().len(), bench.counter("mirrored_answers")), (3, 1));
}
