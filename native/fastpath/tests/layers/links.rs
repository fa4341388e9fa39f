//! Link types: each carries IPv4 and IPv6 with TCP, and says what it does not carry.

use crate::craft::{ethernet, hex, ieee_802_3, ipv4, ipv6, join, tcp, vlan};
use crate::{decoded, failure, fate, tcp_of};
use minesensor_fastpath::fate::{Failure, Fate};

#[track_caller]
fn carries(link: u16, header: &str, packet: &[u8]) {
    let data = join(header, packet);
    let decoded = decoded(link, &data);
    assert_eq!(tcp_of(&decoded).payload, b"{\"id\":1}\n");
    assert!(decoded.tunnel.is_empty());
    assert!(decoded.notes.is_empty());
}

fn v4() -> Vec<u8> {
    ipv4(6, &tcp(b"{\"id\":1}\n"))
}

fn v6() -> Vec<u8> {
    ipv6(6, &tcp(b"{\"id\":1}\n"))
}

#[test]
fn every_link_type_carries_both_versions() {
    carries(1, "020000000002 020000000001 0800", &v4());
    carries(1, "020000000002 020000000001 86dd", &v6());
    for link in [12, 14, 101] {
        carries(link, "", &v4());
        carries(link, "", &v6());
    }
    carries(228, "", &v4());
    carries(229, "", &v6());
    carries(113, "0000 0001 0006 0200000000010000 0800", &v4());
    carries(113, "0004 0304 0000 0000000000000000 86dd", &v6());
    carries(276, "0800 0000 00000002 0001 04 06 0200000000010000", &v4());
    carries(276, "86dd 0000 00000002 0304 00 00 0000000000000000", &v6());
}

#[test]
fn the_loopback_family_is_read_in_either_byte_order() {
    for link in [0, 108] {
        carries(link, "00000002", &v4());
        carries(link, "02000000", &v4());
        for family in ["0000000a", "0a000000", "00000018", "18000000", "0000001c", "1e000000", "0000001e"] {
            carries(link, family, &v6());
        }
        assert_eq!(fate(link, &hex("00000007 00000000")), Fate::NotIp);
        // Drivers of tunnels write an EtherType there.
        carries(link, "00000800", &v4());
        carries(link, "0f000800", &v4());
        carries(link, "000086dd", &v6());
        assert_eq!(fate(link, &hex("00000806 00000000")), Fate::NotIp);
    }
}

#[test]
fn a_cooked_frame_may_be_tagged_or_carry_llc() {
    let tagged = join("0000 0001 0006 0200000000010000 8100", &vlan(7, 0x0800, &v4()));
    assert_eq!(decoded(113, &tagged).tags.outer_vlan, Some(7));
    carries(113, "0000 0001 0006 0200000000010000 0004 aaaa03 000000 0800", &v4());
    // Netlink: the protocol is a family number.
    assert_eq!(fate(113, &join("0004 0338 0000 0000000000000000 0800", &v4())), Fate::NotIp);
    assert_eq!(fate(276, &join("0800 0000 00000002 0338 04 06 0000000000000000", &v4())), Fate::NotIp);
    // 0x0001 is Novell's raw 802.3.
    assert_eq!(fate(113, &hex("0000 0001 0006 0200000000010000 0001 ffff")), Fate::NotIp);
}

#[test]
fn ip_travels_in_802_3_frames_by_snap_and_by_its_own_sap() {
    for header in ["aaaa03 000000 0800", "aaaa03 0000f8 0800", "060603"] {
        let data = ieee_802_3(&join(header, &v4()));
        assert_eq!(tcp_of(&decoded(1, &data)).payload, b"{\"id\":1}\n");
    }
    assert_eq!(fate(1, &ieee_802_3(&hex("424203 0000000000"))), Fate::NotIp); // spanning tree
    assert_eq!(fate(1, &ieee_802_3(&hex("aaaa03 00000c 2000 0102"))), Fate::NotIp); // CDP
    assert_eq!(failure(1, &ieee_802_3(&hex("aaaa"))), Failure::LlcShort);
    assert_eq!(failure(1, &ieee_802_3(&hex("aaaa03 0000"))), Failure::LlcShort);
}

#[test]
fn what_is_not_ip_is_said_to_be_so() {
    for ethertype in [0x0806, 0x88cc, 0x8863, 0x888e, 0x05ff + 1] {
        assert_eq!(fate(1, &ethernet(ethertype, &[0; 46])), Fate::NotIp);
    }
}

#[test]
fn other_link_types_are_unknown_with_their_number() {
    for link in [2, 9, 105, 127, 147, 227, 230, 275, 277, 65535] {
        assert_eq!(fate(link, &v4()), Fate::UnknownLink(link));
    }
}
