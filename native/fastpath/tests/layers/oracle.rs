//! The walk against another reader of the same packets: `etherparse`.

use crate::craft::{ethernet, hex, ipv6, vlan};
use etherparse::{LaxNetSlice, LaxSlicedPacket, TransportSlice};
use minesensor_fastpath::layers::{Frame, Ip, Transport, Walk, WalkLimits, walk};
use proptest::prelude::*;

/// What both readers must say alike: addresses, ports, sequence, acknowledgement, flags, payload.
type Seen = (Ip, Ip, u16, u16, u32, u32, u8, Vec<u8>);

fn ours(data: &[u8], wire_len: usize) -> Option<Seen> {
    let wire_len = u32::try_from(wire_len).unwrap();
    let Walk::Decoded(decoded) = walk(&Frame { link: 1, data, wire_len }, &WalkLimits::default()) else {
        return None;
    };
    let (src, dst) = (decoded.src, decoded.dst);
    Some(match decoded.transport {
        Transport::Tcp(tcp) => {
            (src, dst, tcp.src_port, tcp.dst_port, tcp.seq, tcp.ack, tcp.flags, tcp.payload.to_vec())
        }
        Transport::Udp(udp) => (src, dst, udp.src_port, udp.dst_port, 0, 0, 0, udp.payload.to_vec()),
    })
}

fn theirs(data: &[u8]) -> Option<Seen> {
    let packet = LaxSlicedPacket::from_ethernet(data).ok()?;
    let (src, dst) = match packet.net? {
        LaxNetSlice::Ipv4(ip) => (Ip::v4(ip.header().source()), Ip::v4(ip.header().destination())),
        LaxNetSlice::Ipv6(ip) => (Ip(ip.header().source()), Ip(ip.header().destination())),
        LaxNetSlice::Arp(_) => return None,
    };
    match packet.transport? {
        TransportSlice::Tcp(tcp) => Some((
            src,
            dst,
            tcp.source_port(),
            tcp.destination_port(),
            tcp.sequence_number(),
            tcp.acknowledgment_number(),
            tcp.header_slice()[13],
            tcp.payload().to_vec(),
        )),
        TransportSlice::Udp(udp) => {
            Some((src, dst, udp.source_port(), udp.destination_port(), 0, 0, 0, udp.payload().to_vec()))
        }
        _ => None,
    }
}

fn bytes(count: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), count)
}

/// Header words beyond the fixed ones, as options.
fn options() -> impl Strategy<Value = Vec<u8>> {
    (0_usize..=10).prop_flat_map(|words| bytes(words * 4))
}

fn transport() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let tcp = (bytes(13), options(), bytes(6), any::<u8>(), bytes(0..200)).prop_map(
        |(mut header, options, rest, flags, payload)| {
            header[12] = u8::try_from(5 + options.len() / 4).unwrap() << 4;
            (6, [&header[..], &[flags], &rest, &options, &payload].concat())
        },
    );
    // Ports of tunnels are for tunnels; 0x0fff is none, and neither are those above.
    let udp = (bytes(2), 0x0fff_u16.., bytes(0..200)).prop_filter_map("a tunnel's port", |(src, dst, payload)| {
        let length = u16::try_from(8 + payload.len()).unwrap();
        let header = [&src[..], &dst.to_be_bytes(), &length.to_be_bytes(), &[0, 0]].concat();
        (dst != 4789).then(|| (17, [header, payload].concat()))
    });
    prop_oneof![tcp, udp]
}

fn packet() -> impl Strategy<Value = Vec<u8>> {
    let tags = prop::collection::vec(0_u16..4096, 0..3);
    (transport(), any::<bool>(), options(), bytes(8), tags, bytes(0..20)).prop_map(
        |((protocol, inner), v6, options, ends, tags, trailer)| {
            let (mut ethertype, mut data) = if v6 {
                let extension = hex(&format!("{protocol:02x} 00 00 00 00 00 00 00"));
                let whole = if ends[0] & 1 == 0 {
                    ipv6(protocol, &inner)
                } else {
                    ipv6(if ends[0] & 2 == 0 { 0 } else { 60 }, &[extension, inner].concat())
                };
                (0x86dd, whole)
            } else {
                let words = 5 + options.len() / 4;
                let length = words * 4 + inner.len();
                let header = format!("4{words:x} 00 {length:04x} 0001 4000 40 {protocol:02x} 0000");
                (0x0800, [&hex(&header)[..], &ends, &options, &inner].concat())
            };
            for id in tags {
                data = vlan(id, ethertype, &data);
                ethertype = if id & 1 == 0 { 0x8100 } else { 0x88a8 };
            }
            [ethernet(ethertype, &data), trailer].concat()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn whole_packets_are_read_alike(data in packet()) {
        let seen = ours(&data, data.len());
        prop_assert!(seen.is_some());
        prop_assert_eq!(seen, theirs(&data));
    }

    /// The other reader does not know the length on the wire and gives up at cut options, we do not; where it reads a
    /// cut packet, it reads the same.
    #[test]
    fn cut_packets_are_read_alike(data in packet(), end in any::<prop::sample::Index>()) {
        let cut = &data[..end.index(data.len() + 1)];
        if let Some(seen) = theirs(cut) {
            prop_assert_eq!(ours(cut, data.len()), Some(seen));
        }
    }
}
