//! Packets made by hand: each function writes one header in front of what it is given.

/// The bytes of a text of hexadecimal digits; spaces and line ends are for the reader.
pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let value = |digit: u8| (digit as char).to_digit(16).unwrap() as u8;
    digits.chunks_exact(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect()
}

pub fn join(header: &str, inner: &[u8]) -> Vec<u8> {
    [&hex(header), inner].concat()
}

fn be16(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap().to_be_bytes()
}

pub fn ethernet(ethertype: u16, inner: &[u8]) -> Vec<u8> {
    join(&format!("02 00 00 00 00 02  02 00 00 00 00 01  {ethertype:04x}"), inner)
}

pub fn vlan(id: u16, ethertype: u16, inner: &[u8]) -> Vec<u8> {
    join(&format!("{:04x} {ethertype:04x}", id | 0x6000), inner)
}

pub fn mpls(label: u32, bottom: bool, inner: &[u8]) -> Vec<u8> {
    join(&format!("{:08x}", label << 12 | u32::from(bottom) << 8 | 64), inner)
}

pub fn pppoe(session: u16, inner: &[u8]) -> Vec<u8> {
    join(&format!("11 00 {session:04x} {:04x}", inner.len()), inner)
}

/// 192.0.2.1 to 198.51.100.2, no options.
pub fn ipv4(protocol: u8, inner: &[u8]) -> Vec<u8> {
    ipv4_part(protocol, 1, 0x4000, inner)
}

/// As `ipv4`, with its identification and its flags and offset word.
pub fn ipv4_part(protocol: u8, id: u16, flags_offset: u16, inner: &[u8]) -> Vec<u8> {
    let length = 20 + inner.len();
    let header = format!("45 00 {length:04x} {id:04x} {flags_offset:04x} 40 {protocol:02x} 0000");
    join(&format!("{header} c0 00 02 01  c6 33 64 02"), inner)
}

/// 2001:db8::1 to 2001:db8::2.
pub fn ipv6(next_header: u8, inner: &[u8]) -> Vec<u8> {
    let header = format!("60 00 00 00 {:04x} {next_header:02x} 40", inner.len());
    let ends = "20010db8 00000000 00000000 00000001  20010db8 00000000 00000000 00000002";
    join(&format!("{header} {ends}"), inner)
}

/// Behind `ipv6(44, …)`: a fragment header.
pub fn ipv6_part(next_header: u8, id: u32, offset_more: u16, inner: &[u8]) -> Vec<u8> {
    ipv6(44, &join(&format!("{next_header:02x} 00 {offset_more:04x} {id:08x}"), inner))
}

/// Port 49152 to 3333, sequence 0x01020304, acknowledgement 0x05060708, PSH ACK, with 12 bytes of options.
pub fn tcp(payload: &[u8]) -> Vec<u8> {
    join("c000 0d05 01020304 05060708 80 18 ffff 0000 0000  01 01 08 0a 00000001 00000002", payload)
}

pub fn udp(src_port: u16, dst_port: u16, payload: &[u8]) -> Vec<u8> {
    join(&format!("{src_port:04x} {dst_port:04x} {:04x} 0000", 8 + payload.len()), payload)
}

/// What the tests put into tunnels.
pub fn plain() -> Vec<u8> {
    ipv4(6, &tcp(b"in"))
}

pub fn vxlan(vni: u32, inner: &[u8]) -> Vec<u8> {
    udp(0xc001, 4789, &join(&format!("08 000000 {vni:06x} 00"), inner))
}

/// A G-PDU without optional fields.
pub fn gtpu(teid: u32, inner: &[u8]) -> Vec<u8> {
    udp(2152, 2152, &join(&format!("30 ff {:04x} {teid:08x}", inner.len()), inner))
}

/// An 802.3 frame: its length, and a trailer of four bytes behind it.
pub fn ieee_802_3(inner: &[u8]) -> Vec<u8> {
    let mut bytes = ethernet(u16::from_be_bytes(be16(inner.len())), inner);
    bytes.extend([0xee; 4]);
    bytes
}
