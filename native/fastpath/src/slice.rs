//! A part of the flows. Several engines read the same packets; each handles and counts those of its own slice, and what
//! they tell together is what one engine alone would tell.

use crate::flow::Key;
use crate::names::DNS_PORT;

/// The most slices: their number must fit the lowest byte of a flow's id.
pub const SLICES_MAX: u8 = 64;
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

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

    /// The first counts what belongs to no flow, and has all flows of DNS.
    #[inline]
    #[must_use]
    pub fn is_first(self) -> bool {
        self.index == 0
    }

    #[inline]
    #[must_use]
    pub fn owns(self, key: &Key) -> bool {
        self.count == 1 || self.share(key) == self.index
    }

    /// Whether the flow is another slice's and teaches all of them names.
    #[must_use]
    pub fn overhears(self, key: &Key) -> bool {
        !self.is_first() && key.has_port(DNS_PORT)
    }

    /// The slice that a flow falls into: the same in every process, so not by the tables' hash.
    fn share(self, key: &Key) -> u8 {
        if key.has_port(DNS_PORT) {
            return 0;
        }
        let mix = |sum: u64, &word: &u64| {
            let mixed = (sum ^ word).wrapping_mul(SPREAD);
            mixed ^ (mixed >> 32)
        };
        // A product is best mixed in its upper half, of which the slices have equal parts.
        let upper = key.words().iter().fold(0, mix).wrapping_mul(SPREAD) >> 32;
        u8::try_from((upper * u64::from(self.count)) >> 32).unwrap_or(0)
    }
}
