//! Turns a seed frame into one of another conversation: addresses, client port and sequence numbers are replaced, and
//! the checksums follow (RFC 1624).

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::checksum::Change;
use crate::rng::Rng;
use crate::seeds::{IPV4_TRANSPORT, IPV6_TRANSPORT, TCP};

/// Who a replica is: both ends, in both address families so that the seed decides which is used.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// Numbers below 2^16: the last bits of the addresses.
    pub client: u16,
    pub server: u16,
    pub client_port: u16,
    pub client_seq: u32,
    pub server_seq: u32,
}

impl Identity {
    /// `client_port` is one of the ephemeral ports of RFC 6335.
    pub fn draw(rng: &mut Rng) -> Self {
        Self {
            client: rng.below(1 << 16) as u16,
            server: rng.below(1 << 12) as u16,
            client_port: 49_152 + rng.below(16_384) as u16,
            client_seq: rng.bits32(),
            server_seq: rng.bits32(),
        }
    }

    fn ipv4(&self, is_client: bool) -> [u8; 4] {
        // 198.18.0.0/15 is set aside for benchmarks (RFC 2544): clients in the lower half, servers in the upper.
        let (second, number) = if is_client { (18, self.client) } else { (19, self.server) };
        let [high, low] = number.to_be_bytes();
        Ipv4Addr::new(198, second, high, low).octets()
    }

    fn ipv6(&self, is_client: bool) -> [u8; 16] {
        // 2001:2::/48 likewise (RFC 5180).
        let (subnet, number) = if is_client { (1, self.client) } else { (2, self.server) };
        Ipv6Addr::new(0x2001, 2, 0, subnet, 0, 0, 0, number).octets()
    }
}

/// Replaces what belongs to the conversation. `frame` is a seed frame as [`crate::seeds::load`] accepts it.
pub fn rewrite(frame: &mut [u8], from_client: bool, identity: &Identity) {
    let is_ipv6 = frame[12..14] == [0x86, 0xdd];
    let change = if is_ipv6 {
        put(frame, 22, &identity.ipv6(from_client), Change::default())
    } else {
        put(frame, 26, &identity.ipv4(from_client), Change::default())
    };
    let change = if is_ipv6 {
        put(frame, 38, &identity.ipv6(!from_client), change)
    } else {
        put(frame, 30, &identity.ipv4(!from_client), change)
    };
    let (transport_at, transport) = if is_ipv6 { (IPV6_TRANSPORT, frame[20]) } else { (IPV4_TRANSPORT, frame[23]) };
    if !is_ipv6 {
        correct(frame, 24, change);
    }
    let port_at = if from_client { transport_at } else { transport_at + 2 };
    let change = put(frame, port_at, &identity.client_port.to_be_bytes(), change);
    if transport == TCP {
        let change = renumber(frame, transport_at, from_client, identity, change);
        correct(frame, transport_at + 16, change);
    } else {
        correct(frame, transport_at + 6, change);
        // In UDP, 0 says that there is no checksum (RFC 768).
        if frame[transport_at + 6..transport_at + 8] == [0, 0] {
            frame[transport_at + 6..transport_at + 8].copy_from_slice(&[0xff, 0xff]);
        }
    }
}

fn renumber(frame: &mut [u8], at: usize, from_client: bool, identity: &Identity, change: Change) -> Change {
    const HAS_ACK: u8 = 0x10;
    let Identity { client_seq, server_seq, .. } = *identity;
    let (own, peer) = if from_client { (client_seq, server_seq) } else { (server_seq, client_seq) };
    let change = add(frame, at + 4, own, change);
    if frame[at + 13] & HAS_ACK == 0 { change } else { add(frame, at + 8, peer, change) }
}

fn add(frame: &mut [u8], at: usize, number: u32, change: Change) -> Change {
    let old = u32::from_be_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]);
    put(frame, at, &old.wrapping_add(number).to_be_bytes(), change)
}

fn put(frame: &mut [u8], at: usize, new: &[u8], change: Change) -> Change {
    let old = &mut frame[at..at + new.len()];
    let change = change.of(old, new);
    old.copy_from_slice(new);
    change
}

fn correct(frame: &mut [u8], at: usize, change: Change) {
    let checksum = change.apply([frame[at], frame[at + 1]]);
    frame[at..at + 2].copy_from_slice(&checksum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::{finish, sum};
    use crate::frame::{ACK, Endpoint, PSH, Payload, Segment};

    fn seed() -> Vec<u8> {
        let from = Endpoint { ip: Ipv4Addr::new(192, 0, 2, 1), port: 40_000 };
        let to = Endpoint { ip: Ipv4Addr::new(198, 51, 100, 2), port: 443 };
        let mut frame = Vec::new();
        let segment = Segment { from, to, seq: 0xffff_fff0, ack: 5, flags: PSH | ACK };
        segment.write(&Payload::new("some payload"), &mut frame);
        frame
    }

    #[test]
    fn checksums_of_a_replica_are_right_and_its_payload_is_the_seeds() {
        let mut rng = Rng::new(1);
        for round in 0..200 {
            let mut frame = seed();
            rewrite(&mut frame, round % 2 == 0, &Identity::draw(&mut rng));
            assert_eq!(finish(u64::from(sum(&frame[14..34]))), 0);
            let tcp = &frame[34..];
            assert_eq!(finish(u64::from(sum(&frame[26..34])) + 6 + tcp.len() as u64 + u64::from(sum(tcp))), 0);
            assert_eq!(&frame[54..], b"some payload");
        }
    }

    #[test]
    fn both_directions_are_of_one_conversation() {
        let identity = Identity { client: 258, server: 3, client_port: 50_000, client_seq: 32, server_seq: 100 };
        let (mut there, mut back) = (seed(), seed());
        rewrite(&mut there, true, &identity);
        rewrite(&mut back, false, &identity);
        assert_eq!(there[26..34], [198, 18, 1, 2, 198, 19, 0, 3]);
        assert_eq!(back[26..34], [198, 19, 0, 3, 198, 18, 1, 2]);
        assert_eq!(there[34..38], [0xc3, 0x50, 0x01, 0xbb]);
        assert_eq!(back[36..38], [0xc3, 0x50]);
        assert_eq!(there[38..46], [0, 0, 0, 16, 0, 0, 0, 105], "sequence numbers wrap");
        assert_eq!(back[38..46], [0, 0, 0, 84, 0, 0, 0, 37]);
    }
}
