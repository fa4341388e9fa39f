//! Ticks of a pcapng interface to nanoseconds (draft-ietf-opsawg-pcapng, if_tsresol and if_tsoffset).

const NS_PER_SECOND: i128 = 1_000_000_000;

/// A time, and whether it had to be brought into range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) ns: u64,
    pub(crate) clamped: bool,
}

/// How one interface counts time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    scale: Scale,
    offset_seconds: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// Ticks of 1 ns or a power of ten of it.
    Multiply(u64),
    /// Decimal ticks finer than 1 ns.
    Divide(u64),
    /// Ticks of 2^-n s.
    Shift(u32),
}

impl Default for Clock {
    /// Microseconds since 1970: what a pcapng interface has when it says nothing.
    fn default() -> Self {
        Self::new(6, 0)
    }
}

impl Clock {
    /// `resolution` and `offset_seconds` as they stand in the options.
    pub(crate) fn new(resolution: u8, offset_seconds: i64) -> Self {
        let exponent = u32::from(resolution & 0x7f);
        let scale = if resolution & 0x80 != 0 {
            Scale::Shift(exponent)
        } else if let Some(coarser) = 9_u32.checked_sub(exponent) {
            Scale::Multiply(10_u64.saturating_pow(coarser))
        } else {
            // From 10^20 parts of a nanosecond on, all 64 bits of ticks make none: as 2^-127 s do.
            10_u64
                .checked_pow(exponent.saturating_sub(9))
                .map_or(Scale::Shift(127), Scale::Divide)
        };
        Self {
            scale,
            offset_seconds,
        }
    }

    /// The time of `ticks`, saturated to what 64 bits of nanoseconds can say (1970 to 2554).
    #[inline]
    pub(crate) fn stamp(self, ticks: u64) -> Stamp {
        if let (Scale::Multiply(factor), 0) = (self.scale, self.offset_seconds) {
            if let Some(ns) = ticks.checked_mul(factor) {
                return Stamp { ns, clamped: false };
            }
        }
        self.stamp_wide(ticks)
    }

    fn stamp_wide(self, ticks: u64) -> Stamp {
        let ticks = i128::from(ticks);
        // 64 bits by 30 bits, and 63 bits by 30 bits for the offset: 128 bits cannot overflow.
        let ns = match self.scale {
            Scale::Multiply(factor) => ticks.saturating_mul(i128::from(factor)),
            Scale::Divide(parts) => ticks.checked_div(i128::from(parts)).unwrap_or(0),
            Scale::Shift(bits) => ticks
                .saturating_mul(NS_PER_SECOND)
                .checked_shr(bits)
                .unwrap_or(0),
        };
        let ns = ns.saturating_add(i128::from(self.offset_seconds).saturating_mul(NS_PER_SECOND));
        match u64::try_from(ns) {
            Ok(ns) => Stamp { ns, clamped: false },
            Err(_) => Stamp {
                ns: if ns < 0 { 0 } else { u64::MAX },
                clamped: true,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_nanoseconds_at_every_resolution() {
        let table: [(u8, i64, u64, u64, bool); 14] = [
            (
                6,
                0,
                1_700_000_000_123_456,
                1_700_000_000_123_456_000,
                false,
            ),
            (
                9,
                0,
                1_700_000_000_123_456_789,
                1_700_000_000_123_456_789,
                false,
            ),
            (0, 0, 1_700_000_000, 1_700_000_000_000_000_000, false),
            (3, 0, 1_700_000_000_123, 1_700_000_000_123_000_000, false),
            (12, 0, 1_234_567_891_234, 1_234_567_891, false),
            (28, 0, u64::MAX, 1, false),
            (29, 0, u64::MAX, 0, false),
            (127, 0, u64::MAX, 0, false),
            (0x80, 0, 7, 7_000_000_000, false),
            (0x80 | 20, 0, (1 << 20) + (1 << 19), 1_500_000_000, false),
            (0xff, 0, u64::MAX, 0, false),
            (6, 1_700_000_000, 5, 1_700_000_000_000_005_000, false),
            (6, -2, 1_000_000, 0, true),
            (0, 0, u64::MAX, u64::MAX, true),
        ];
        for (resolution, offset, ticks, ns, clamped) in table {
            assert_eq!(
                Clock::new(resolution, offset).stamp(ticks),
                Stamp { ns, clamped },
                "{resolution} {ticks}"
            );
        }
    }

    #[test]
    fn an_overflow_that_the_offset_takes_back_is_no_overflow() {
        let ticks = 20_000_000_000; // seconds: beyond the year 2554
        let stamp = Clock::new(0, -19_000_000_000).stamp(ticks);
        assert_eq!(
            stamp,
            Stamp {
                ns: 1_000_000_000_000_000_000,
                clamped: false
            }
        );
    }
}
