//! Packets cut by the snap length at every position.

use crate::craft::{ethernet, gtpu, ipv4, ipv6, join, mpls, pppoe, tcp, udp, vlan, vxlan};
use minesensor_fastpath::fate::{Failure, Fate};
use minesensor_fastpath::layers::{Frame, Transport, Walk, WalkLimits, walk};

const PAYLOAD: &[u8] = b"{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n";

/// Payload bytes that are there, and that are missing.
fn payload(walked: &Walk<'_>) -> Option<(usize, usize)> {
    match walked {
        Walk::Decoded(decoded) => match decoded.transport {
            Transport::Tcp(segment) => Some((segment.payload.len(), segment.missing as usize)),
            Transport::Udp(datagram) => Some((datagram.payload.len(), datagram.missing as usize)),
        },
        _ => None,
    }
}

#[track_caller]
fn every_cut_is_told(whole: &[u8], transport_bytes: usize, needed_bytes: usize) {
    let wire_len = u32::try_from(whole.len()).unwrap();
    let transport_at = whole.len() - PAYLOAD.len() - transport_bytes;
    for length in 0..=whole.len() {
        let frame = Frame { link: 1, data: &whole[..length], wire_len };
        let walked = walk(&frame, &WalkLimits::default());
        if length < transport_at + needed_bytes {
            assert!(matches!(walked, Walk::Done(Fate::Undecodable(Failure::SnapCut))), "{length}: {walked:?}");
        } else {
            let there = length.saturating_sub(transport_at + transport_bytes);
            assert_eq!(payload(&walked), Some((there, PAYLOAD.len() - there)), "{length}");
        }
    }
}

#[test]
fn a_cut_segment_says_how_much_is_missing_and_a_cut_header_is_a_cut() {
    let segment = tcp(PAYLOAD);
    // TCP options are not needed to know where the payload begins: 20 bytes of its 32 do.
    every_cut_is_told(&ethernet(0x0800, &ipv4(6, &segment)), 32, 20);
    every_cut_is_told(&ethernet(0x86dd, &ipv6(6, &segment)), 32, 20);
    every_cut_is_told(&ethernet(0x0800, &ipv4(17, &udp(1, 2, PAYLOAD))), 8, 8);
    let options = join("06 00 00 00 00000000", &segment);
    every_cut_is_told(&ethernet(0x86dd, &ipv6(0, &options)), 32, 20);
    let tags = vlan(1, 0x8100, &vlan(2, 0x8847, &mpls(16, true, &ipv4(6, &segment))));
    every_cut_is_told(&ethernet(0x88a8, &tags), 32, 20);
    let session = pppoe(1, &join("0021", &ipv4(47, &join("b000 0800 11110000 00000001 00000002", &ipv4(6, &segment)))));
    every_cut_is_told(&ethernet(0x8864, &session), 32, 20);
}

#[test]
fn a_cut_within_any_tag_or_tunnel_is_a_cut() {
    let packet = ipv4(6, &tcp(PAYLOAD));
    let frame = ethernet(0x0800, &packet);
    let over = |header: &str, inner: &[u8]| ethernet(0x0800, &ipv4(47, &join(header, inner)));
    let stacks = [
        ethernet(0x88e7, &join("00 001234", &frame)),
        ethernet(0x894f, &join("0fc2 0203 000102 ff", &frame)),
        ethernet(0x8926, &join("0000 0033 0800", &packet)),
        ethernet(0x893f, &join("e000 0001 0000 0800", &packet)),
        ethernet(0x8903, &join("0001", &frame)),
        ethernet(0x8909, &join("01 01 0001 0005 0800", &packet)),
        ethernet(0x22f3, &join("0087 0001 0002 0000000000000000", &frame)),
        ethernet(0xd28b, &join("0001 0010 1122334455667788 0800", &packet)),
        over(&format!("3081 880b {:04x} 0001 00000001 00000002", packet.len() + 4), &join("ff03 0021", &packet)),
        over(&format!("2001 6400 {:04x} 0700", frame.len()), &frame),
        over("0000 88be", &frame),
        over("1000 88be 00000001 1003 0006 00000000", &frame),
        over("1000 22eb 00000001 2003 0006 00000000 0000 0001 0000000000000000", &frame),
        over("0000 883e 05590048", &packet),
        over("0000 8200", &join("0801 2c00 020000000003020000000001020000000002 7000 aaaa03 000000 0800", &packet)),
        ethernet(0x0800, &ipv4(97, &join("3000", &frame))),
    ];
    for whole in stacks {
        every_cut_is_told(&whole, 32, 20);
    }
}

/// In a tunnel that only a port suggests, a cut tunnel header leaves plain UDP; behind it all is as above.
#[test]
fn a_cut_in_a_guessed_tunnel_is_told_too() {
    let over_vxlan = ethernet(0x0800, &ipv4(17, &vxlan(5, &ethernet(0x0800, &ipv4(6, &tcp(PAYLOAD))))));
    let over_gtpu = ethernet(0x0800, &ipv4(17, &gtpu(5, &ipv4(6, &tcp(PAYLOAD)))));
    for whole in [over_vxlan, over_gtpu] {
        let wire_len = u32::try_from(whole.len()).unwrap();
        for length in 0..=whole.len() {
            let frame = Frame { link: 1, data: &whole[..length], wire_len };
            let walked = walk(&frame, &WalkLimits::default());
            let Some((there, missing)) = payload(&walked) else {
                assert!(matches!(walked, Walk::Done(Fate::Undecodable(Failure::SnapCut))), "{length}");
                continue;
            };
            let tunnelled = matches!(&walked, Walk::Decoded(decoded) if !decoded.tunnel.is_empty());
            let full = if tunnelled { PAYLOAD.len() } else { whole.len() - 42 };
            assert_eq!(there + missing, full, "{length}");
            assert_eq!(there, (length + full).saturating_sub(whole.len()), "{length}");
        }
    }
}

#[test]
fn a_wire_length_as_large_as_can_be_does_no_harm() {
    for data in [ethernet(0x0800, &ipv4(6, &tcp(PAYLOAD))), vec![], vec![0x45; 40]] {
        for link in [1, 101, 113, 276, 0] {
            let _ = walk(&Frame { link, data: &data, wire_len: u32::MAX }, &WalkLimits::default());
        }
    }
    let mut offloaded = ipv4(6, &tcp(PAYLOAD));
    offloaded[2..4].fill(0);
    let walked = walk(&Frame { link: 101, data: &offloaded, wire_len: u32::MAX }, &WalkLimits::default());
    let missing = u32::MAX as usize - 52 - PAYLOAD.len();
    assert_eq!(payload(&walked), Some((PAYLOAD.len(), missing)));
}
