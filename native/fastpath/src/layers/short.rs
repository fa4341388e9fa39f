//! The shape of nearly every packet: TCP or UDP in IPv4 without options on Ethernet, captured whole.
//!
//! All its fields stand at places of their own, so that it is read at once and each length is asked once. What is odd in
//! any way is left to the readers of the layers; what is read here, they would read the same.

use super::by_udp_port;
use super::packet::{Frame, TcpSegment, Transport, UdpDatagram};

const LINK_ETHERNET: u16 = 1;
const ETHERNET_BYTES: usize = 14;
/// Version 4, and a header of five words.
const WITHOUT_OPTIONS: u8 = 0x45;
const MORE_OR_OFFSET: u16 = 0x3fff;
/// Where TCP or UDP begin.
const TRANSPORT: usize = 34;
const TCP_HEADER_BYTES: usize = 20;
const UDP_HEADER_BYTES: usize = 8;
/// Up to the end of the shortest header of TCP. Ethernet fills shorter frames up, and the rest may go the longer way.
const HEADERS_BYTES: usize = TRANSPORT + TCP_HEADER_BYTES;

/// A packet of that shape.
#[derive(Clone, Copy)]
pub(crate) struct Short<'a> {
    pub src: u32,
    pub dst: u32,
    pub transport: Transport<'a>,
}

/// The packet in a frame, if it is of that shape.
#[inline(always)]
pub(crate) fn short<'a>(frame: &Frame<'a>) -> Option<Short<'a>> {
    let data = frame.data;
    let head = data.first_chunk::<HEADERS_BYTES>()?;
    let end = ETHERNET_BYTES.wrapping_add(short_at(head, 16).into());
    let is_short = frame.link == LINK_ETHERNET
        && short_at(head, 12) == 0x0800
        && head[ETHERNET_BYTES] == WITHOUT_OPTIONS
        && short_at(head, 20) & MORE_OR_OFFSET == 0
        && u32::try_from(data.len()).is_ok_and(|captured| captured >= frame.wire_len)
        && end <= data.len();
    let transport = match head[23] {
        _ if !is_short => return None,
        6 => Transport::Tcp(segment(head, data, end)?),
        17 => Transport::Udp(datagram(head, data, end)?),
        _ => return None,
    };
    Some(Short { src: long_at(head, 26), dst: long_at(head, 30), transport })
}

#[inline(always)]
fn segment<'a>(head: &[u8; HEADERS_BYTES], data: &'a [u8], end: usize) -> Option<TcpSegment<'a>> {
    let header_bytes = usize::from(head[TRANSPORT + 12] >> 4).wrapping_mul(4);
    // A range that runs backwards is none.
    let payload = data.get(TRANSPORT.wrapping_add(header_bytes)..end).filter(|_| header_bytes >= TCP_HEADER_BYTES)?;
    Some(TcpSegment {
        src_port: short_at(head, TRANSPORT),
        dst_port: short_at(head, TRANSPORT + 2),
        seq: long_at(head, TRANSPORT + 4),
        ack: long_at(head, TRANSPORT + 8),
        flags: head[TRANSPORT + 13],
        payload,
        missing: 0,
    })
}

#[inline(always)]
fn datagram<'a>(head: &[u8; HEADERS_BYTES], data: &'a [u8], end: usize) -> Option<UdpDatagram<'a>> {
    let (src_port, dst_port) = (short_at(head, TRANSPORT), short_at(head, TRANSPORT + 2));
    let own_end = TRANSPORT.wrapping_add(short_at(head, TRANSPORT + 4).into());
    if own_end > end || by_udp_port(src_port, dst_port).is_some() {
        return None;
    }
    let payload = data.get(TRANSPORT + UDP_HEADER_BYTES..own_end)?;
    Some(UdpDatagram { src_port, dst_port, payload, missing: 0 })
}

#[inline(always)]
fn short_at(head: &[u8; HEADERS_BYTES], place: usize) -> u16 {
    match head.get(place..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => u16::from_be_bytes(*bytes),
        None => 0,
    }
}

#[inline(always)]
fn long_at(head: &[u8; HEADERS_BYTES], place: usize) -> u32 {
    match head.get(place..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => u32::from_be_bytes(*bytes),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::packet::Ip;
    use crate::layers::{Tags, TunnelPath, Walk, WalkLimits, straight, walk_layers};

    /// 192.0.2.1:49152 to 198.51.100.2:3333, with `payload` bytes behind the transport header.
    fn frame(protocol: u8, payload: usize) -> Vec<u8> {
        let transport = match protocol {
            6 => [&[0xc0, 0, 0x0d, 0x05, 0, 0, 0, 1, 0, 0, 0, 2, 0x60, 0x18][..], &[0; 6], &[1; 4]].concat(),
            _ => [&[0xc0, 0, 0x0d, 0x05, 0, u8::try_from(8 + payload).unwrap_or(0), 0, 0][..]].concat(),
        };
        let total = u16::try_from(20 + transport.len() + payload).unwrap_or(0).to_be_bytes();
        let ip = [0x45, 0, total[0], total[1], 0, 1, 0x40, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2];
        [&[2; 12][..], &[8, 0], &ip, &transport, &vec![0x5a; payload]].concat()
    }

    fn decoded<'a>(frame: &Frame<'a>) -> Option<Walk<'a>> {
        let Short { src, dst, transport } = short(frame)?;
        let [src, dst] = [src, dst].map(|address| Ip::v4(address.to_be_bytes()).words());
        let plain = super::super::Plain { src, dst, transport, notes: crate::fate::Notes::NONE };
        Some(Walk::Decoded(plain.decoded(Tags::default(), TunnelPath::default())))
    }

    #[test]
    fn segments_and_datagrams_are_of_that_shape() {
        for protocol in [6, 17] {
            let data = frame(protocol, 20);
            assert!(short(&Frame { link: 1, data: &data, wire_len: 0 }).is_some());
        }
    }

    proptest! {
        #[test]
        fn it_says_what_the_layers_say(
            is_tcp in any::<bool>(),
            payload in 0_usize..40,
            changes in proptest::collection::vec((12_usize..56, any::<u8>()), 0..3),
            wire_len in prop_oneof![Just(0_u32), 0_u32..120],
            cut in 0_usize..20,
        ) {
            let mut data = frame(if is_tcp { 6 } else { 17 }, payload);
            for (place, byte) in changes {
                if let Some(other) = data.get_mut(place) {
                    *other = byte;
                }
            }
            data.truncate(data.len() - cut.min(data.len()));
            let frame = Frame { link: 1, data: &data, wire_len };
            if let Some(said) = decoded(&frame) {
                prop_assert_eq!(format!("{said:?}"), format!("{:?}", walk_layers(&frame, &WalkLimits::default())));
                prop_assert!(straight(&frame).is_some());
            }
        }
    }
}
