//! Reproducible randomness: the same seed gives the same bytes on every machine.

/// SplitMix64 (Steele, Lea, Flood 2014): one addition and a mix, no bad seeds, a period of 2^64.
pub struct Rng(u64);

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mixed(self.0)
    }

    pub fn bits32(&mut self) -> u32 {
        (self.bits() >> 32) as u32
    }

    /// A number below `bound`, which must not be 0. The bias is below 2^-32 for the small bounds used here.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    pub fn fill(&mut self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(8) {
            let word = self.bits().to_le_bytes();
            piece.copy_from_slice(&word[..piece.len()]);
        }
    }
}

/// A bijection of 64-bit numbers: distinct inputs give distinct, unordered outputs.
fn mixed(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// A bijection of 40-bit numbers, for unordered values that must not repeat.
pub fn scattered40(number: u64) -> u64 {
    const MASK: u64 = (1 << 40) - 1;
    // An odd factor and a shift by half the width are each a bijection modulo 2^40.
    let mut word = number & MASK;
    for factor in [0xa0_4e8d_2f6b, 0x9b_c1d4_7e35] {
        word = word.wrapping_mul(factor) & MASK;
        word ^= word >> 20;
    }
    word
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_sequence_is_that_of_the_published_generator() {
        let mut rng = Rng::new(1_234_567);
        assert_eq!([rng.bits(), rng.bits()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn numbers_stay_below_their_bound_and_reach_both_ends() {
        let mut rng = Rng::new(7);
        let seen: HashSet<usize> = (0..1000).map(|_| rng.below(5)).collect();
        assert_eq!(seen, HashSet::from([0, 1, 2, 3, 4]));
    }

    #[test]
    fn scattered_numbers_do_not_repeat() {
        let seen: HashSet<u64> = (0..200_000).map(scattered40).collect();
        assert_eq!(seen.len(), 200_000);
        assert!(seen.iter().all(|&number| number < 1 << 40));
    }
}
