//! What switches and routers put around frames: for the fabric, for a mirror port, for a collector.

use crate::craft::{ethernet, hex, ipv4, join, plain, udp, vlan};
use crate::{ETHERNET, RAW, decoded, failure, fate, found_in, notes};
use minesensor_fastpath::fate::{Failure, Fate, Note};
use minesensor_fastpath::layers::Tags;

#[test]
fn tags_of_fabrics_and_port_extenders_are_passed_over() {
    let frame = ethernet(0x0800, &plain());
    let cases = [
        (0x8926, join("0000 0033 0800", &plain()), "vntag"),
        (0x893f, join("e000 0001 0000 0800", &plain()), "etag"),
        (0x8903, join("0001", &frame), "fabricpath"),
        (0x8909, join("01 01 0001 0005 0800", &plain()), "cisco-metadata"),
        (0x22f3, join("0007 0001 0002", &frame), "trill"),
        (0x22f3, join("0087 0001 0002 0000000000000000", &frame), "trill"),
        (0xd28b, join("0001 0010 1122334455667788 0800", &plain()), "arista"),
        (0xd28b, join("0001 0120 112233445566 0800", &plain()), "arista"),
        (0x88e5, join("00 00 00000001 0800", &[plain(), vec![0; 16]].concat()), "macsec"),
        (0x88e5, join("20 00 00000001 0200000000010001 0800", &[plain(), vec![0; 16]].concat()), "macsec"),
    ];
    for (ethertype, inner, label) in cases {
        found_in(ETHERNET, &ethernet(ethertype, &inner), &[label]);
    }
    assert_eq!(fate(ETHERNET, &ethernet(0xd28b, &hex("0002 0000 0000"))), Fate::NotIp);
    assert_eq!(failure(ETHERNET, &ethernet(0x8909, &join("02 01 0001 0005 0800", &plain()))), Failure::SwitchTagBad);
}

#[test]
fn a_tag_between_two_vlan_tags_is_found() {
    let inner = vlan(250, 0x8926, &join("0000 0033 8100", &vlan(251, 0x0800, &plain())));
    let tags = found_in(ETHERNET, &ethernet(0x8100, &inner), &["vlan:250", "vntag", "vlan:251"]);
    assert_eq!((tags.outer_vlan, tags.inner_vlan), (Some(250), Some(251)));
}

#[test]
fn a_macsec_frame_that_is_encrypted_or_of_another_version_is_counted() {
    for flags in ["0c", "08", "2c"] {
        let data = ethernet(0x88e5, &join(&format!("{flags} 00 00000001"), &[0xee; 60]));
        assert_eq!(failure(ETHERNET, &data), Failure::MacsecEncrypted);
    }
    assert_eq!(failure(ETHERNET, &ethernet(0x88e5, &join("80 00 00000001", &plain()))), Failure::MacsecBad);
}

#[test]
fn a_provider_backbone_names_its_service() {
    let data = ethernet(0x88a8, &vlan(9, 0x88e7, &join("00 012345", &ethernet(0x8100, &vlan(7, 0x0800, &plain())))));
    let tags = found_in(ETHERNET, &data, &["qinq:9", "pbb:74565", "vlan:7"]);
    assert_eq!(tags, Tags { outer_vlan: Some(9), inner_vlan: Some(7), vni: Some(0x01_2345) });
}

#[test]
fn every_type_of_erspan_is_read() {
    let frame = ethernet(0x8100, &vlan(3, 0x0800, &plain()));
    let erspan = |header: &str, inner: &[u8]| ipv4(47, &join(header, inner));
    found_in(RAW, &erspan("0000 88be", &frame), &["gre", "erspan", "vlan:3"]);
    found_in(RAW, &erspan("1000 88be 00000001 1003 0806 00000000", &frame), &["gre", "erspan:6", "vlan:3"]);
    let third = "1000 22eb 00000001 2003 0806 00000000 0000";
    found_in(RAW, &erspan(&format!("{third} 0000"), &frame), &["gre", "erspan:6", "vlan:3"]);
    found_in(RAW, &erspan(&format!("{third} 0001 0000000000000000"), &frame), &["gre", "erspan:6", "vlan:3"]);
    found_in(RAW, &erspan(&format!("{third} 0800"), &plain()), &["gre", "erspan:6"]);
    for header in ["1000 88be 00000001 2003 0806 00000000", "1000 22eb 00000001 1003 0806 00000000 0000 0000"] {
        assert_eq!(failure(RAW, &erspan(header, &frame)), Failure::ErspanBad);
    }
}

#[test]
fn tzsp_is_read_whatever_fields_stand_before_the_frame() {
    let frame = ethernet(0x0800, &plain());
    for header in ["01 00 0001 01", "01 01 0001 0a 01 2b 00 00 29 02 0102 01"] {
        found_in(RAW, &ipv4(17, &udp(5000, 37008, &join(header, &frame))), &["tzsp"]);
    }
    let wireless = join("0801 2c00 020000000003 020000000001 020000000002 7000 aaaa03 000000 0800", &plain());
    found_in(RAW, &ipv4(17, &udp(5000, 37008, &join("01 00 0012 01", &wireless))), &["tzsp"]);
    for other in [
        "02 00 0001 01",
        "01 03 0001 01",
        "01 00 0077 01",
        "01 00 0001 0a ff",
        &format!("01 00 0001 {}", "00".repeat(80)),
    ] {
        let data = ipv4(17, &udp(5000, 37008, &hex(other)));
        assert_eq!(notes(&decoded(RAW, &data)), [Note::TzspNotTzsp]);
    }
}

#[test]
fn an_access_points_frames_are_read_in_either_byte_order_of_their_first_word() {
    let wireless = |control: &str| {
        join(&format!("{control} 2c00 020000000003 020000000001 020000000002 7000 aaaa03 000000 0800"), &plain())
    };
    for control in ["0801", "0108"] {
        found_in(RAW, &ipv4(17, &udp(5247, 40000, &join("00 10 03 00 00000000", &wireless(control)))), &["capwap"]);
    }
    let frame = ethernet(0x0800, &plain());
    found_in(RAW, &ipv4(17, &udp(40000, 5247, &join("00 18 02 10 00000000 00000000", &frame))), &["capwap"]);
    // Encrypted, a fragment, a keep-alive, a frame that makes no sense.
    let datagrams = [
        join("01 000000 16fefd", &frame),
        join("00 10 02 80 00000000", &frame),
        join("00 10 02 08 00000000", &frame),
        hex("00 10 02 00 00000000 0102030405060708090a0b0c0d0e0f"),
    ];
    for payload in datagrams {
        let data = ipv4(17, &udp(40000, 5247, &payload));
        assert_eq!(notes(&decoded(RAW, &data)), [Note::CapwapNotFrame]);
    }
}
