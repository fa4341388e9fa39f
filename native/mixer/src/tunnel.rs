//! Encapsulations: wraps a plain frame the way access and data-centre networks carry it.

use crate::checksum;
use crate::frame::ETHERNET_BYTES;
use crate::rng::Rng;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// IEEE 802.1Q.
    Vlan,
    /// IEEE 802.1ad.
    Qinq,
    /// RFC 3032, two labels.
    Mpls,
    /// RFC 2516.
    Pppoe,
    /// RFC 2784 with a key (RFC 2890).
    Gre,
    /// RFC 7348.
    Vxlan,
    /// 3GPP TS 29.281.
    Gtpu,
    /// RFC 4213.
    SixInFour,
}

impl Kind {
    pub const ALL: [(&'static str, Kind); 8] = [
        ("vlan", Kind::Vlan),
        ("qinq", Kind::Qinq),
        ("mpls", Kind::Mpls),
        ("pppoe", Kind::Pppoe),
        ("gre", Kind::Gre),
        ("vxlan", Kind::Vxlan),
        ("gtpu", Kind::Gtpu),
        ("6in4", Kind::SixInFour),
    ];

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|&(_, kind)| kind)
    }

    /// Whether it can carry packets of this version of IP.
    pub fn carries(self, is_ipv6: bool) -> bool {
        self != Kind::SixInFour || is_ipv6
    }
}

/// The ids of one conversation's tunnel. Labels and tunnel endpoints differ by direction, as they do in the field.
#[derive(Clone, Copy, Debug)]
pub struct Tunnel {
    kind: Kind,
    id: u32,
    up: u32,
    down: u32,
}

const VXLAN_PORT: u16 = 4789;
const GTPU_PORT: u16 = 2152;
const PROTOCOL_6IN4: u8 = 41;
const PROTOCOL_GRE: u8 = 47;
const PROTOCOL_UDP: u8 = 17;

impl Tunnel {
    pub fn draw(kind: Kind, rng: &mut Rng) -> Self {
        Self { kind, id: rng.bits32(), up: rng.bits32(), down: rng.bits32() }
    }

    /// Fills `out` with the frame that carries `inner`.
    pub fn wrap(&self, inner: &[u8], from_client: bool, out: &mut Vec<u8>) {
        let (macs, rest) = inner.split_at(12);
        let packet = &inner[ETHERNET_BYTES..];
        let is_ipv6 = rest[..2] == [0x86, 0xdd];
        let key = if from_client { self.up } else { self.down };
        out.clear();
        out.extend_from_slice(macs);
        match self.kind {
            Kind::Vlan => {
                put(out, &[0x8100, self.vlan(0)]);
                out.extend_from_slice(rest);
            }
            Kind::Qinq => {
                put(out, &[0x88a8, self.vlan(12), 0x8100, self.vlan(0)]);
                out.extend_from_slice(rest);
            }
            Kind::Mpls => {
                put(out, &[0x8847]);
                put32(out, ((16 + (key & 0xffff)) << 12) | 61);
                put32(out, ((16 + (key >> 16)) << 12) | 0x100 | 61);
                out.extend_from_slice(packet);
            }
            Kind::Pppoe => {
                let protocol = if is_ipv6 { 0x0057 } else { 0x0021 };
                put(out, &[0x8864, 0x1100, self.id as u16, packet.len() as u16 + 2, protocol]);
                out.extend_from_slice(packet);
            }
            Kind::Gre => {
                self.outer_ip(PROTOCOL_GRE, packet.len() + 8, from_client, out);
                put(out, &[0x2000, if is_ipv6 { 0x86dd } else { 0x0800 }]);
                put32(out, key);
                out.extend_from_slice(packet);
            }
            Kind::Vxlan => {
                self.outer_udp(VXLAN_PORT, inner.len() + 8, from_client, out);
                put32(out, 0x0800_0000);
                put32(out, self.id << 8);
                out.extend_from_slice(inner);
            }
            Kind::Gtpu => {
                self.outer_udp(GTPU_PORT, packet.len() + 8, from_client, out);
                put(out, &[0x30ff, packet.len() as u16]);
                put32(out, key);
                out.extend_from_slice(packet);
            }
            Kind::SixInFour => {
                self.outer_ip(PROTOCOL_6IN4, packet.len(), from_client, out);
                out.extend_from_slice(packet);
            }
        }
    }

    /// A VLAN number of 1 to 4094 out of the id's bits from `shift` on.
    fn vlan(&self, shift: u32) -> u16 {
        (1 + (self.id >> shift & 0xfff) % 4094) as u16
    }

    fn outer_udp(&self, port: u16, payload_bytes: usize, from_client: bool, out: &mut Vec<u8>) {
        self.outer_ip(PROTOCOL_UDP, payload_bytes + 8, from_client, out);
        // RFC 7348 wants a source port from a hash of the flow; GTP-U uses its own port on both sides.
        let source = if port == VXLAN_PORT { 49_152 | (self.up as u16 >> 2) } else { port };
        put(out, &[source, port, payload_bytes as u16 + 8, 0]);
    }

    /// Between two of the benchmark's tunnel ends in 198.18.255.0/24 and 198.19.255.0/24.
    fn outer_ip(&self, protocol: u8, payload_bytes: usize, from_client: bool, out: &mut Vec<u8>) {
        let near = [198, 18, 255, self.id as u8];
        let far = [198, 19, 255, (self.id >> 8) as u8 & 7];
        let (source, destination) = if from_client { (near, far) } else { (far, near) };
        let mut header = [0u8; 20];
        header[0] = 0x45;
        header[2..4].copy_from_slice(&(payload_bytes as u16 + 20).to_be_bytes());
        header[8] = 62;
        header[9] = protocol;
        header[12..16].copy_from_slice(&source);
        header[16..20].copy_from_slice(&destination);
        let checksum = checksum::finish(u64::from(checksum::sum(&header)));
        header[10..12].copy_from_slice(&checksum.to_be_bytes());
        put(out, &[0x0800]);
        out.extend_from_slice(&header);
    }
}

fn put(out: &mut Vec<u8>, words: &[u16]) {
    for word in words {
        out.extend_from_slice(&word.to_be_bytes());
    }
}

fn put32(out: &mut Vec<u8>, word: u32) {
    out.extend_from_slice(&word.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inner(is_ipv6: bool) -> Vec<u8> {
        let mut frame = vec![0x02; 12];
        frame.extend_from_slice(if is_ipv6 { &[0x86, 0xdd, 0x60] } else { &[0x08, 0x00, 0x45] });
        frame.extend_from_slice(&[0; 59]);
        frame
    }

    #[test]
    fn every_kind_ends_with_the_packet_it_carries_and_adds_its_own_bytes() {
        let added = [4, 8, 8, 8, 28, 50, 36, 20];
        for ((name, kind), added) in Kind::ALL.into_iter().zip(added) {
            let inner = inner(kind == Kind::SixInFour);
            let mut out = Vec::new();
            Tunnel::draw(kind, &mut Rng::new(5)).wrap(&inner, true, &mut out);
            assert_eq!(out.len(), inner.len() + added, "{name}");
            assert!(out.ends_with(&inner[ETHERNET_BYTES..]), "{name}");
        }
    }

    #[test]
    fn what_names_a_flow_is_the_same_both_ways_and_the_rest_is_not() {
        let (mut up, mut down) = (Vec::new(), Vec::new());
        for (kind, is_same) in [(Kind::Vxlan, true), (Kind::Gtpu, false)] {
            let tunnel = Tunnel::draw(kind, &mut Rng::new(5));
            tunnel.wrap(&inner(false), true, &mut up);
            tunnel.wrap(&inner(false), false, &mut down);
            assert_eq!(up[46..50] == down[46..50], is_same, "{kind:?}");
        }
    }

    #[test]
    fn only_6in4_cannot_carry_ipv4() {
        assert!(Kind::ALL.iter().all(|(_, kind)| kind.carries(true)));
        assert!(Kind::ALL.iter().all(|&(name, kind)| kind.carries(false) == (name != "6in4")));
        assert_eq!(Kind::from_name("gtpu"), Some(Kind::Gtpu));
        assert_eq!(Kind::from_name("l2tp"), None);
    }
}
