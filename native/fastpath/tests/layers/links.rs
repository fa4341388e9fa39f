//! Link types: each carries IPv4 and IPv6 with TCP, and says what it does not carry.

use crate::craft::{ethernet, hex, ieee_802_3, ipv4, ipv6, join, tcp, vlan};
use crate::{decoded, failure, fate, notes, tcp_of, walk_whole};
use minesensor_capture::is_link_read as is_listed_as_read;
use minesensor_fastpath::fate::{Failure, Fate, Note};
use minesensor_fastpath::layers::{Walk, is_link_read};

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
    for link in [2, 3, 147, 227, 230, 275, 277, 65535] {
        assert_eq!(fate(link, &v4()), Fate::UnknownLink(link));
    }
}

#[test]
fn the_list_of_link_types_says_of_each_whether_it_is_read() {
    for link in 0..=u16::MAX {
        assert_eq!(is_link_read(link), is_listed_as_read(link), "{link}");
        assert_eq!(is_link_read(link), !matches!(walk_whole(link, &[]), Walk::Done(Fate::UnknownLink(_))), "{link}");
    }
}

#[test]
fn serial_lines_speak_ppp_or_hdlc() {
    for link in [9, 50, 166] {
        for framing in ["", "ff03"] {
            carries(link, &format!("{framing} 0021"), &v4());
            carries(link, &format!("{framing} 21"), &v4());
            carries(link, &format!("{framing} 0057"), &v6());
        }
        carries(link, "0f00 0800", &v4());
        carries(link, "8f00 86dd", &v6());
        assert_eq!(fate(link, &hex("ff03 c021 0101 0004")), Fate::NotIp);
    }
    carries(204, "00 ff03 0021", &v4());
    carries(204, "01 0057", &v6());
    let session = join(&format!("1100 0007 {:04x} 0021", v4().len() + 2), &v4());
    assert_eq!(decoded(51, &session).tunnel.labels(), ["pppoe:7"]);
    carries(104, "0f00 0800", &v4());
    carries(104, "8f00 86dd", &v6());
    assert_eq!(fate(104, &hex("8f00 8035 00000000")), Fate::NotIp);
    assert_eq!(failure(104, &hex("0f00 08")), Failure::HdlcShort);
}

#[test]
fn what_ppp_hides_is_counted_and_what_it_merely_numbers_is_read() {
    // Van Jacobson's headers, encryption, compression, and a packet spread over two links.
    for hidden in ["002d", "0053", "00fd", "003d 80000001 0021"] {
        assert_eq!(failure(9, &join(hidden, &v4())), Failure::PppHidden);
    }
    carries(9, "003d c0000001 0021", &v4());
    let labelled = join("0281 00010140", &v4());
    assert_eq!(decoded(9, &labelled).tunnel.labels(), ["mpls:16"]);
}

#[test]
fn frame_relay_carries_ip_by_protocol_number_snap_or_ethertype() {
    for address in ["1841", "182c01", "18203041"] {
        carries(107, &format!("{address} 03 cc"), &v4());
        carries(107, &format!("{address} 03 8e"), &v6());
        carries(107, &format!("{address} 03 00 cc"), &v4());
        carries(107, &format!("{address} 03 00 80 000000 0800"), &v4());
        carries(107, &format!("{address} 03 cf 0021"), &v4());
        carries(107, &format!("{address} 0800"), &v4());
    }
    carries(107, "1841 03 00 80 0080c2 0007 020000000002 020000000001 0800", &v4());
    assert_eq!(fate(107, &hex("1841 03 81 00000000")), Fate::NotIp);
    assert_eq!(failure(107, &hex("18")), Failure::FrameRelayShort);
}

/// To the access point: 24 bytes, a sequence number of 7, fragment 0.
const DATA: &str = "0801 2c00 020000000003 020000000001 020000000002 7000";

#[test]
fn wireless_data_frames_are_read_with_every_optional_field() {
    carries(105, &format!("{DATA} aaaa03 000000 0800"), &v4());
    carries(105, &format!("{DATA} aaaa03 000000 86dd"), &v6());
    let quality = DATA.replacen("08", "88", 1);
    carries(105, &format!("{quality} 0000 aaaa03 000000 0800"), &v4());
    let ordered = quality.replacen("8801", "8881", 1);
    carries(105, &format!("{ordered} 0000 00000000 aaaa03 000000 0800"), &v4());
    let relayed = quality.replacen("8801", "8803", 1);
    carries(105, &format!("{relayed} 020000000004 0000 aaaa03 000000 0800"), &v4());
    // Who captured has decrypted it and left the flag.
    let decrypted = DATA.replacen("0801", "0841", 1);
    carries(105, &format!("{decrypted} aaaa03 000000 0800"), &v4());
    assert_eq!(failure(105, &join(&format!("{decrypted} 12345620 00000000"), &v4())), Failure::WlanEncrypted);
    for other in ["8000", "4800", "d400"] {
        assert_eq!(fate(105, &join(&DATA.replacen("0801", other, 1), &v4())), Fate::NotIp);
    }
    assert_eq!(failure(105, &join(&DATA.replacen("7000", "7100", 1), &v4())), Failure::WlanFragment);
    assert_eq!(failure(105, &hex("0801 2c")), Failure::WlanShort);
}

#[test]
fn of_an_aggregated_frame_the_first_packet_is_read_and_the_others_are_told() {
    let inner = join("aaaa03 000000 0800", &v4());
    let subframe = join(&format!("020000000001 020000000002 {:04x}", inner.len()), &inner);
    let header = format!("{} 8000", DATA.replacen("08", "88", 1));
    let alone = join(&header, &subframe);
    assert_eq!(tcp_of(&decoded(105, &alone)).payload, b"{\"id\":1}\n");
    assert!(notes(&decoded(105, &alone)).is_empty());
    let both = [alone, vec![0; 3], subframe].concat();
    assert_eq!(tcp_of(&decoded(105, &both)).payload, b"{\"id\":1}\n");
    assert_eq!(notes(&decoded(105, &both)), [Note::WlanAggregate]);
}

#[test]
fn what_drivers_write_before_wireless_frames_is_passed_over() {
    let frame = join(&format!("{DATA} aaaa03 000000 0800"), &v4());
    carries(127, "0000 0800 00000000", &frame);
    // A time, and flags without and with a header filled up to four bytes.
    carries(127, "0000 1100 03000000 1122334455667788 00", &frame);
    let quality = join(&format!("{} 0000 0000 aaaa03 000000 0800", DATA.replacen("08", "88", 1)), &v4());
    carries(127, "0000 1100 03000000 1122334455667788 20", &quality);
    // Two words of presence.
    carries(127, "0000 1100 020000a0 00000000 00 00000000", &frame);
    carries(192, "0000 0800 69000000", &frame);
    carries(192, "0000 0c00 01000000 11223344", &ethernet(0x0800, &v4()));
    carries(119, &format!("00000044 00000090 {}", "00".repeat(136)), &frame);
    carries(163, &format!("80211001 00000040 {}", "00".repeat(56)), &frame);
    carries(119, &format!("80211001 00000040 {}", "00".repeat(56)), &frame);
    for (link, header) in [(127, "0100 0800 00000000"), (127, "0000 0400"), (127, "00"), (192, "0000 0400 69000000")] {
        assert_eq!(failure(link, &hex(header)), Failure::MonitorBad);
    }
    assert_eq!(fate(192, &join("0000 0800 93000000", &frame)), Fate::NotIp);
}

#[test]
fn the_packet_is_found_among_the_fields_of_nflog_in_either_byte_order() {
    let length = |packet: &[u8]| u16::try_from(packet.len() + 4).unwrap();
    let others = "0800 0100 00000300  0500 0a00 00 000000";
    carries(239, &format!("02 00 002a {others} {:04x} 0900", length(&v4()).swap_bytes()), &v4());
    carries(239, &format!("0a 00 0000 0008 0001 00000003 {:04x} 0009", length(&v6())), &v6());
    assert_eq!(fate(239, &hex("07 00 0000 0500 0900 00")), Fate::NotIp);
    assert_eq!(failure(239, &hex("02 00 0000")), Failure::NflogBad);
    assert_eq!(failure(239, &hex("02 00 0000 0300 0900 00")), Failure::NflogBad);
}

#[test]
fn captures_made_on_routers_hosts_and_old_networks_are_read() {
    let frame = ethernet(0x0800, &v4());
    carries(178, "4d4743 80 0006 010203040506", &frame);
    carries(178, "4d4743 01", &frame);
    carries(178, "4d4743 02 00000002", &v4());
    carries(179, "4d4743 00 ff03 0021", &v4());
    carries(180, "4d4743 00 1841 03 cc", &v4());
    carries(181, "4d4743 00 0f00 0800", &v4());
    assert_eq!(failure(178, &join("4d4744 00", &frame)), Failure::JuniperBad);
    let pktap = |link: &str| format!("6c000000 01000000 {link} {}", "00".repeat(96));
    carries(149, &pktap("01000000"), &frame);
    carries(258, &pktap("65000000"), &v6());
    assert_eq!(fate(258, &join(&pktap("93000000"), &v4())), Fate::NotIp);
    assert_eq!(failure(258, &join("6b000000 01000000 01000000", &[0; 96])), Failure::PktapBad);
    carries(6, "1040 020000000001 020000000002 aaaa03 000000 0800", &v4());
    carries(6, "1040 020000000001 820000000002 0630 0012 0020 aaaa03 000000 0800", &v4());
    assert_eq!(fate(6, &hex("1000 020000000001 020000000002 0000")), Fate::NotIp);
    assert_eq!(failure(6, &hex("1040")), Failure::TokenRingShort);
    carries(129, "be50 ea00 d4 00 0166", &v4());
    carries(129, "be50 ea00 d4 ff ffff ff 00 0166", &v4());
    carries(129, "be50 ea00 f0", &v4());
    carries(7, "be50 c4 00 0166", &v6());
    assert_eq!(fate(7, &hex("be50 d5 00 0166 0007")), Fate::NotIp);
    assert_eq!(failure(7, &hex("be50 d4 01 0166 45")), Failure::ArcnetFragment);
    assert_eq!(failure(129, &hex("be50 ea00")), Failure::ArcnetShort);
}

#[test]
fn links_that_are_seldom_met_are_read() {
    let frame = ethernet(0x0800, &v4());
    let snap = "aaaa03 000000 0800";
    // SLIP: the direction, and the compressed header that came.
    carries(8, &format!("00 80 0d {}", "00".repeat(13)), &v4());
    carries(8, &format!("01 45 {}", "00".repeat(14)), &v6());
    carries(10, &format!("50 020000000002 020000000001 {snap}"), &v4());
    carries(10, &format!("57 020000000002 020000000001 {snap}"), &v4());
    assert_eq!(fate(10, &hex("41 020000000002 020000000001 00")), Fate::NotIp);
    carries(100, snap, &v4());
    carries(106, snap, &v4());
    carries(106, "", &v4());
    carries(123, &format!("82 00 0021 {snap}"), &v4());
    carries(123, "01 00 0021 0001", &frame);
    assert_eq!(fate(123, &hex("05 00 0010 30")), Fate::NotIp);
    for (link, header) in [(8, "00 45"), (10, "50 02"), (123, "82 00"), (197, "00"), (117, "3d"), (109, "02")] {
        assert_eq!(failure(link, &hex(header)), Failure::LinkShort);
    }
}

#[test]
fn what_hosts_and_cards_write_before_packets_is_passed_over() {
    let frame = ethernet(0x0800, &v4());
    carries(109, "00000002 00001234 00000400", &v4());
    carries(109, "18000000 34120000 00040000", &v6());
    assert_eq!(fate(109, &hex("00000007 00000000 00000000")), Fate::NotIp);
    // 61 bytes, filled up to 64.
    carries(117, &format!("3d 02 00 00 {}", "00".repeat(60)), &v4());
    carries(117, &format!("40 18 01 00 {}", "00".repeat(60)), &v6());
    assert_eq!(fate(117, &join("04 07 00 00", &v4())), Fate::NotIp);
    assert_eq!(decoded(128, &join("01 00 0001 0a 01 2b 01", &frame)).tunnel.labels(), ["tzsp"]);
    assert_eq!(failure(128, &hex("02 00 0001 01")), Failure::MonitorBad);
    let time = "0011223344556677";
    carries(197, &format!("{time} 02 04 0060 0000 004c 0000"), &frame);
    carries(197, &format!("{time} 90 04 0070 0000 004c 8300000000000000 0500000000000000 0000"), &frame);
    carries(197, &format!("{time} 01 04 0060 0000 004c ff03 0021"), &v4());
    carries(197, &format!("{time} 0a 04 0060 0000 004c 0f00 0800"), &v4());
    carries(197, &format!("{time} 17 04 0060 0000 004c"), &v6());
    assert_eq!(fate(197, &join(&format!("{time} 15 04 0060 0000 004c"), &v4())), Fate::NotIp);
    assert_eq!(failure(197, &join(&format!("{time} 82 04 0060 0000 004c"), &[0xff; 400])), Failure::LinkShort);
    carries(205, "01 0f00 0800", &v4());
    carries(206, "00 1841 03 cc", &v4());
    carries(226, &format!("01 02 0000 {}", "00".repeat(20)), &v4());
    carries(226, &format!("01 1a 0000 {}", "00".repeat(20)), &v6());
    carries(240, "00000000", &frame);
    carries(241, "00000000 55555555 555555d5", &frame);
}

#[test]
fn the_tags_of_distributed_switches_are_passed_over() {
    let addresses = "020000000002 020000000001";
    carries(281, &format!("{addresses} 20000001 0800"), &v4());
    carries(284, &format!("{addresses} c0000001 86dd"), &v6());
    carries(285, &format!("{addresses} dada 0000 c0000001 0800"), &v4());
    carries(282, "20000001", &ethernet(0x0800, &v4()));
    assert_eq!(failure(281, &hex(addresses)), Failure::SwitchTagBad);
    assert_eq!(failure(282, &hex("2000")), Failure::SwitchTagBad);
}
