//! Any bytes at all, and good packets with some bytes changed.

use crate::craft::{ethernet, gtpu, hex, ipv4, ipv4_part, ipv6, ipv6_part, join, mpls, pppoe, tcp, udp, vlan, vxlan};
use minesensor_fastpath::fragments::{Added, FragmentTally, Fragments};
use minesensor_fastpath::layers::{Decoded, Frame, Transport, Walk, WalkLimits, resume, walk};
use proptest::prelude::*;

const LINKS: [u16; 50] = [
    0, 1, 6, 7, 8, 9, 10, 12, 14, 50, 51, 100, 101, 104, 105, 106, 107, 108, 109, 113, 117, 119, 123, 127, 128, 129, 147,
    149, 163, 178, 179, 180, 181, 192, 197, 204, 205, 206, 226, 228, 229, 239, 240, 241, 258, 276, 281, 282, 284, 285,
];

/// One packet of every family, for the mutations to begin with.
fn families() -> Vec<Vec<u8>> {
    let plain = ipv4(6, &tcp(b"payload"));
    let frame = ethernet(0x0800, &plain);
    vec![
        frame.clone(),
        ethernet(0x86dd, &ipv6(6, &tcp(b"payload"))),
        ethernet(0x86dd, &ipv6(0, &join("2b00000000000000 3c00000000000000 0600000000000000", &tcp(b"x")))),
        ethernet(0x88a8, &vlan(1, 0x8100, &vlan(2, 0x0800, &plain))),
        ethernet(0x8847, &mpls(16, false, &mpls(17, true, &plain))),
        ethernet(0x8864, &pppoe(1, &join("0021", &plain))),
        ethernet(0x0800, &ipv4(47, &join("b000 6558 00000000 00000001 00000002", &frame))),
        ethernet(0x0800, &ipv4(17, &vxlan(1, &frame))),
        ethernet(0x0800, &ipv4(17, &gtpu(1, &plain))),
        ethernet(0x0800, &ipv4(17, &udp(2152, 2152, &join("37 ff 003f 00000005 0001 07 85 01 0009 00", &plain)))),
        ethernet(0x0800, &ipv4(41, &ipv6(4, &plain))),
        ethernet(0x0800, &ipv4_part(17, 1, 0x2000, &[0; 24])),
        ethernet(0x86dd, &ipv6_part(17, 1, 0x0019, &[0; 24])),
        ethernet(0x003b, &join("aaaa03 000000 0800", &plain)),
        ethernet(0x88e7, &join("00 001234", &frame)),
        ethernet(0x88e5, &join("20 00 00000001 0200000000010001 0800", &plain)),
        ethernet(0x894f, &join("0fc6 0103 00000701 0000000000000000000000000000000000", &frame)),
        ethernet(0x8847, &mpls(16, true, &join("00000001", &frame))),
        ethernet(0x22f3, &join("0040 0001 0002 00000000", &frame)),
        ethernet(0xd28b, &join("0001 0010 0000000000000000 0800", &plain)),
        ethernet(0x0800, &ipv4(47, &join("3081 880b 0030 0001 00000001 00000002 ff03 0021", &plain))),
        ethernet(0x0800, &ipv4(47, &join("2001 6400 0040 0100", &frame))),
        ethernet(0x0800, &ipv4(47, &join("1000 88be 00000001 1001 0006 00000000", &frame))),
        ethernet(0x0800, &ipv4(47, &join("1000 22eb 00000001 2001 0006 00000000 0001 0001 0000000000000000", &frame))),
        ethernet(0x0800, &ipv4(47, &join("0000 8200 0801 2c00 020000000003020000000001020000000002 7000", &plain))),
        ethernet(0x0800, &ipv4(115, &join("00000007 00000000", &frame))),
        ethernet(0x0800, &ipv4(17, &udp(1, 6081, &join("01 00 6558 000007 00 00000000", &frame)))),
        ethernet(0x0800, &ipv4(17, &udp(1, 4790, &join("0c 0000 03 000007 00", &frame)))),
        ethernet(0x0800, &ipv4(17, &udp(1701, 1, &join("4a02 0040 0001 0002 0001 0001 0002 0000 ff03 0021", &plain)))),
        ethernet(0x0800, &ipv4(17, &udp(1, 3544, &join("0001 0000 0000000000000000 00 0000 0000 00000000", &frame)))),
        ethernet(0x0800, &ipv4(17, &udp(1, 37008, &join("01 00 0001 0a 01 00 00 01", &frame)))),
        ethernet(0x0800, &ipv4(17, &udp(1, 4754, &join("2000 0800 00000007", &plain)))),
        ethernet(0x0800, &ipv4(17, &udp(1, 5072, &join("0052 1104 00000000 00 0011223344", &plain)))),
        join("01000c0000 00 020000000001 0060 aaaa03 00000c 00c8 0000 0000", &frame),
        ethernet(0x0800, &ipv4(17, &udp(1, 5247, &join("00 10 02 00 00000000", &frame)))),
        hex(""),
    ]
}

fn lies_within(outer: &[u8], decoded: &Decoded<'_>) -> bool {
    let payload = match decoded.transport {
        Transport::Tcp(segment) => segment.payload,
        Transport::Udp(datagram) => datagram.payload,
    };
    payload.len() <= outer.len()
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8);
    (prop::sample::select(families()), edits, any::<prop::sample::Index>()).prop_map(|(mut data, edits, end)| {
        for (place, value) in edits {
            if !data.is_empty() {
                let place = place.index(data.len());
                data[place] = value;
            }
        }
        data.truncate(data.len() - end.index(data.len() + 1) / 4);
        data
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn no_bytes_upset_the_walk(
        data in prop::collection::vec(any::<u8>(), 0..300),
        link in prop::sample::select(&LINKS[..]),
        wire_len in any::<u32>(),
        layers_max in any::<u8>(),
    ) {
        if let Walk::Decoded(decoded) = walk(&Frame { link, data: &data, wire_len }, &WalkLimits { layers_max }) {
            prop_assert!(lies_within(&data, &decoded));
        }
    }

    #[test]
    fn no_change_to_a_good_packet_upsets_the_walk(data in mutated(), wire_len in 0_u32..3000) {
        if let Walk::Decoded(decoded) = walk(&Frame { link: 1, data: &data, wire_len }, &WalkLimits::default()) {
            prop_assert!(lies_within(&data, &decoded));
        }
    }

    /// The straight line for plain packets and the walk by tables are two ways to the same answer.
    #[test]
    fn the_straight_line_and_the_tables_agree(data in mutated(), wire_len in 0_u32..3000) {
        prop_assume!(data.len() >= 14);
        let cooked = [&[0; 14], &data[12..]].concat();
        let limits = WalkLimits::default();
        // Both headers say the same from their EtherType on; Linux has protocol numbers of its own below 0x0600.
        prop_assume!(u16::from_be_bytes([data[12], data[13]]) >= 0x0600);
        let straight = walk(&Frame { link: 1, data: &data, wire_len }, &limits);
        let tables = walk(&Frame { link: 113, data: &cooked, wire_len: wire_len.saturating_add(2) }, &limits);
        match (straight, tables) {
            (Walk::Decoded(straight), Walk::Decoded(tables)) => prop_assert_eq!(straight, tables),
            (straight, tables) => prop_assert_eq!(format!("{straight:?}"), format!("{tables:?}")),
        }
    }

    #[test]
    fn no_run_of_packets_upsets_the_reassembly(
        packets in prop::collection::vec((mutated(), any::<u16>(), any::<u32>()), 1..60),
    ) {
        let limits = WalkLimits::default();
        let mut fragments = Fragments::new(24 * 1024, 30_000_000_000);
        let mut tally = FragmentTally::default();
        for (data, realm, ts) in &packets {
            let mut walked = walk(&Frame { link: 1, data, wire_len: 0 }, &limits);
            let mut whole;
            while let Walk::Fragment(piece) = walked {
                let Added::Whole(datagram) = fragments.add(&piece, realm % 2, u64::from(*ts) * 100, &mut tally) else {
                    break;
                };
                whole = datagram;
                walked = resume(&whole, &limits);
            }
            prop_assert!(fragments.used_bytes() <= 24 * 1024);
        }
    }
}
