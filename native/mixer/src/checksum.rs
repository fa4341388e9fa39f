//! The Internet checksum (RFC 1071) and its update for changed words (RFC 1624, equation 3).

/// The sum of a buffer's 16-bit words, carries folded; a last odd byte counts as the high half of a word.
pub fn sum(bytes: &[u8]) -> u32 {
    let words = bytes.chunks_exact(2);
    let last = words.remainder().first().map_or(0, |&byte| u32::from(byte) << 8);
    let total: u64 = words.map(|word| u64::from(u16::from_be_bytes([word[0], word[1]]))).sum();
    u32::from(fold(total)) + last
}

/// The checksum of what adds up to `total`.
pub fn finish(total: u64) -> u16 {
    !fold(total)
}

fn fold(mut total: u64) -> u16 {
    while total > 0xffff {
        total = (total >> 16) + (total & 0xffff);
    }
    total as u16
}

/// What changed words do to a checksum: the sum of `~old + new` over all of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change(u64);

impl Change {
    /// `old` and `new` are of equal, even length and begin at an even offset.
    pub fn of(mut self, old: &[u8], new: &[u8]) -> Self {
        debug_assert!(old.len() == new.len() && old.len() % 2 == 0);
        for (old, new) in old.chunks_exact(2).zip(new.chunks_exact(2)) {
            let (old, new) = (u16::from_be_bytes([old[0], old[1]]), u16::from_be_bytes([new[0], new[1]]));
            self.0 += u64::from(!old) + u64::from(new);
        }
        self
    }

    /// The checksum after the change: `HC' = ~(~HC + ~m + m')`.
    pub fn apply(self, checksum: [u8; 2]) -> [u8; 2] {
        finish(self.0 + u64::from(!u16::from_be_bytes(checksum))).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071_gives_its_sum() {
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(finish(u64::from(sum(&bytes))), !0xddf2);
    }

    #[test]
    fn an_odd_byte_is_padded_with_zero() {
        assert_eq!(sum(&[0x12, 0x34, 0x56]), sum(&[0x12, 0x34, 0x56, 0x00]));
    }

    #[test]
    fn the_example_of_rfc_1624_does_not_give_minus_zero() {
        // Section 4: HC 0xdd2f, a word 0x5555 becomes 0x3285, the header then sums to 0x0000.
        let change = Change::default().of(&0x5555u16.to_be_bytes(), &0x3285u16.to_be_bytes());
        assert_eq!(change.apply(0xdd2fu16.to_be_bytes()), 0x0000u16.to_be_bytes());
    }

    #[test]
    fn an_update_equals_a_new_computation() {
        let mut rng = crate::rng::Rng::new(3);
        for _ in 0..500 {
            let mut bytes = [0u8; 40];
            rng.fill(&mut bytes);
            let before = finish(u64::from(sum(&bytes)));
            let old: [u8; 8] = bytes[12..20].try_into().expect("8 bytes");
            rng.fill(&mut bytes[12..20]);
            let after = Change::default().of(&old, &bytes[12..20]).apply(before.to_be_bytes());
            assert_eq!(u16::from_be_bytes(after), finish(u64::from(sum(&bytes))));
        }
    }
}
