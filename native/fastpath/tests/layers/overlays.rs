//! Tunnels that lie over a network of others: overlays of data centres, lines of access providers, pseudowires.

use crate::craft::{ethernet, hex, ieee_802_3, ipv4, ipv6, join, mpls, plain, tcp, udp, vlan};
use crate::{ETHERNET, RAW, decoded, failure, fate, found_in, notes, tcp_of, udp_of};
use minesensor_fastpath::fate::{Failure, Fate, Note};
use minesensor_fastpath::layers::{Frame, Tags, Walk, WalkLimits, walk};

fn plain_6() -> Vec<u8> {
    ipv6(6, &tcp(b"in"))
}

fn frame() -> Vec<u8> {
    ethernet(0x0800, &plain())
}

/// What is sent to a tunnel's port and is not that tunnel is a datagram, and noted.
#[track_caller]
fn is_no_tunnel((src, dst): (u16, u16), payloads: &[Vec<u8>], note: Note) {
    for payload in payloads {
        let data = ipv4(17, &udp(src, dst, payload));
        let found = decoded(RAW, &data);
        assert_eq!(udp_of(&found).payload, payload);
        assert_eq!(notes(&found), [note], "{payload:02x?}");
        assert_eq!((found.tags, found.tunnel.is_empty()), (Tags::default(), true));
    }
}

#[test]
fn a_pseudowire_is_found_with_and_without_control_word() {
    let with_padding = ieee_802_3(&join("aaaa03 000000 0800", &plain()));
    let tagged = ethernet(0x8100, &vlan(7, 0x0800, &plain()));
    for word in ["", "00000000", "00000017"] {
        for (inner, labels) in [
            (frame(), &["mpls:16", "pseudowire"][..]),
            (ethernet(0x86dd, &plain_6()), &["mpls:16", "pseudowire"]),
            (with_padding.clone(), &["mpls:16", "pseudowire"]),
            (tagged.clone(), &["mpls:16", "pseudowire", "vlan:7"]),
        ] {
            found_in(ETHERNET, &ethernet(0x8847, &mpls(16, true, &join(word, &inner))), labels);
        }
    }
    let arp = join("ffffffffffff 020000000001 0806", &[0; 28]);
    assert_eq!(fate(ETHERNET, &ethernet(0x8847, &mpls(16, true, &arp))), Fate::NotIp);
}

/// Addresses may begin like IP does; the lengths behind them then do not fit.
#[test]
fn a_frame_to_an_address_that_begins_like_ip_is_a_frame() {
    for first in ["45", "60", "4c"] {
        let inner = join(&format!("{first}00ffff7f02 020000000001 0800"), &plain());
        found_in(ETHERNET, &ethernet(0x8847, &mpls(16, true, &inner)), &["mpls:16", "pseudowire"]);
    }
}

#[test]
fn labels_in_udp_and_in_ip_are_read_where_their_stack_ends_above_something() {
    let stack = mpls(16, false, &mpls(17, true, &plain()));
    found_in(RAW, &ipv4(137, &stack), &["mpls:16", "mpls:17"]);
    found_in(RAW, &ipv4(17, &udp(50000, 6635, &stack)), &["mpls:16", "mpls:17"]);
    found_in(RAW, &ipv4(17, &udp(50000, 6635, &mpls(16, true, &frame()))), &["mpls:16", "pseudowire"]);
    let others = [hex("0102"), mpls(16, false, &hex("00000000")), mpls(16, true, &hex("ffffffff"))];
    is_no_tunnel((50000, 6635), &others, Note::MplsNotMpls);
}

#[test]
fn geneve_carries_frames_and_packets_behind_options() {
    let over = |header: &str, inner: &[u8]| ipv4(17, &udp(50000, 6081, &join(header, inner)));
    let tags = found_in(RAW, &over("00 00 6558 001388 00", &frame()), &["geneve:5000"]);
    assert_eq!(tags.vni, Some(5000));
    found_in(RAW, &over("02 40 6558 001388 00 0102800100000007", &frame()), &["geneve:5000"]);
    found_in(RAW, &over("00 80 0800 000001 00", &plain()), &["geneve:1"]);
    found_in(RAW, &over("00 00 86dd 000001 00", &plain_6()), &["geneve:1"]);
    let others = [
        "40 00 6558 000001 00",
        "00 01 6558 000001 00",
        "00 00 6558 000001 07",
        "00 00 0001 000001 00",
        "3f 00 6558 000001 00",
        "00",
    ];
    is_no_tunnel((50000, 6081), &others.map(hex), Note::GeneveNotGeneve);
}

#[test]
fn vxlan_gpe_and_service_headers_say_what_follows() {
    let over = |header: &str, inner: &[u8]| ipv4(17, &udp(50000, 4790, &join(header, inner)));
    assert_eq!(found_in(RAW, &over("0c 0000 03 001388 00", &frame()), &["vxlan-gpe:5000"]).vni, Some(5000));
    found_in(RAW, &over("08 0000 00 001388 00", &frame()), &["vxlan-gpe:5000"]);
    found_in(RAW, &over("0c 0000 01 001388 00", &plain()), &["vxlan-gpe:5000"]);
    found_in(RAW, &over("0e 0000 02 001388 00", &plain_6()), &["vxlan-gpe:5000"]);
    found_in(RAW, &over("0c 0000 05 001388 00", &mpls(16, true, &plain())), &["vxlan-gpe:5000", "mpls:16"]);
    let path = "0fc2 02 03 000102 ff";
    found_in(RAW, &over(&format!("0c 0000 04 001388 00 {path}"), &frame()), &["vxlan-gpe:5000", "nsh:258"]);
    let fixed_metadata = "0fc6 01 01 000102 ff 00000000 00000000 00000000 00000000";
    found_in(ETHERNET, &ethernet(0x894f, &join(fixed_metadata, &plain())), &["nsh:258"]);
    found_in(
        ETHERNET,
        &ethernet(0x894f, &join("0fc2 02 04 000102 ff 0fc2 02 02 000103 fe", &plain_6())),
        &["nsh:258", "nsh:259"],
    );
    assert_eq!(fate(ETHERNET, &ethernet(0x894f, &hex("0fc2 02 07 000102 ff"))), Fate::NotIp);
    assert_eq!(failure(ETHERNET, &ethernet(0x894f, &join("4fc2 02 03 000102 ff", &frame()))), Failure::NshBad);
    let others = [
        "0d 0000 03 001388 00",
        "04 0000 03 001388 00",
        "0c 0000 09 001388 00",
        "1c 0000 03 001388 00",
        "0c 0001 03 001388 00",
    ];
    is_no_tunnel((50000, 4790), &others.map(hex), Note::VxlanGpeNotVxlanGpe);
}

#[test]
fn pptp_is_read_with_every_set_of_optional_fields() {
    let call = |header: &str, body: &str| {
        let payload = join(body, &plain());
        ipv4(47, &join(&header.replace("LLLL", &format!("{:04x}", payload.len())), &payload))
    };
    for header in ["2001 880b LLLL 002a", "3001 880b LLLL 002a 00000001", "3081 880b LLLL 002a 00000001 00000002"] {
        for body in ["ff03 0021", "0021", "21"] {
            found_in(RAW, &call(header, body), &["pptp:42"]);
        }
    }
    assert_eq!(fate(RAW, &ipv4(47, &hex("2081 880b 0000 002a 00000002"))), Fate::NotIp);
    assert_eq!(failure(RAW, &call("3001 880b LLLL 002a 00000001", "00fd")), Failure::PppHidden);
}

#[test]
fn eoip_and_etherip_carry_frames() {
    let inner = frame();
    let header = format!("2001 6400 {:04x} 0700", inner.len());
    found_in(RAW, &ipv4(47, &join(&header, &inner)), &["eoip:7"]);
    assert_eq!(fate(RAW, &ipv4(47, &hex("2001 6400 0000 0700"))), Fate::NotIp);
    for version in ["3000", "0300"] {
        found_in(RAW, &ipv4(97, &join(version, &inner)), &["etherip"]);
    }
}

#[test]
fn packets_for_a_web_cache_are_read_in_both_versions() {
    found_in(RAW, &ipv4(47, &join("0000 883e", &plain())), &["gre", "wccp"]);
    found_in(RAW, &ipv4(47, &join("0000 883e 05590048", &plain())), &["gre", "wccp"]);
}

#[test]
fn an_access_points_tunnel_holds_wireless_frames() {
    let wireless = join("0801 2c00 020000000003 020000000001 020000000002 7000 aaaa03 000000 0800", &plain());
    for number in ["8200", "8370", "9000"] {
        found_in(RAW, &ipv4(47, &join(&format!("0000 {number}"), &wireless)), &["gre"]);
    }
    assert_eq!(failure(RAW, &ipv4(47, &join("0000 8201", &wireless))), Failure::GrePayload);
}

#[test]
fn l2tp_carries_ppp_with_every_set_of_optional_fields() {
    let packet = plain();
    for ports in [(1701, 1701), (50000, 1701), (1701, 50000)] {
        for (header, extra) in [
            ("0002 0001 0002", 0),
            ("4002 LLLL 0001 0002", 8),
            ("4802 LLLL 0001 0002 0001 0001", 12),
            ("4a02 LLLL 0001 0002 0001 0001 0002 0000", 16),
            ("0102 0001 0002", 0),
        ] {
            for ppp in ["ff03 0021", "0021", "21"] {
                let body = join(ppp, &packet);
                let header = header.replace("LLLL", &format!("{:04x}", body.len() + extra));
                found_in(RAW, &ipv4(17, &udp(ports.0, ports.1, &join(&header, &body))), &["l2tp:2"]);
            }
        }
    }
    let others = [
        "c802 0014 0001 0000 0000 0000 8008",
        "0002",
        "0002 0001 0002 feed",
        "4002 7fff 0001 0002 0021",
        "0005 0001 0002 0021",
        "2002 0001 0002 0021",
    ];
    is_no_tunnel((1701, 1701), &others.map(hex), Note::L2tpNotData);
}

#[test]
fn l2tp_of_version_3_carries_frames_behind_any_cookie() {
    for cookie in ["", "11223344", "1122334455667788", "1122334455667788 40000001"] {
        let body = join(cookie, &frame());
        found_in(RAW, &ipv4(115, &join("00000007", &body)), &["l2tp:7"]);
        found_in(RAW, &ipv4(17, &udp(1701, 1701, &join("0003 0000 00000007", &body))), &["l2tp:7"]);
    }
    assert_eq!(fate(RAW, &ipv4(115, &hex("00000000 c8030010"))), Fate::NotIp);
    assert_eq!(failure(RAW, &ipv4(115, &join("00000007", &[0xee; 60]))), Failure::L2tpBad);
}

#[test]
fn teredo_is_read_behind_authentication_and_origin_either_way() {
    let origin = "0000 f227 bd56 8efe";
    for before in [
        String::new(),
        origin.to_owned(),
        format!("0001 00 00 1122334455667788 00 {origin}"),
        "0001 02 03 aabb ccddee 1122334455667788 00".to_owned(),
    ] {
        for ports in [(50000, 3544), (3544, 50000)] {
            found_in(RAW, &ipv4(17, &udp(ports.0, ports.1, &join(&before, &plain_6()))), &["teredo"]);
        }
    }
    let others = [plain(), plain_6()[..50].to_vec(), hex("0001 ff ff 00"), hex("0000 f227")];
    is_no_tunnel((50000, 3544), &others, Note::TeredoNotTeredo);
}

#[test]
fn lisp_names_its_instance() {
    found_in(RAW, &ipv4(17, &udp(50000, 4341, &join("c8 000001 000102 01", &plain()))), &["lisp:258"]);
    found_in(RAW, &ipv4(17, &udp(50000, 4341, &join("c0 000001 00000001", &plain_6()))), &["lisp"]);
    is_no_tunnel((50000, 4341), &[hex("c0 000001 00000001 7f"), hex("c0")], Note::LispNotLisp);
}

#[test]
fn gre_and_vxlan_are_read_at_their_other_ports_too() {
    found_in(RAW, &ipv4(17, &udp(50000, 4754, &join("2000 0800 00000007", &plain()))), &["gre:7"]);
    found_in(RAW, &ipv4(17, &udp(50000, 4754, &join("1000 88be 00000001 10030006 00000000", &frame()))), &["gre", "erspan:6"]);
    found_in(RAW, &ipv4(17, &udp(50000, 8472, &join("08000000 00001600", &frame()))), &["vxlan:22"]);
    let others = [hex("4000 0800 0000"), hex("0001 0800 0000"), hex("0000 0806 0000"), hex("0000 08")];
    is_no_tunnel((50000, 4754), &others, Note::GreNotGre);
    is_no_tunnel((50000, 8472), &[hex("08000001 00001600"), hex("d1")], Note::VxlanNotVxlan);
}

#[test]
fn ayiya_is_read_behind_any_identity_and_signature() {
    // An identity of 16 bytes and a signature of 20; one of 1 byte and none.
    for (header, rest) in [("4152 11", 36), ("0000 11", 1), ("9152 01", 532)] {
        for (next, inner) in [("29", plain_6()), ("04", plain())] {
            let body = join(&format!("{header} {next} 00000000 {}", "ab".repeat(rest)), &inner);
            for ports in [(50000, 5072), (5072, 50000)] {
                found_in(RAW, &ipv4(17, &udp(ports.0, ports.1, &body)), &["ayiya"]);
            }
        }
    }
    let others = ["4152 10 29 00000000", "4152 11 3b 00000000", "f152 11 29 00000000", "0000 11 29 00000000 ab 45", "41"];
    is_no_tunnel((50000, 5072), &others.map(hex), Note::AyiyaNotAyiya);
}

#[test]
fn a_frame_of_isl_holds_another() {
    let isl = |group: &str, kind: &str, inner: &[u8]| {
        let length = u16::try_from(12 + inner.len() + 4).unwrap();
        join(&format!("{group} {kind} 020000000001 {length:04x} aaaa03 00000c 00c8 0000 0000"), &[inner, &[0; 4]].concat())
    };
    let tags = found_in(ETHERNET, &isl("01000c0000", "00", &frame()), &["isl:100"]);
    assert_eq!(tags.outer_vlan, Some(100));
    found_in(ETHERNET, &isl("03000c0000", "07", &frame()), &["isl:100"]);
    // Token ring in it, another group, another header, and one that is cut.
    assert_eq!(fate(ETHERNET, &isl("01000c0000", "10", &frame())), Fate::NotIp);
    assert_eq!(fate(ETHERNET, &isl("01000c0001", "00", &frame())), Fate::NotIp);
    assert_eq!(fate(ETHERNET, &join("01000c0000 00 020000000001 000c", &[0; 12])), Fate::NotIp);
    assert_eq!(failure(ETHERNET, &hex("01000c0000 00 020000000001 0040 aaaa03")), Failure::SwitchTagBad);
}

#[test]
fn a_cut_within_a_guessed_frame_leaves_what_was_seen() {
    let whole = ethernet(0x8847, &mpls(16, true, &join("00000000", &frame())));
    let wire_len = u32::try_from(whole.len()).unwrap();
    for length in 0..=whole.len() {
        let walked = walk(&Frame { link: ETHERNET, data: &whole[..length], wire_len }, &WalkLimits::default());
        match walked {
            Walk::Decoded(decoded) => assert_eq!(tcp_of(&decoded).missing as usize, 2.min(whole.len() - length)),
            Walk::Done(fate) => {
                assert!(matches!(fate, Fate::Undecodable(Failure::SnapCut | Failure::MplsPayload)), "{length}")
            }
            Walk::Fragment(piece) => panic!("{length}: {piece:?}"),
        }
    }
}
