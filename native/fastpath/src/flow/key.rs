//! What a flow is known by: the realm and the inner five-tuple, as five words.
//!
//! Words, because a key is compared and hashed once for each packet.

use super::hasher::WORDS;
use crate::layers::Ip;
use crate::side::Both;

/// An address and port as they stand in a packet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Socket {
    pub ip: Ip,
    pub port: u16,
}

/// Both directions of a flow have the same key: the ends stand in it by their order, not by who sends.
#[derive(Clone, Copy)]
pub struct Key {
    /// Address of the low end, address of the high end, and then its port, the high end's, realm and transport.
    words: [u64; WORDS],
}

impl Key {
    /// The key of no flow.
    pub(crate) const NONE: Self = Self { words: [0; WORDS] };

    /// The key of a packet, and whether its sender is the low end.
    #[must_use]
    pub fn new(realm: u16, transport: u8, from: Socket, to: Socket) -> (Self, bool) {
        Self::of_words(realm, transport, (from.ip.words(), from.port), (to.ip.words(), to.port))
    }

    /// The same of addresses as numbers.
    #[inline]
    #[must_use]
    pub(crate) fn of_words(
        realm: u16,
        transport: u8,
        ([a, b], from_port): ([u64; 2], u16),
        ([c, d], to_port): ([u64; 2], u16),
    ) -> (Self, bool) {
        let (from, to) = (wide(a, b), wide(c, d));
        let from_low = if from == to { from_port <= to_port } else { from < to };
        // Exchanged by masks: which end sends is as good as random, and a jump would be mispredicted as often.
        let turned = u64::from(from_low).wrapping_sub(1);
        let (high, low, ports) = ((a ^ c) & turned, (b ^ d) & turned, u64::from(from_port ^ to_port) & turned);
        let (low_port, high_port) = (u64::from(from_port) ^ ports, u64::from(to_port) ^ ports);
        let rest = (low_port << 48) | (high_port << 32) | (u64::from(realm) << 16) | u64::from(transport);
        (Self { words: [a ^ high, b ^ low, c ^ high, d ^ low, rest] }, from_low)
    }

    /// The same of IPv4 addresses.
    #[inline]
    #[must_use]
    pub(crate) fn of_v4(realm: u16, transport: u8, from: (u32, u16), to: (u32, u16)) -> (Self, bool) {
        let end = |(address, port): (u32, u16)| (u64::from(address) << 16) | u64::from(port);
        let mapped = |end: u64| (0xffff << 32) | (end >> 16);
        let (from, to) = (end(from), end(to));
        let (low, high) = (from.min(to), from.max(to));
        let rest = (low << 48) | ((high & 0xffff) << 32) | (u64::from(realm) << 16) | u64::from(transport);
        (Self { words: [0, mapped(low), 0, mapped(high), rest] }, from <= to)
    }

    #[inline]
    #[must_use]
    pub fn words(&self) -> &[u64; WORDS] {
        &self.words
    }

    #[must_use]
    pub fn realm(&self) -> u16 {
        let [_, _, realm, _] = self.rest();
        realm
    }

    #[must_use]
    pub fn transport(&self) -> u8 {
        let [_, _, _, transport] = self.rest();
        u8::try_from(transport).unwrap_or(u8::MAX)
    }

    /// Whether one of the ends has this port.
    #[inline]
    #[must_use]
    pub fn has_port(&self, port: u16) -> bool {
        let [low_port, high_port, _, _] = self.rest();
        low_port == port || high_port == port
    }

    /// The low end as `a`, the high one as `b`.
    #[must_use]
    pub fn sockets(&self) -> Both<Socket> {
        let [a, b, c, d, _] = self.words;
        let [low_port, high_port, _, _] = self.rest();
        let end = |words, port| Socket { ip: Ip::of_words(words), port };
        Both { a: end([a, b], low_port), b: end([c, d], high_port) }
    }

    #[inline]
    fn rest(&self) -> [u16; 4] {
        let [.., word] = self.words;
        let [a, b, c, d, e, f, g, h] = word.to_be_bytes();
        [[a, b], [c, d], [e, f], [g, h]].map(u16::from_be_bytes)
    }
}

impl PartialEq for Key {
    // The derived comparison is a call of memcmp.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
    }
}

#[inline]
fn wide(high: u64, low: u64) -> u128 {
    (u128::from(high) << 64) | u128::from(low)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_key_is_the_same_from_both_ends_and_gives_back_what_it_was_made_of(
            a in any::<([u8; 16], u16)>(), b in any::<([u8; 16], u16)>(), realm in any::<u16>(), transport in any::<u8>()
        ) {
            let socket = |(ip, port)| Socket { ip: Ip(ip), port };
            let (from, to) = (socket(a), socket(b));
            let (there, from_low) = Key::new(realm, transport, from, to);
            let (back, to_low) = Key::new(realm, transport, to, from);
            prop_assert!(there == back);
            prop_assert_eq!(from_low, from == to || !to_low);
            let Both { a: low, b: high } = there.sockets();
            let ends = if from_low { (from, to) } else { (to, from) };
            prop_assert!((low, high) == ends);
            prop_assert!((low.ip, low.port) <= (high.ip, high.port));
            prop_assert_eq!((there.realm(), there.transport()), (realm, transport));
        }

        #[test]
        fn ipv4_addresses_make_the_same_key(
            a in 0_u32..4, b in 0_u32..4, ports in (0_u16..4, 0_u16..4), flip in any::<u32>(), realm in any::<u16>()
        ) {
            let socket = |address: u32, port| Socket { ip: Ip::v4(address.to_be_bytes()), port };
            let (a, b) = (a ^ flip, b ^ flip);
            let (key, from_low) = Key::of_v4(realm, 6, (a, ports.0), (b, ports.1));
            let (same, same_low) = Key::new(realm, 6, socket(a, ports.0), socket(b, ports.1));
            prop_assert!(key == same && from_low == same_low);
        }
    }
}
