//! What the walk takes and gives: a frame in; a TCP segment, a UDP datagram or a fragment out.
//!
//! Everything borrows from the frame. Nothing here reads bytes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::tunnel::TunnelPath;
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate, Notes};

/// A packet as it arrives: when, on which interface of its capture, and what.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    pub ts_ns: u64,
    pub interface: u32,
    pub frame: Frame<'a>,
}

/// One packet as captured: its link type (the number of the capture file), its bytes, and its length on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub link: u16,
    pub data: &'a [u8],
    pub wire_len: u32,
}

/// An address; IPv4 stands mapped, as `::ffff:a.b.c.d`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Ip(pub [u8; 16]);

impl Ip {
    /// An IPv4 address, mapped.
    #[inline]
    pub const fn v4(address: [u8; 4]) -> Self {
        let [a, b, c, d] = address;
        Self([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d])
    }

    /// The address as two numbers.
    #[inline]
    pub(crate) fn words(self) -> [u64; 2] {
        let [a, b, c, d, e, f, g, h, rest @ ..] = self.0;
        [u64::from_be_bytes([a, b, c, d, e, f, g, h]), u64::from_be_bytes(rest)]
    }

    pub(crate) fn of_words([high, low]: [u64; 2]) -> Self {
        Self(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
    }

    /// Whether it is an IPv4 address.
    #[inline]
    pub fn is_v4(&self) -> bool {
        self.0.starts_with(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])
    }
}

impl Hash for Ip {
    // One 128-bit word instead of a length and sixteen bytes: it is hashed once a packet.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(u128::from_ne_bytes(self.0));
    }
}

impl fmt::Display for Ip {
    /// Dotted for IPv4, else the text of RFC 5952.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d] => Ipv4Addr::new(a, b, c, d).fmt(f),
            bytes => Ipv6Addr::from(bytes).fmt(f),
        }
    }
}

impl fmt::Debug for Ip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a realm may be chosen by: the first two VLAN ids met from the outside, and the last VXLAN or NVGRE segment.
/// A priority tag (VLAN id 0) names no VLAN and is not one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tags {
    pub outer_vlan: Option<u16>,
    pub inner_vlan: Option<u16>,
    pub vni: Option<u32>,
}

impl Tags {
    #[inline]
    pub(super) fn add_vlan(&mut self, id: u16) {
        if self.outer_vlan.is_none() {
            self.outer_vlan = Some(id);
        } else if self.inner_vlan.is_none() {
            self.inner_vlan = Some(id);
        }
    }
}

/// Bits of `TcpSegment::flags` (RFC 9293 section 3.1).
pub mod flags {
    pub const FIN: u8 = 0x01;
    pub const SYN: u8 = 0x02;
    pub const RST: u8 = 0x04;
    pub const ACK: u8 = 0x10;
}

/// A TCP segment. `missing`: payload bytes that were on the wire behind `payload` and were not captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpSegment<'a> {
    pub src_port: u16,
    pub dst_port: u16,
    pub seq: u32,
    pub ack: u32,
    /// CWR ECE URG ACK PSH RST SYN FIN, as on the wire.
    pub flags: u8,
    pub payload: &'a [u8],
    pub missing: u32,
}

/// A UDP datagram; `missing` as in [`TcpSegment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpDatagram<'a> {
    pub src_port: u16,
    pub dst_port: u16,
    pub payload: &'a [u8],
    pub missing: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport<'a> {
    Tcp(TcpSegment<'a>),
    Udp(UdpDatagram<'a>),
}

/// A packet in no VLAN and no tunnel, or what was found in one.
#[derive(Clone, Copy)]
pub(crate) struct Plain<'a> {
    /// Addresses as numbers: what is known of a flow is made of them.
    pub src: [u64; 2],
    pub dst: [u64; 2],
    pub transport: Transport<'a>,
    pub notes: Notes,
}

impl<'a> Plain<'a> {
    pub(super) fn decoded(self, tags: Tags, tunnel: TunnelPath) -> Decoded<'a> {
        let Self { src, dst, transport, notes } = self;
        Decoded { tags, tunnel, src: Ip::of_words(src), dst: Ip::of_words(dst), transport, notes }
    }
}

/// A packet walked to its innermost transport header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    pub tags: Tags,
    pub tunnel: TunnelPath,
    pub src: Ip,
    pub dst: Ip,
    pub transport: Transport<'a>,
    /// Oddities for `FateTally::note`; empty is the common case.
    pub notes: Notes,
}

impl<'a> Decoded<'a> {
    #[inline]
    pub(crate) fn plain(&self) -> Plain<'a> {
        let Self { src, dst, transport, notes, .. } = *self;
        Plain { src: src.words(), dst: dst.words(), transport, notes }
    }
}

/// One fragment of an IP datagram, with what was outside of it.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    pub src: Ip,
    pub dst: Ip,
    pub v6: bool,
    /// IPv4 protocol, or the next header of the IPv6 fragment header.
    pub protocol: u8,
    pub id: u32,
    /// Where its bytes belong in the datagram's payload.
    pub offset: u32,
    /// Whether more follows behind it.
    pub more: bool,
    pub data: &'a [u8],
    /// Bytes of it that were not captured.
    pub missing: u32,
    /// Whether it is shorter than a header says: cut by the snap length, or by a tool that told nobody.
    pub cut: bool,
    pub(crate) context: Context,
}

impl Piece<'_> {
    /// What a realm may be chosen by, as met outside of the fragment.
    pub fn tags(&self) -> Tags {
        self.context.tags
    }
}

/// A datagram put together from its pieces; the walk goes on inside it with [`resume`](super::resume).
#[derive(Debug)]
pub struct Datagram {
    pub(crate) v6: bool,
    pub(crate) protocol: u8,
    pub(crate) bytes: Vec<u8>,
    pub(crate) context: Context,
}

/// What came of walking one packet.
#[derive(Clone, Copy, Debug)]
pub enum Walk<'a> {
    Decoded(Decoded<'a>),
    Fragment(Piece<'a>),
    Done(Fate),
}

/// Bounds of a walk.
#[derive(Clone, Copy, Debug)]
pub struct WalkLimits {
    /// Headers inside each other. TCP or UDP in IP on plain Ethernet is read whatever the limit.
    pub layers_max: u8,
}

impl Default for WalkLimits {
    /// Sixteen: QinQ, four labels, two tunnels and their IP headers fit; a bomb does not get far.
    fn default() -> Self {
        Self { layers_max: 16 }
    }
}

/// What the layers passed so far have said about the packet.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Context {
    pub tags: Tags,
    pub tunnel: TunnelPath,
    pub src: Ip,
    pub dst: Ip,
    pub notes: Notes,
    pub depth: u8,
}

/// Reads one header. Named in the tables of `layers/mod.rs`.
pub(crate) type Layer = for<'a> fn(&mut Cursor<'a>, &mut Context) -> Read<'a>;

/// Reads a header that only a port number suggests, and gives what follows it. `None`, and the context not changed,
/// when it is not that header.
pub(crate) type Guess = for<'a> fn(&mut Cursor<'a>, &mut Context) -> Option<Layer>;

pub(crate) type Read<'a> = Result<Next<'a>, Failure>;

/// What follows a header.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next<'a> {
    /// Another header.
    Into(Layer),
    /// The transport: the walk has arrived.
    Arrived(Transport<'a>),
    /// Part of an IP payload.
    Part(Part<'a>),
    /// Nothing that is ours to read.
    End(Fate),
}

/// What an IP header says about a fragment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    pub v6: bool,
    pub protocol: u8,
    pub id: u32,
    pub offset: u32,
    pub more: bool,
    pub at: Cursor<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_dotted_or_as_rfc_5952_says() {
        let text = |ip: Ip| ip.to_string();
        assert_eq!(text(Ip::v4([192, 0, 2, 7])), "192.0.2.7");
        assert!(Ip::v4([192, 0, 2, 7]).is_v4());
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
        bytes[15] = 0x1a;
        assert_eq!(text(Ip(bytes)), "2001:db8::1a");
        assert!(!Ip(bytes).is_v4());
        // A single zero group is not shortened, the longest run is.
        let bytes = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
        assert_eq!(text(Ip(bytes)), "2001:db8:0:1::1");
    }
}
