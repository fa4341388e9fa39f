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
    /// The key of a packet, and whether its sender is the low end.
    #[inline]
    #[must_use]
    pub fn new(realm: u16, transport: u8, from: Socket, to: Socket) -> (Self, bool) {
        let ([a, b], [c, d]) = (halves(from.ip), halves(to.ip));
        let (from_port, to_port) = (u64::from(from.port), u64::from(to.port));
        let rest = (u64::from(realm) << 16) | u64::from(transport);
        let from_low = (a, b, from_port) <= (c, d, to_port);
        let words = if from_low {
            [a, b, c, d, (from_port << 48) | (to_port << 32) | rest]
        } else {
            [c, d, a, b, (to_port << 48) | (from_port << 32) | rest]
        };
        (Self { words }, from_low)
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
        Both { a: Socket { ip: joined(a, b), port: low_port }, b: Socket { ip: joined(c, d), port: high_port } }
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
fn halves(ip: Ip) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = ip.0;
    [u64::from_be_bytes([a, b, c, d, e, f, g, h]), u64::from_be_bytes(rest)]
}

fn joined(high: u64, low: u64) -> Ip {
    Ip(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
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
    }
}
