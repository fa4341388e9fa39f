//! The keyed hash of the flow table.
//!
//! The wire chooses the keys, so that a flood could be made of keys that collide if it knew how they are hashed. Words
//! are taken in pairs by NH (Black, Halevi, Krawczyk, Krovetz, Rogaway: UMAC, 1999): a random number is added to each,
//! both are multiplied to 128 bits, the products are summed. For any two different keys that were chosen without those
//! numbers the sums are equal with a chance of 2^-64. They are drawn anew for each table and never leave it, and neither
//! a hash nor the time that a lookup takes is told to anybody. SipHash would cost as much as the rest of a packet.

use std::hash::{BuildHasher, RandomState};

/// Words of a key.
pub(super) const WORDS: usize = 5;

/// Random numbers for five words, their missing sixth, and the last step.
pub(super) struct KeyHasher {
    numbers: [u64; WORDS + 2],
}

impl KeyHasher {
    pub(super) fn new() -> Self {
        // The standard library's state is keyed by the operating system; SipHash makes as many numbers of it as wanted.
        let random = RandomState::new();
        let mut place = 0_u64;
        let numbers = [0; WORDS + 2].map(|_: u64| {
            place = place.wrapping_add(1);
            random.hash_one(place)
        });
        Self { numbers }
    }

    #[inline]
    pub(super) fn hash(&self, words: &[u64; WORDS]) -> u64 {
        let [a, b, c, d, e] = *words;
        let [ka, kb, kc, kd, ke, kf, last] = self.numbers;
        let sum = product(a.wrapping_add(ka), b.wrapping_add(kb))
            .wrapping_add(product(c.wrapping_add(kc), d.wrapping_add(kd)))
            .wrapping_add(product(e.wrapping_add(ke), kf));
        // The table looks at the lowest and the highest bits, and the low bits of a product know nothing of the high
        // ones of its factors: both halves are mixed once more.
        fold(product(fold(sum), last | 1))
    }
}

#[inline]
fn product(a: u64, b: u64) -> u128 {
    u128::from(a).wrapping_mul(u128::from(b))
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
fn fold(wide: u128) -> u64 {
    (wide >> 64) as u64 ^ wide as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Keys as a scanner or a flood makes them: all alike but for a counter in one place.
    fn families() -> Vec<Box<dyn Fn(u64) -> [u64; WORDS]>> {
        let v4 = |host: u64| 0xffff_c000_0200_u64 ^ host;
        vec![
            Box::new(move |n| [0, v4(n), 0, v4(0x1_0000_0000), 0x9c40_0d05_0000_0006]),
            Box::new(move |n| [0, v4(1), 0, v4(2), (n << 48) | 0x0d05_0000_0006]),
            Box::new(move |n| [0, v4(1), 0, v4(2), (n << 32) | 6]),
            Box::new(|n| [n << 48, 1, n << 48, 2, 6]),
            Box::new(|n| [n, n, n, n, n]),
        ]
    }

    #[test]
    fn keys_that_are_nearly_alike_are_spread_like_random_ones() {
        const KEYS: u64 = 1 << 16;
        for family in families() {
            let hasher = KeyHasher::new();
            let hashes: Vec<u64> = (0..KEYS).map(|n| hasher.hash(&family(n))).collect();
            assert_eq!(hashes.iter().collect::<HashSet<_>>().len() as u64, KEYS);
            for shift in [0, 16, 48] {
                let places: HashSet<u64> = hashes.iter().map(|hash| hash >> shift & (KEYS - 1)).collect();
                // Random numbers leave 1/e of the places empty.
                assert!((40_000..43_000).contains(&places.len()), "{} of {KEYS} by bits from {shift}", places.len());
            }
        }
    }

    #[test]
    fn each_table_hashes_in_its_own_way() {
        let words = [1, 2, 3, 4, 5];
        assert_eq!((0..100).map(|_| KeyHasher::new().hash(&words)).collect::<HashSet<_>>().len(), 100);
    }
}
