//! Each kind of encapsulation on its own.

use crate::craft::{ethernet, gtpu, hex, ipv4, ipv6, join, mpls, plain, pppoe, tcp, udp, vlan, vxlan};
use crate::{ETHERNET, RAW, decoded, failure, fate, found_in, notes, udp_of};
use minesensor_fastpath::fate::{Failure, Fate, Note};
use minesensor_fastpath::layers::Tags;

#[test]
fn vlan_tags_of_every_kind_are_kept_in_order() {
    let tags = found_in(ETHERNET, &ethernet(0x8100, &vlan(100, 0x0800, &plain())), &["vlan:100"]);
    assert_eq!(tags, Tags { outer_vlan: Some(100), inner_vlan: None, vni: None });
    for service in [0x88a8, 0x9100, 0x9200] {
        let inner = vlan(200, 0x8100, &vlan(4095, 0x86dd, &ipv6(6, &tcp(b"in"))));
        let tags = found_in(ETHERNET, &ethernet(service, &inner), &["qinq:200", "vlan:4095"]);
        assert_eq!(tags, Tags { outer_vlan: Some(200), inner_vlan: Some(4095), vni: None });
    }
}

#[test]
fn a_third_tag_is_in_the_path_and_not_in_the_tags() {
    let inner = vlan(1, 0x8100, &vlan(2, 0x8100, &vlan(3, 0x0800, &plain())));
    let tags = found_in(ETHERNET, &ethernet(0x8100, &inner), &["vlan:1", "vlan:2", "vlan:3"]);
    assert_eq!((tags.outer_vlan, tags.inner_vlan), (Some(1), Some(2)));
}

#[test]
fn a_priority_tag_is_no_vlan() {
    let tags = found_in(ETHERNET, &ethernet(0x8100, &vlan(0, 0x0800, &plain())), &[]);
    assert_eq!(tags, Tags::default());
}

#[test]
fn a_tag_may_be_followed_by_an_802_3_length() {
    let llc = join("aaaa03 000000 0800", &plain());
    let length = u16::try_from(llc.len()).unwrap();
    found_in(ETHERNET, &ethernet(0x8100, &vlan(5, length, &llc)), &["vlan:5"]);
}

#[test]
fn a_label_stack_carries_ip_of_either_version() {
    let stack = mpls(16, false, &mpls(1_048_575, true, &plain()));
    found_in(ETHERNET, &ethernet(0x8847, &stack), &["mpls:16", "mpls:1048575"]);
    found_in(ETHERNET, &ethernet(0x8848, &mpls(0, true, &ipv6(6, &tcp(b"in")))), &["mpls"]);
    // What begins like IP and is none is told by its own header; an associated channel is for the path itself.
    assert_eq!(failure(ETHERNET, &ethernet(0x8847, &mpls(16, true, &hex("41000000")))), Failure::Ipv4Bad);
    assert_eq!(fate(ETHERNET, &ethernet(0x8847, &mpls(13, true, &hex("1000 0021 4500")))), Fate::NotIp);
    assert_eq!(failure(ETHERNET, &ethernet(0x8847, &mpls(16, true, &[]))), Failure::MplsPayload);
    assert_eq!(failure(ETHERNET, &ethernet(0x8847, &mpls(16, false, &[0; 3]))), Failure::MplsShort);
}

#[test]
fn pppoe_carries_ip_with_a_whole_or_a_compressed_protocol_field() {
    for (protocol, inner) in
        [("0021", plain()), ("21", plain()), ("0057", ipv6(6, &tcp(b"in"))), ("57", ipv6(6, &tcp(b"in")))]
    {
        let session = pppoe(0x1234, &join(protocol, &inner));
        found_in(ETHERNET, &ethernet(0x8864, &session), &["pppoe:4660"]);
    }
    assert_eq!(fate(ETHERNET, &ethernet(0x8864, &pppoe(1, &hex("c021 0101 0004")))), Fate::NotIp);
}

#[test]
fn bad_pppoe_headers_are_counted() {
    for header in ["12 00 0001 0002 0021", "11 09 0001 0002 0021", "11 00 0001 00"] {
        assert_eq!(failure(ETHERNET, &ethernet(0x8864, &hex(header))), Failure::PppoeBad);
    }
    assert_eq!(failure(ETHERNET, &ethernet(0x8864, &pppoe(1, &[]))), Failure::PppShort);
    assert_eq!(failure(ETHERNET, &ethernet(0x8864, &pppoe(1, &[0]))), Failure::PppShort);
}

#[test]
fn gre_is_read_with_every_set_of_optional_fields() {
    let cases = [
        ("0000 0800", "gre"),
        ("8000 0800 1111 0000", "gre"),
        ("2000 0800 0000002a", "gre:42"),
        ("1000 0800 00000007", "gre"),
        ("b000 0800 1111 0000 0000002a 00000007", "gre:42"),
    ];
    for (header, label) in cases {
        found_in(RAW, &ipv4(47, &join(header, &plain())), &[label]);
        found_in(RAW, &ipv6(47, &join(header, &plain())), &[label]);
    }
    found_in(RAW, &ipv4(47, &join("0000 86dd", &ipv6(6, &tcp(b"in")))), &["gre"]);
    let bridged = ipv4(47, &join("0000 6558", &ethernet(0x0800, &plain())));
    assert_eq!(found_in(RAW, &bridged, &["gre"]).vni, None);
}

#[test]
fn the_key_of_bridged_gre_names_a_segment() {
    let bridged = ipv4(47, &join("2000 6558 00123401", &ethernet(0x0800, &plain())));
    assert_eq!(found_in(RAW, &bridged, &["gre:1192961"]).vni, Some(0x1234));
}

#[test]
fn gre_that_is_not_ours_is_counted_by_kind() {
    assert_eq!(failure(RAW, &ipv4(47, &hex("0000"))), Failure::GreBad);
    assert_eq!(failure(RAW, &ipv4(47, &hex("2000 0800 0000"))), Failure::GreBad);
    assert_eq!(failure(RAW, &ipv4(47, &join("4000 0800 00000000", &plain()))), Failure::GreBad);
    for header in ["0007 0800", "3081 0800 0004 0001 00000001", "b001 880b 0004 0001 00000001", "1001 880b 00000001"] {
        assert_eq!(failure(RAW, &ipv4(47, &hex(header))), Failure::GreVersion);
    }
    assert_eq!(failure(RAW, &ipv4(47, &hex("0000 6007 45000000"))), Failure::GrePayload);
    // A keep-alive carries nothing.
    assert_eq!(fate(RAW, &ipv4(47, &hex("0000 0000"))), Fate::NotIp);
}

#[test]
fn vxlan_carries_a_frame_and_names_its_segment() {
    let data = ipv4(17, &vxlan(0x0f_4240, &ethernet(0x8100, &vlan(9, 0x0800, &plain()))));
    let tags = found_in(RAW, &data, &["vxlan:1000000", "vlan:9"]);
    assert_eq!(tags, Tags { outer_vlan: Some(9), inner_vlan: None, vni: Some(1_000_000) });
    let policy = udp(49153, 4789, &join("88 08 0064 000007 00", &ethernet(0x0800, &plain())));
    assert_eq!(found_in(RAW, &ipv6(17, &policy), &["vxlan:7"]).vni, Some(7));
}

#[test]
fn what_is_sent_to_the_vxlan_port_and_is_not_vxlan_is_plain_udp() {
    // A DNS answer to a client that happened to use port 4789.
    let answer = hex("0800 8180 0001 0001 0000 0000 076578616d706c6503636f6d0000010001");
    for payload in [&answer[..], &hex("0000000000000700"), &hex("08000000 0000"), &hex("0800000000000700 0102")] {
        let data = ipv4(17, &udp(53, 4789, payload));
        let found = decoded(RAW, &data);
        assert_eq!(udp_of(&found).payload, payload);
        assert_eq!(notes(&found), [Note::VxlanNotVxlan]);
        assert_eq!((found.tags, found.tunnel.is_empty()), (Tags::default(), true));
    }
}

#[test]
fn a_source_port_does_not_make_a_tunnel() {
    let data = ipv4(17, &udp(4789, 53, &hex("0800000000000700 0102")));
    assert!(notes(&decoded(RAW, &data)).is_empty());
}

#[test]
fn gtpu_is_read_with_optional_fields_and_extension_headers() {
    found_in(RAW, &ipv4(17, &gtpu(0xdead_beef, &plain())), &["gtpu:3735928559"]);
    found_in(RAW, &ipv4(17, &gtpu(1, &ipv6(6, &tcp(b"in")))), &["gtpu:1"]);
    let cases = [
        ("32", "0001 00 00"),
        ("31", "0000 07 00"),
        // The type of an extension header means nothing without its flag.
        ("33", "0001 07 85"),
        ("34", "0000 00 85  01 1009 00"),
        ("34", "0000 00 00"),
        ("37", "0001 07 85  01 0009 c0  02 000102030405 00"),
    ];
    for (flags, optional) in cases {
        let inner = join(optional, &plain());
        let header = format!("{flags} ff {:04x} 00000005", inner.len());
        found_in(RAW, &ipv4(17, &udp(2152, 2152, &join(&header, &inner))), &["gtpu:5"]);
    }
}

#[test]
fn what_is_sent_to_the_gtpu_port_and_carries_no_packet_is_plain_udp() {
    let cases = [
        "32 01 0004 00000000 0001 00 00",           // an echo request
        "50 ff 0014 00000005",                      // version 2
        "20 ff 0014 00000005",                      // GTP prime
        "30 ff 4000 00000005 45",                   // longer than the datagram
        "30 ff 0001 00000005 00",                   // neither IPv4 nor IPv6
        "30 ff 0000 00000005",                      // nothing inside
        "34 ff 0008 00000005 0000 00 85 00 000000", // an extension header of length 0
        "34 ff 0008 00000005 0000 00 85 02 000000", // one longer than the message
        "30 ff 00",
    ];
    for payload in cases.map(hex) {
        let data = ipv4(17, &udp(2152, 2152, &payload));
        let found = decoded(RAW, &data);
        assert_eq!(udp_of(&found).payload, payload);
        assert_eq!(notes(&found), [Note::GtpuNotGtpu]);
        assert!(found.tunnel.is_empty());
    }
}

#[test]
fn endless_extension_headers_are_given_up() {
    let chain = "01 0000 85 ".repeat(20);
    let inner = join(&format!("0000 00 85 {chain}"), &plain());
    let header = format!("34 ff {:04x} 00000005", inner.len());
    let data = ipv4(17, &udp(2152, 2152, &join(&header, &inner)));
    assert_eq!(notes(&decoded(RAW, &data)), [Note::GtpuNotGtpu]);
}

#[test]
fn ip_in_ip_is_read_in_all_four_ways() {
    let v6 = ipv6(6, &tcp(b"in"));
    found_in(RAW, &ipv4(4, &plain()), &["ipip"]);
    found_in(RAW, &ipv4(41, &v6), &["6in4"]);
    found_in(RAW, &ipv6(4, &plain()), &["4in6"]);
    found_in(RAW, &ipv6(41, &v6), &["6in6"]);
    let data = ipv4(41, &v6);
    assert_eq!(decoded(RAW, &data).src.to_string(), "2001:db8::1");
}
