//! Ethernet, IPv4 and TCP frames made from nothing, with right checksums, into a buffer that is used again and again.

use std::net::Ipv4Addr;

use crate::checksum;

pub const SYN: u8 = 0x02;
pub const PSH: u8 = 0x08;
pub const ACK: u8 = 0x10;

pub const ETHERNET_BYTES: usize = 14;
const IPV4_BYTES: usize = 20;
const TCP_BYTES: usize = 20;
const HEADER_BYTES: usize = ETHERNET_BYTES + IPV4_BYTES + TCP_BYTES;
const PROTOCOL_TCP: u8 = 6;
const DONT_FRAGMENT: u16 = 0x4000;
const TTL: u8 = 61;
const WINDOW: u16 = 64_240;
/// Locally administered, so that they can be nobody's.
const MACS: [u8; 12] = [0x02, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0, 0, 0x02];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub ip: Ipv4Addr,
    pub port: u16,
}

/// Payload with its sum, so that a text that is sent a million times is summed once.
#[derive(Clone, Default)]
pub struct Payload {
    pub bytes: Vec<u8>,
    sum: u32,
}

impl Payload {
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self { sum: checksum::sum(&bytes), bytes }
    }
}

/// One TCP segment to be written.
#[derive(Clone, Copy)]
pub struct Segment {
    pub from: Endpoint,
    pub to: Endpoint,
    pub seq: u32,
    pub ack: u32,
    pub flags: u8,
}

impl Segment {
    /// Fills `frame` with the whole frame.
    pub fn write(&self, payload: &Payload, frame: &mut Vec<u8>) {
        let tcp_bytes = (TCP_BYTES + payload.bytes.len()) as u16;
        let mut header = [0u8; HEADER_BYTES];
        header[0..12].copy_from_slice(&MACS);
        header[12..14].copy_from_slice(&[0x08, 0x00]);
        self.write_ipv4(tcp_bytes, &mut header[ETHERNET_BYTES..ETHERNET_BYTES + IPV4_BYTES]);
        self.write_tcp(tcp_bytes, payload.sum, &mut header[ETHERNET_BYTES + IPV4_BYTES..]);
        frame.clear();
        frame.extend_from_slice(&header);
        frame.extend_from_slice(&payload.bytes);
    }

    fn write_ipv4(&self, tcp_bytes: u16, header: &mut [u8]) {
        header[0] = 0x45;
        header[2..4].copy_from_slice(&(IPV4_BYTES as u16 + tcp_bytes).to_be_bytes());
        header[6..8].copy_from_slice(&DONT_FRAGMENT.to_be_bytes());
        header[8] = TTL;
        header[9] = PROTOCOL_TCP;
        header[12..16].copy_from_slice(&self.from.ip.octets());
        header[16..20].copy_from_slice(&self.to.ip.octets());
        let checksum = checksum::finish(u64::from(checksum::sum(header)));
        header[10..12].copy_from_slice(&checksum.to_be_bytes());
    }

    fn write_tcp(&self, tcp_bytes: u16, payload_sum: u32, header: &mut [u8]) {
        header[0..2].copy_from_slice(&self.from.port.to_be_bytes());
        header[2..4].copy_from_slice(&self.to.port.to_be_bytes());
        header[4..8].copy_from_slice(&self.seq.to_be_bytes());
        header[8..12].copy_from_slice(&self.ack.to_be_bytes());
        header[12] = ((TCP_BYTES / 4) << 4) as u8;
        header[13] = self.flags;
        header[14..16].copy_from_slice(&WINDOW.to_be_bytes());
        let addresses = checksum::sum(&self.from.ip.octets()) + checksum::sum(&self.to.ip.octets());
        let pseudo = u64::from(addresses) + u64::from(PROTOCOL_TCP) + u64::from(tcp_bytes);
        let total = pseudo + u64::from(checksum::sum(header)) + u64::from(payload_sum);
        header[16..18].copy_from_slice(&checksum::finish(total).to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment() -> Segment {
        let from = Endpoint { ip: Ipv4Addr::new(192, 0, 2, 1), port: 40_000 };
        let to = Endpoint { ip: Ipv4Addr::new(198, 51, 100, 2), port: 3333 };
        Segment { from, to, seq: 7, ack: 9, flags: PSH | ACK }
    }

    #[test]
    fn both_checksums_are_right_for_even_and_odd_payloads() {
        let mut frame = Vec::new();
        for payload in ["", "abc", "abcd"] {
            segment().write(&Payload::new(payload), &mut frame);
            assert_eq!(frame.len(), HEADER_BYTES + payload.len());
            assert_eq!(checksum::finish(u64::from(checksum::sum(&frame[14..34]))), 0);
            let pseudo = u64::from(checksum::sum(&frame[26..34])) + 6 + (20 + payload.len() as u64);
            assert_eq!(checksum::finish(pseudo + u64::from(checksum::sum(&frame[34..]))), 0);
        }
    }

    #[test]
    fn a_used_buffer_keeps_nothing_of_the_frame_before() {
        let (mut fresh, mut used) = (Vec::new(), Vec::new());
        segment().write(&Payload::new("a longer payload"), &mut used);
        segment().write(&Payload::new("x"), &mut used);
        segment().write(&Payload::new("x"), &mut fresh);
        assert_eq!(used, fresh);
    }
}
