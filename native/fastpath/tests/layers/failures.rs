//! The closed lists are complete: every failure kind, note and fate of the walk is hit by a packet.

use std::collections::BTreeSet;

use crate::craft::{ethernet, gtpu, hex, ieee_802_3, ipv4, ipv4_part, ipv6, join, mpls, pppoe, tcp, udp};
use crate::{RAW, walk_whole};
use minesensor_fastpath::fate::{Failure, Fate, FateTally, Note};
use minesensor_fastpath::layers::{Frame, Walk, WalkLimits, walk};


/// A link type and a packet for every failure kind but the cut.
fn failing() -> Vec<(u16, Vec<u8>, Failure)> {
    let mut jumbo = ipv6(0, &[6, 0, 0xc2, 4, 0, 1, 0, 0]);
    jumbo[4..6].fill(0);
    vec![
        (1, vec![0; 13], Failure::EthernetShort),
        (113, vec![0; 15], Failure::CookedShort),
        (276, vec![0; 19], Failure::CookedShort),
        (0, vec![0; 3], Failure::LoopbackShort),
        (RAW, hex("00"), Failure::IpVersion),
        (1, ieee_802_3(&hex("aaaa")), Failure::LlcShort),
        (1, ethernet(0x8100, &[0; 3]), Failure::VlanShort),
        (1, ethernet(0x8847, &[0; 3]), Failure::MplsShort),
        (1, ethernet(0x8847, &mpls(16, true, &[0; 20])), Failure::MplsPayload),
        (1, ethernet(0x8864, &[0; 20]), Failure::PppoeBad),
        (1, ethernet(0x8864, &pppoe(1, &[])), Failure::PppShort),
        (228, hex("4500"), Failure::Ipv4Bad),
        (228, join("4500 0013", &ipv4(6, &[])[4..]), Failure::Ipv4Length),
        (229, hex("6000"), Failure::Ipv6Bad),
        (229, ipv6(60, &hex("06 ff 0000 00000000")), Failure::Ipv6Extension),
        (229, jumbo, Failure::Ipv6Jumbogram),
        (RAW, ipv4(51, &hex("00")), Failure::AuthenticationBad),
        (RAW, ipv4(47, &hex("00")), Failure::GreBad),
        (RAW, ipv4(47, &hex("0007 0800")), Failure::GreVersion),
        (RAW, ipv4(47, &hex("0000 6007")), Failure::GrePayload),
        (RAW, ipv4(47, &hex("0000 883e 00")), Failure::WccpShort),
        (RAW, ipv4(47, &hex("0000 22eb 1000")), Failure::ErspanBad),
        (1, ethernet(0x88e7, &[0; 3]), Failure::PbbShort),
        (1, ethernet(0x894f, &[0; 8]), Failure::NshBad),
        (RAW, ipv4(97, &[0; 2]), Failure::EtheripBad),
        (RAW, ipv4(115, &[1; 40]), Failure::L2tpBad),
        (1, ethernet(0x88e5, &[0; 5]), Failure::MacsecBad),
        (1, ethernet(0x88e5, &[0x0c; 40]), Failure::MacsecEncrypted),
        (1, ethernet(0x8926, &[0; 5]), Failure::SwitchTagBad),
        (9, hex("00fd 9000"), Failure::PppHidden),
        (104, hex("0f00"), Failure::HdlcShort),
        (107, hex("18"), Failure::FrameRelayShort),
        (6, vec![0; 13], Failure::TokenRingShort),
        (129, vec![0; 3], Failure::ArcnetShort),
        (10, vec![0x50; 12], Failure::LinkShort),
        (129, hex("be50 ea00 d4 03 0166 45"), Failure::ArcnetFragment),
        (105, vec![8; 10], Failure::WlanShort),
        (105, [&[8, 0x40][..], &[0; 38]].concat(), Failure::WlanEncrypted),
        (105, [&[8, 0][..], &[1; 38]].concat(), Failure::WlanFragment),
        (127, vec![1; 8], Failure::MonitorBad),
        (239, vec![2; 3], Failure::NflogBad),
        (178, vec![0; 4], Failure::JuniperBad),
        (258, vec![0; 108], Failure::PktapBad),
        (RAW, ipv4(6, &hex("00")), Failure::TcpBad),
        (RAW, ipv4(17, &hex("00")), Failure::UdpBad),
    ]
}

#[test]
fn every_failure_kind_is_hit_by_a_packet() {
    let mut hit = BTreeSet::from([Failure::SnapCut.name()]);
    for (link, data, expected) in failing() {
        let Walk::Done(Fate::Undecodable(failure)) = walk_whole(link, &data) else {
            panic!("{} was not met", expected.name());
        };
        assert_eq!(failure, expected);
        hit.insert(failure.name());
    }
    assert_eq!(hit, Failure::ALL.into_iter().map(Failure::name).collect());
}

#[test]
fn the_same_packets_cut_by_the_capture_are_cut_and_not_bad() {
    let short = [
        Failure::PbbShort,
        Failure::HdlcShort,
        Failure::FrameRelayShort,
        Failure::TokenRingShort,
        Failure::ArcnetShort,
        Failure::LinkShort,
        Failure::WlanShort,
        Failure::MacsecBad,
        Failure::SwitchTagBad,
        Failure::NflogBad,
        Failure::EthernetShort,
        Failure::CookedShort,
        Failure::LoopbackShort,
        Failure::VlanShort,
        Failure::MplsShort,
    ];
    for (link, data, _) in failing().into_iter().filter(|(_, _, failure)| short.contains(failure)) {
        let frame = Frame { link, data: &data, wire_len: 1500 };
        let Walk::Done(fate) = walk(&frame, &WalkLimits::default()) else { panic!("{data:?} was read") };
        assert_eq!(fate, Fate::Undecodable(Failure::SnapCut));
    }
}

/// A wireless frame of one packet and the beginning of another.
fn aggregate() -> Vec<u8> {
    let inner = join("aaaa03 000000 0800", &ipv4(6, &tcp(b"x")));
    let header = format!("8800 {} 8000 {} {:04x}", "00".repeat(22), "02".repeat(12), inner.len());
    [join(&header, &inner), vec![0; 20]].concat()
}

#[test]
fn every_fate_of_the_walk_and_every_note_is_hit_and_the_sum_is_what_was_read() {
    let mut offloaded = ipv4(6, &tcp(b"x"));
    offloaded[2..4].fill(0);
    let mut beyond = ipv4(6, &tcp(b"x"));
    beyond[2] = 0x7f;
    let deep = (0..20).fold(ipv4(6, &tcp(b"x")), |inner, _| ipv4(4, &inner));
    let packets = [
        (147, vec![]),
        (RAW, deep),
        (RAW, vec![]),
        (1, ethernet(0x0806, &[0; 28])),
        (RAW, ipv4(1, &[0; 8])),
        (RAW, ipv4_part(17, 1, 0x2000, &[0; 8])),
        (RAW, offloaded),
        (RAW, beyond),
        (RAW, ipv4(17, &udp(1, 4789, b"x"))),
        (RAW, ipv4(17, &udp(1, 2152, b"x"))),
        (RAW, ipv4(17, &udp(1, 4790, b"x"))),
        (RAW, ipv4(17, &udp(1, 6081, b"x"))),
        (RAW, ipv4(17, &udp(1701, 1, b"x"))),
        (RAW, ipv4(17, &udp(3544, 1, b"x"))),
        (RAW, ipv4(17, &udp(1, 6635, b"x"))),
        (RAW, ipv4(17, &udp(1, 4341, b"x"))),
        (RAW, ipv4(17, &udp(1, 4754, b"x"))),
        (RAW, ipv4(17, &udp(5072, 1, b"x"))),
        (RAW, ipv4(17, &udp(1, 37008, b"x"))),
        (RAW, ipv4(17, &udp(5247, 1, b"x"))),
        (105, aggregate()),
        (RAW, ipv4(17, &gtpu(1, &ipv4(17, &udp(1, 2, b"x"))))),
    ];
    let mut tally = FateTally::default();
    for (link, data) in &packets {
        match walk_whole(*link, data) {
            Walk::Done(fate) => tally.count(fate),
            Walk::Fragment(_) => tally.count(Fate::FragmentHeld),
            Walk::Decoded(decoded) => {
                tally.note(decoded.notes);
                tally.count(Fate::UdpPassed);
            }
        }
    }
    assert_eq!(tally.packets(), packets.len() as u64);
    for name in ["unknown_link", "too_deep", "undecodable", "not_ip", "other_transport", "fragment_held"] {
        assert_eq!(tally.fates().find(|(fate, _)| *fate == name), Some((name, 1)));
    }
    assert!(tally.notes().eq(Note::ALL.into_iter().map(|note| (note.name(), 1))));
    assert_eq!(tally.links(), [(147, 1)]);
}
