//! IPv4, IPv6, TCP and UDP: what is read, what is cut, and what is noted.

use crate::craft::{ethernet, hex, ipv4, ipv4_part, ipv6, ipv6_part, join, tcp, udp};
use crate::{ETHERNET, RAW, decoded, failure, fate, notes, tcp_of, udp_of, walk_whole};
use minesensor_fastpath::fate::{Failure, Fate, Note, Other};
use minesensor_fastpath::layers::{Frame, Walk, WalkLimits, walk};


#[test]
fn every_field_of_a_segment_is_given() {
    let data = ethernet(0x0800, &ipv4(6, &tcp(b"hello")));
    let decoded = decoded(ETHERNET, &data);
    assert_eq!((decoded.src.to_string(), decoded.dst.to_string()), ("192.0.2.1".into(), "198.51.100.2".into()));
    let segment = tcp_of(&decoded);
    assert_eq!((segment.src_port, segment.dst_port), (49152, 3333));
    assert_eq!((segment.seq, segment.ack, segment.flags), (0x0102_0304, 0x0506_0708, 0x18));
    assert_eq!((segment.payload, segment.missing), (&b"hello"[..], 0));
}

#[test]
fn every_field_of_a_datagram_is_given() {
    let data = ethernet(0x86dd, &ipv6(17, &udp(53, 49152, b"answer")));
    let decoded = decoded(ETHERNET, &data);
    assert_eq!((decoded.src.to_string(), decoded.dst.to_string()), ("2001:db8::1".into(), "2001:db8::2".into()));
    let datagram = udp_of(&decoded);
    assert_eq!((datagram.src_port, datagram.dst_port), (53, 49152));
    assert_eq!((datagram.payload, datagram.missing), (&b"answer"[..], 0));
}

#[test]
fn padding_behind_the_ip_length_is_cut() {
    let mut data = ethernet(0x0800, &ipv4(6, &tcp(b"")));
    data.extend([0; 6]);
    assert_eq!(tcp_of(&decoded(ETHERNET, &data)).payload, b"");
    let mut data = ethernet(0x86dd, &ipv6(17, &udp(1, 2, b"x")));
    data.extend([0; 60]);
    assert_eq!(udp_of(&decoded(ETHERNET, &data)).payload, b"x");
}

#[test]
fn padding_that_was_not_captured_is_not_missing() {
    let data = ethernet(0x0800, &ipv4(6, &tcp(b"ab")));
    let wire_len = u32::try_from(data.len()).unwrap() + 4;
    let Walk::Decoded(decoded) = walk(&Frame { link: 1, data: &data, wire_len }, &WalkLimits::default()) else {
        panic!("not decoded");
    };
    assert_eq!((tcp_of(&decoded).payload, tcp_of(&decoded).missing), (&b"ab"[..], 0));
}

#[test]
fn ipv4_options_are_passed_over() {
    let inner = tcp(b"x");
    let header = format!("47 00 {:04x} 0001 4000 40 06 0000 c0000201 c6336402 01010101 00000000", 28 + inner.len());
    assert_eq!(tcp_of(&decoded(RAW, &join(&header, &inner))).payload, b"x");
}

#[test]
fn an_ip_length_of_0_means_what_was_seen() {
    let mut data = ipv4(6, &tcp(&[0x41; 3000]));
    data[2..4].fill(0);
    let found = decoded(RAW, &data);
    assert_eq!(tcp_of(&found).payload.len(), 3000);
    assert_eq!(notes(&found), [Note::LengthOffloaded]);
    let mut data = ipv6(6, &tcp(&[0x41; 3000]));
    data[4..6].fill(0);
    let found = decoded(RAW, &data);
    assert_eq!(tcp_of(&found).payload.len(), 3000);
    assert_eq!(notes(&found), [Note::LengthOffloaded]);
}

#[test]
fn a_length_beyond_the_wire_is_noted_and_not_believed() {
    let mut v4 = ipv4(6, &tcp(b"abc"));
    v4[2] = 0xff;
    let mut v6 = ipv6(6, &tcp(b"abc"));
    v6[4] = 0xff;
    for data in [v4, v6] {
        let found = decoded(RAW, &data);
        assert_eq!((tcp_of(&found).payload, tcp_of(&found).missing), (&b"abc"[..], 0));
        assert_eq!(notes(&found), [Note::LengthBeyondWire]);
    }
    let mut data = ipv4(17, &udp(1, 2, b"abc"));
    data[24] = 0xff;
    let found = decoded(RAW, &data);
    assert_eq!((udp_of(&found).payload, notes(&found)), (&b"abc"[..], vec![Note::LengthBeyondWire]));
}

#[test]
fn bad_ip_headers_are_told_apart() {
    let good = ipv4(6, &tcp(b""));
    let with = |place: usize, value: u8| {
        let mut data = good.clone();
        data[place] = value;
        ethernet(0x0800, &data)
    };
    assert_eq!(failure(ETHERNET, &with(0, 0x65)), Failure::Ipv4Bad);
    assert_eq!(failure(ETHERNET, &with(0, 0x44)), Failure::Ipv4Bad);
    assert_eq!(failure(ETHERNET, &with(3, 19)), Failure::Ipv4Length);
    assert_eq!(failure(ETHERNET, &ethernet(0x0800, &good[..19])), Failure::Ipv4Bad);
    // Fifteen words of header, and the packet has fewer.
    assert_eq!(failure(ETHERNET, &ethernet(0x0800, &join("4f00 0030", &good[4..40]))), Failure::Ipv4Length);
    let good = ipv6(6, &tcp(b""));
    assert_eq!(failure(ETHERNET, &ethernet(0x86dd, &good[..39])), Failure::Ipv6Bad);
    assert_eq!(failure(ETHERNET, &ethernet(0x86dd, &join("40", &good[1..]))), Failure::Ipv6Bad);
    assert_eq!(failure(RAW, &hex("50")), Failure::IpVersion);
    assert_eq!(failure(RAW, &[]), Failure::IpVersion);
}

#[test]
fn a_header_longer_than_the_packet_is_bad_also_when_the_length_is_offloaded() {
    assert_eq!(failure(RAW, &hex("4f00 0000 0001 4000 40 06 0000 c0000201 c6336402 01010101")), Failure::Ipv4Bad);
}

#[test]
fn an_ipv6_jumbogram_is_counted_as_such() {
    let hop_by_hop = hex("06 00 c2 04 00 01 00 00");
    let mut data = ipv6(0, &[&hop_by_hop[..], &tcp(b"x")].concat());
    data[4..6].fill(0);
    assert_eq!(failure(RAW, &data), Failure::Ipv6Jumbogram);
}

#[test]
fn a_length_of_0_before_hop_by_hop_options_without_the_jumbo_one_is_left_to_the_card() {
    // Router alert and padding, as multicast listeners send them; one option whose length runs out of the header.
    for options in ["06 00 05 02 0000 01 00", "06 01 01 0c 000000000000 000000000000", "06 00 c2 02 0001 01 00", "06 00 05 ff 0000 c2 04"] {
        let mut data = ipv6(0, &[&hex(options)[..], &tcp(b"x")].concat());
        data[4..6].fill(0);
        let found = decoded(RAW, &data);
        assert_eq!((tcp_of(&found).payload, notes(&found)), (&b"x"[..], vec![Note::LengthOffloaded]), "{options}");
    }
}

#[test]
fn ipv6_extension_headers_are_passed_over() {
    let inner = [hex("2b 00 05 02 00000000"), hex("3c 00 00 00 00000000"), hex("06 01"), vec![0; 14]].concat();
    let data = ipv6(0, &[&inner[..], &tcp(b"deep")].concat());
    assert_eq!(tcp_of(&decoded(RAW, &data)).payload, b"deep");
    assert_eq!(failure(RAW, &ipv6(60, &hex("06 01 00 00 00000000"))), Failure::Ipv6Extension);
    assert_eq!(failure(RAW, &ipv6(43, &hex("06 00 00 00 0000"))), Failure::Ipv6Extension);
    assert_eq!(failure(RAW, &ipv6(44, &hex("06 00 00 00 0000"))), Failure::Ipv6Extension);
    // The extension headers of IPv6 mean nothing in IPv4.
    assert_eq!(fate(RAW, &ipv4(44, &[0; 8])), Fate::OtherTransport(Other::Unknown));
    assert_eq!(fate(RAW, &ipv4(51, &[&authenticated(60, 24)[..], &[0; 8]].concat())), Fate::OtherTransport(Other::Unknown));
}

#[test]
fn the_lesser_extension_headers_are_passed_over_too() {
    // Mobility, host identity and shim6 have the form of options (RFC 6275, 7401, 5533).
    for next_header in [135, 139, 140] {
        let data = ipv6(next_header, &[&hex("06 00 00 00 00000000")[..], &tcp(b"moved")].concat());
        assert_eq!(tcp_of(&decoded(RAW, &data)).payload, b"moved", "{next_header}");
        let ends = ipv6(next_header, &hex("3b 00 00 00 00000000"));
        assert_eq!(fate(RAW, &ends), Fate::OtherTransport(Other::Control), "{next_header}");
    }
}

/// An authentication header (RFC 4302) of `bytes` in all.
fn authenticated(next_header: u8, bytes: usize) -> Vec<u8> {
    let mut header = vec![0; bytes];
    header[0] = next_header;
    header[1] = u8::try_from(bytes / 4 - 2).unwrap();
    header
}

#[test]
fn what_is_authenticated_is_read() {
    for bytes in [12, 24, 28] {
        let inner = [&authenticated(6, bytes)[..], &tcp(b"signed")].concat();
        assert_eq!(tcp_of(&decoded(RAW, &ipv4(51, &inner))).payload, b"signed", "{bytes}");
        assert_eq!(tcp_of(&decoded(RAW, &ipv6(51, &inner))).payload, b"signed", "{bytes}");
    }
    let then_options = [&authenticated(60, 24)[..], &hex("06 00 00 00 00000000"), &tcp(b"signed")].concat();
    assert_eq!(tcp_of(&decoded(RAW, &ipv6(51, &then_options))).payload, b"signed");
    let tunnel_mode = [&authenticated(4, 24)[..], &ipv4(6, &tcp(b"inner"))].concat();
    assert_eq!(tcp_of(&decoded(RAW, &ipv4(51, &tunnel_mode))).payload, b"inner");
    assert_eq!(failure(RAW, &ipv4(51, &authenticated(6, 24)[..11])), Failure::AuthenticationBad);
    assert_eq!(failure(RAW, &ipv6(51, &authenticated(6, 24)[..23])), Failure::AuthenticationBad);
    let mut shorter_than_its_fields = authenticated(6, 24);
    shorter_than_its_fields[1] = 0;
    assert_eq!(failure(RAW, &ipv4(51, &shorter_than_its_fields)), Failure::AuthenticationBad);
}

#[test]
fn a_fragment_is_handed_out_with_its_place() {
    let data = ipv4_part(17, 0xbeef, 0x2000 | 185, &[7; 16]);
    let Walk::Fragment(piece) = walk_whole(RAW, &data) else { panic!("no fragment") };
    assert_eq!((piece.v6, piece.protocol, piece.id), (false, 17, 0xbeef));
    assert_eq!((piece.offset, piece.more, piece.data, piece.missing), (1480, true, &[7; 16][..], 0));
    let data = ipv6_part(6, 0xdead_beef, 1448, &[9; 5]);
    let Walk::Fragment(piece) = walk_whole(RAW, &data) else { panic!("no fragment") };
    assert_eq!((piece.v6, piece.protocol, piece.id), (true, 6, 0xdead_beef));
    assert_eq!((piece.offset, piece.more, piece.data), (1448, false, &[9; 5][..]));
}

#[test]
fn an_atomic_fragment_is_a_whole_datagram() {
    let data = ipv6_part(6, 7, 0, &tcp(b"whole"));
    assert_eq!(tcp_of(&decoded(RAW, &data)).payload, b"whole");
}

#[test]
fn other_transports_are_told_apart_by_what_they_may_hide() {
    let table = [
        (Other::Control, vec![1, 2, 58, 59, 88, 89, 103, 112]),
        (Other::Esp, vec![50]),
        (Other::Sctp, vec![132]),
        (Other::Ipcomp, vec![108]),
        (Other::Tunnel, vec![55, 98]),
        (Other::Unknown, vec![3, 33, 136, 142, 253, 255]),
    ];
    for (kind, protocols) in table {
        for protocol in protocols {
            assert_eq!(fate(RAW, &ipv4(protocol, &[0; 32])), Fate::OtherTransport(kind), "{protocol}");
            assert_eq!(fate(RAW, &ipv6(protocol, &[0; 32])), Fate::OtherTransport(kind), "{protocol}");
        }
    }
}

#[test]
fn bad_transport_headers_are_told_apart() {
    let segment = tcp(b"");
    assert_eq!(failure(RAW, &ipv4(6, &segment[..19])), Failure::TcpBad);
    let with_offset = |offset: u8| [&segment[..12], &[offset], &segment[13..]].concat();
    assert_eq!(failure(RAW, &ipv4(6, &with_offset(0x40))), Failure::TcpBad);
    assert_eq!(failure(RAW, &ipv6(6, &with_offset(0x90))), Failure::TcpBad);
    assert_eq!(failure(RAW, &ipv4(17, &hex("0001 0002 0008 00"))), Failure::UdpBad);
    assert_eq!(failure(RAW, &ipv6(17, &hex("0001 0002 0007 0000"))), Failure::UdpBad);
}

#[test]
fn a_udp_length_of_0_means_the_rest_and_what_is_behind_a_length_is_cut() {
    assert_eq!(udp_of(&decoded(RAW, &ipv4(17, &hex("0001 0002 0000 0000 616263")))).payload, b"abc");
    assert_eq!(udp_of(&decoded(RAW, &ipv4(17, &hex("0001 0002 0009 0000 616263")))).payload, b"a");
}
