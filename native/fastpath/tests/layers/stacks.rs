//! Layers in layers.

use crate::craft::{ethernet, gtpu, ipv4, ipv6, join, mpls, pppoe, tcp, udp, vlan, vxlan};
use crate::{ETHERNET, decoded, fate, tcp_of, udp_of};
use minesensor_fastpath::fate::Fate;
use minesensor_fastpath::layers::{Frame, Tags, Walk, WalkLimits, walk};

#[test]
fn qinq_mpls_gre_vxlan_and_ethernet_are_walked_to_the_segment_inside() {
    let inner = ethernet(0x86dd, &ipv6(6, &tcp(b"deep")));
    let overlay = ipv4(17, &vxlan(7000, &inner));
    let gre = ipv4(47, &join("2000 0800 00000011", &overlay));
    let data = ethernet(0x88a8, &vlan(10, 0x8100, &vlan(20, 0x8847, &mpls(300, true, &gre))));
    let found = decoded(ETHERNET, &data);
    assert_eq!(tcp_of(&found).payload, b"deep");
    assert_eq!(found.tunnel.labels(), ["qinq:10", "vlan:20", "mpls:300", "gre:17", "vxlan:7000"]);
    assert_eq!(found.tags, Tags { outer_vlan: Some(10), inner_vlan: Some(20), vni: Some(7000) });
    assert_eq!(found.src.to_string(), "2001:db8::1");
}

#[test]
fn a_dialled_line_in_a_vlan_is_walked() {
    let session = pppoe(77, &join("0021", &ipv4(17, &udp(5000, 53, b"query"))));
    let data = ethernet(0x8100, &vlan(1001, 0x8864, &session));
    let found = decoded(ETHERNET, &data);
    assert_eq!(udp_of(&found).payload, b"query");
    assert_eq!(found.tunnel.labels(), ["vlan:1001", "pppoe:77"]);
}

#[test]
fn a_mobile_user_behind_another_tunnel_is_walked() {
    let user = gtpu(9, &ipv4(4, &ipv4(6, &tcp(b"user"))));
    let data = ethernet(0x86dd, &ipv6(17, &user));
    let found = decoded(ETHERNET, &data);
    assert_eq!(tcp_of(&found).payload, b"user");
    assert_eq!(found.tunnel.labels(), ["gtpu:9", "ipip"]);
}

#[test]
fn the_last_segment_and_the_first_two_vlans_are_the_tags() {
    let innermost = ethernet(0x8100, &vlan(3, 0x0800, &ipv4(6, &tcp(b""))));
    let inner = ethernet(0x8100, &vlan(2, 0x0800, &ipv4(17, &vxlan(200, &innermost))));
    let data = ethernet(0x8100, &vlan(1, 0x0800, &ipv4(17, &vxlan(100, &inner))));
    let found = decoded(ETHERNET, &data);
    assert_eq!(found.tags, Tags { outer_vlan: Some(1), inner_vlan: Some(2), vni: Some(200) });
}

#[test]
fn a_path_longer_than_its_record_is_walked_and_says_so() {
    let labels = (1..=9).fold(ipv4(6, &tcp(b"end")), |inner, label| mpls(label, label == 1, &inner));
    let data = ethernet(0x8847, &labels);
    let found = decoded(ETHERNET, &data);
    assert_eq!(tcp_of(&found).payload, b"end");
    assert_eq!(found.tunnel.labels().len(), 9);
    assert_eq!(found.tunnel.labels()[7..], ["mpls:2", "more"]);
}

#[test]
fn bombs_of_every_layer_end_at_the_limit() {
    let segment = tcp(b"x");
    let nested =
        |wrap: &dyn Fn(&[u8]) -> Vec<u8>, innermost: &[u8]| (0..200).fold(innermost.to_vec(), |inner, _| wrap(&inner));
    let bombs = [
        ethernet(0x0800, &nested(&|inner| ipv4(4, inner), &ipv4(6, &segment))),
        ethernet(0x86dd, &nested(&|inner| ipv6(41, inner), &ipv6(6, &segment))),
        ethernet(0x8100, &nested(&|inner| vlan(1, 0x8100, inner), &[])),
        ethernet(0x8847, &nested(&|inner| mpls(16, false, inner), &[])),
        ethernet(0x86dd, &ipv6(0, &nested(&|inner| join("00 00 0000 00000000", inner), &[]))),
        nested(&|inner| ethernet(0x0800, &ipv4(17, &vxlan(1, inner))), &ethernet(0x0800, &ipv4(6, &segment))),
        ethernet(0x0800, &nested(&|inner| ipv4(47, &join("0000 0800", inner)), &ipv4(6, &segment))),
    ];
    for bomb in bombs {
        assert_eq!(fate(ETHERNET, &bomb), Fate::TooDeep);
    }
}

#[test]
fn the_limit_is_exact() {
    // Ethernet is where it begins; then come two tags, IP and TCP.
    let data = ethernet(0x8100, &vlan(1, 0x8100, &vlan(2, 0x0800, &ipv4(6, &tcp(b"")))));
    let frame = Frame { link: ETHERNET, data: &data, wire_len: 0 };
    assert!(matches!(walk(&frame, &WalkLimits { layers_max: 4 }), Walk::Decoded(_)));
    assert!(matches!(walk(&frame, &WalkLimits { layers_max: 3 }), Walk::Done(Fate::TooDeep)));
}
