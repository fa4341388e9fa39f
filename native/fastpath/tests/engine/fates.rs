//! Every fate is met by a packet made for it, and every packet has exactly one.

use crate::common::{Bench, JOB, LOGIN, MINER, POOL, Tcp, udp};
use minesensor_fastpath::fate::Fate;
use minesensor_fastpath::layers::Frame;
use minesensor_fastpath::layers::flags::{ACK, SYN};

/// A packet with some of its bytes written anew, each at its place.
fn patched(mut packet: Vec<u8>, patches: &[(usize, &[u8])]) -> Vec<u8> {
    for (place, bytes) in patches {
        packet[*place..place + bytes.len()].copy_from_slice(bytes);
    }
    packet
}

/// Places in an Ethernet frame with an IPv4 packet.
const ETHERTYPE: usize = 12;
const IP_FRAGMENT: usize = 20;
const IP_PROTOCOL: usize = 23;

fn datagram() -> Vec<u8> {
    udp((MINER, 5000), (POOL, 6000), &[0; 16])
}

/// VLAN tags inside each other, deeper than any network nests them.
fn deep() -> Vec<u8> {
    let plain = datagram();
    let mut packet = plain[..ETHERTYPE].to_vec();
    for tag in 1..=20u8 {
        packet.extend([0x81, 0x00, 0x00, tag]);
    }
    packet.extend(&plain[ETHERTYPE..]);
    packet
}

struct Case {
    fate: &'static str,
    caps: &'static [(&'static str, u64)],
    link: u16,
    /// The last packet is the one that meets the fate.
    packets: Vec<Vec<u8>>,
}

fn case(fate: &'static str, packets: Vec<Vec<u8>>) -> Case {
    Case { fate, caps: &[], link: 1, packets }
}

fn cases() -> Vec<Case> {
    let payload = |bytes: &[u8]| Tcp::miner(100, 500, ACK).with(bytes);
    let (syn, login) = (Tcp::miner(99, 0, SYN).with(b""), payload(LOGIN));
    let job = Tcp::pool(500, 100, ACK).with(JOB);
    let dns = udp((POOL, 53), (MINER, 5000), b"no answer");
    let stranger = udp((POOL, 7), (MINER, 7), b"another flow");
    vec![
        Case { link: 147, ..case("unknown_link", vec![vec![0; 60]]) },
        case("too_deep", vec![deep()]),
        case("undecodable", vec![b"short".to_vec()]),
        case("not_ip", vec![patched(datagram(), &[(ETHERTYPE, &[0x08, 0x06])])]),
        case("other_transport", vec![patched(datagram(), &[(IP_PROTOCOL, &[1])])]),
        case("fragment_held", vec![patched(datagram(), &[(IP_FRAGMENT, &[0x20, 0])])]),
        // Its length is no multiple of eight, and more is to follow.
        case("fragment_dropped", vec![patched(udp((MINER, 1), (POOL, 2), b"odd"), &[(IP_FRAGMENT, &[0x20, 0])])]),
        case("tcp_empty", vec![syn]),
        case("tcp_passed", vec![payload(b"GET / HTTP/1.1\r\n\r\n")]),
        case("tcp_held", vec![payload(b"{\"id\":1,")]),
        case("tcp_followed", vec![login.clone(), job]),
        case("udp_passed", vec![datagram()]),
        case("udp_dns", vec![dns]),
        // A followed flow never gives way, so that one flow is a full table.
        Case { caps: &[("flows_max", 1)], ..case("dropped_table_full", vec![login, stranger]) },
    ]
}

#[test]
fn every_fate_is_met_by_its_packet_and_no_other() {
    for Case { fate, caps, link, packets } in cases() {
        let mut bench = Bench::new(caps);
        let (last, before) = packets.split_last().expect("a case has a packet");
        before.iter().for_each(|packet| bench.packet(packet));
        let count = bench.counter(&format!("fate_{fate}"));
        let wire_len = u32::try_from(last.len()).expect("a small frame");
        bench.engine.packet(bench.now_ns, 0, &Frame { link, data: last, wire_len });
        assert_eq!(bench.counter(&format!("fate_{fate}")), count + 1, "{fate}");
        assert_eq!(bench.fates(), packets.len() as u64, "{fate}");
        assert_eq!(bench.counter("packets"), packets.len() as u64);
    }
}

#[test]
fn the_list_of_cases_is_the_list_of_fates() {
    let names: Vec<&str> = cases().iter().map(|case| case.fate).collect();
    assert_eq!(names, Fate::ALL.map(Fate::name));
}

#[test]
fn a_datagram_made_whole_has_the_fate_of_what_is_in_it() {
    let whole = datagram();
    let first = patched(whole[..42].to_vec(), &[(16, &[0, 28]), (IP_FRAGMENT, &[0x20, 0])]);
    let mut last = whole[..34].to_vec();
    last.extend(&whole[42..]);
    let length = u8::try_from(last.len() - 14).expect("a small packet");
    let last = patched(last, &[(16, &[0, length]), (IP_FRAGMENT, &[0, 1])]);
    let mut bench = Bench::new(&[]);
    bench.packet(&first);
    bench.packet(&last);
    assert_eq!((bench.counter("fate_fragment_held"), bench.counter("fate_udp_passed")), (1, 1));
    assert_eq!(bench.fates(), 2);
}
