//! A part of the flows. Several engines read the same packets; each handles and counts those of its own slice, and what
//! they tell together is what one engine alone would tell.

use crate::flow::Key;
use crate::names::DNS_PORT;

/// The most slices: their number must fit the lowest byte of a flow's id.
pub const SLICES_MAX: u8 = 64;
/// Odd numbers without a pattern, one a word of a key: products that wait for each other would cost each packet more.
const SPREAD: [u64; 5] = [
    0x9e37_79b9_7f4a_7c15,
    0xbf58_476d_1ce4_e5b9,
    0x94d0_49bb_1331_11eb,
    0xd6e8_feb8_6659_fd93,
    0xa076_1d64_78bd_642f,
];
/// Where the ports stand in the last word of a key.
const PORTS: u64 = 0xffff_ffff_0000_0000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    index: u8,
    count: u8,
}

impl Slice {
    /// All flows.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// The slice `index` of `count`; none where there is no such slice.
    #[must_use]
    pub fn new(index: u8, count: u8) -> Option<Self> {
        (index < count && count <= SLICES_MAX).then_some(Self { index, count })
    }

    #[must_use]
    pub fn index(self) -> u8 {
        self.index
    }

    /// The first counts what belongs to no flow.
    #[inline]
    #[must_use]
    pub fn is_first(self) -> bool {
        self.index == 0
    }

    #[inline]
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.count == 1
    }

    #[inline]
    #[must_use]
    pub fn owns(self, key: &Key) -> bool {
        self.is_whole() || self.share(key) == self.index
    }

    /// Whether a flow teaches names: all slices learn them, whosever it is.
    #[inline]
    #[must_use]
    pub fn overhears(key: &Key) -> bool {
        key.has_port(DNS_PORT)
    }

    /// The slice that a flow falls into: the same in every process, so not by the tables' hash.
    fn share(self, key: &Key) -> u8 {
        // Not by the realm: what a mirror shows twice, with and without a tag, must be known for that.
        let [a, b, c, d, rest] = *key.words();
        let words = [a, b, c, d, (rest & PORTS).rotate_right(32)];
        let sum = words.iter().zip(SPREAD).fold(0_u64, |sum, (word, spread)| sum.wrapping_add(word.wrapping_mul(spread)));
        // A product is best mixed in its upper half, of which the slices have equal parts.
        let [spread, ..] = SPREAD;
        let upper = (sum ^ (sum >> 32)).wrapping_mul(spread) >> 32;
        u8::try_from((upper * u64::from(self.count)) >> 32).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Socket, TCP};
    use crate::layers::Ip;

    fn key(realm: u16, number: u16, server_port: u16) -> Key {
        let [high, low] = number.to_be_bytes();
        let end = |last: [u8; 3], port| Socket { ip: Ip::v4([192, last[0], last[1], last[2]]), port };
        Key::new(realm, TCP, end([0, high, low], 40_000 + number % 7), end([1, 2, 3], server_port)).0
    }

    #[test]
    fn each_flow_is_one_slices_and_the_slices_are_of_a_size() {
        for count in [2, 3, 8] {
            let slices: Vec<Slice> = (0..count).filter_map(|index| Slice::new(index, count)).collect();
            let mut sizes = vec![0; usize::from(count)];
            for number in 0..4000 {
                let owners: Vec<u8> =
                    slices.iter().filter(|slice| slice.owns(&key(0, number, 443))).map(|slice| slice.index()).collect();
                assert_eq!(owners.len(), 1);
                sizes[usize::from(owners[0])] += 1;
            }
            let fair = 4000 / i32::from(count);
            assert!(sizes.iter().all(|size| (fair * 8 / 10..fair * 12 / 10).contains(size)), "{sizes:?}");
        }
    }

    #[test]
    fn a_realm_moves_no_flow_and_names_are_heard_by_all() {
        let first = Slice::new(0, 2).expect("of two");
        for number in 0..100 {
            assert_eq!(first.owns(&key(0, number, 443)), first.owns(&key(9, number, 443)));
            assert!(Slice::overhears(&key(0, number, DNS_PORT)) && !Slice::overhears(&key(0, number, 443)));
        }
    }
}
