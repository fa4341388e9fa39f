//! Time as the engine's timers count it: it follows the packets, and neither a wrong time nor a clock that was set can
//! stop it.
//!
//! Timers never go back, for every list of the engine is in the order of time. Where the packets' own time goes back
//! for good, because a capture was put together from parts or a clock was wrong for a while, timers go on from where
//! they stand.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

const SECOND_NS: u64 = 1_000_000_000;
/// Packets this far behind the latest one are out of order, and so are interfaces of one capture whose clocks differ.
/// What stays further behind for as long has another clock.
const BACK_NS_MAX: u64 = 5 * SECOND_NS;
/// A longer pause counts as this one: every time-out is over by then, and no wrong time brings the end of time near.
const PAUSE_NS_MAX: u64 = 30 * 24 * 3600 * SECOND_NS;

/// The engine's clock.
#[derive(Clone)]
pub struct Clock {
    now_ns: u64,
    packet_ns: u64,
    /// The first packet of those that are far behind, while there are no others.
    back_since_ns: Option<u64>,
}

impl Clock {
    #[must_use]
    pub fn new() -> Self {
        Self { now_ns: 0, packet_ns: 0, back_since_ns: None }
    }

    /// For timers: grows as packet time does, from a start of its own.
    #[inline]
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// For reports: the latest packet time.
    #[inline]
    #[must_use]
    pub fn packet_ns(&self) -> u64 {
        self.packet_ns
    }

    /// A packet of this time has come.
    #[inline]
    pub fn tell(&mut self, ts_ns: u64) {
        match ts_ns.checked_sub(self.packet_ns) {
            Some(pause_ns) => {
                self.now_ns = self.now_ns.saturating_add(pause_ns.min(PAUSE_NS_MAX));
                self.packet_ns = ts_ns;
                self.back_since_ns = None;
            }
            None if self.packet_ns.saturating_sub(ts_ns) > BACK_NS_MAX => self.tell_far_back(ts_ns),
            None => self.back_since_ns = None,
        }
    }

    #[cold]
    fn tell_far_back(&mut self, ts_ns: u64) {
        let since_ns = self.back_since_ns.map_or(ts_ns, |since_ns| since_ns.min(ts_ns));
        self.back_since_ns = Some(since_ns);
        if ts_ns.saturating_sub(since_ns) > BACK_NS_MAX {
            self.packet_ns = ts_ns;
            self.back_since_ns = None;
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START_NS: u64 = 1_700_000_000 * SECOND_NS;

    fn at(clock: &mut Clock, second: u64) -> (u64, u64) {
        clock.tell(START_NS + second * SECOND_NS);
        ((clock.now_ns() - PAUSE_NS_MAX) / SECOND_NS, clock.packet_ns().abs_diff(START_NS) / SECOND_NS)
    }

    #[test]
    fn timers_follow_the_packets_and_do_not_mind_disorder() {
        let mut clock = Clock::new();
        let seen = [0, 1, 5, 4, 6, 1, 7].map(|second| at(&mut clock, second));
        assert_eq!(seen, [0, 1, 5, 5, 6, 6, 7].map(|second| (second, second)));
    }

    #[test]
    fn a_clock_that_was_set_back_stops_timers_for_seconds_only() {
        let mut clock = Clock::new();
        at(&mut clock, 10_000);
        let seen: Vec<_> = (0..10).map(|second| at(&mut clock, second).0).collect();
        assert_eq!(seen, [0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
        assert_eq!(clock.packet_ns(), START_NS + 9 * SECOND_NS);
    }

    #[test]
    fn two_clocks_in_one_capture_do_not_drive_the_timers() {
        let mut clock = Clock::new();
        for second in 100..1000 {
            at(&mut clock, second);
            for _ in 0..100 {
                assert_eq!(at(&mut clock, second - 60).0, second - 100);
            }
        }
    }

    #[test]
    fn the_end_of_time_is_as_far_as_before() {
        let mut clock = Clock::new();
        for _ in 0..1000 {
            clock.tell(u64::MAX);
            (0..10).for_each(|second| clock.tell(START_NS + second * SECOND_NS));
        }
        assert!(clock.now_ns() < u64::MAX / 2);
        let before_ns = clock.now_ns();
        clock.tell(START_NS + 60 * SECOND_NS);
        assert_eq!(clock.now_ns() - before_ns, 51 * SECOND_NS);
    }

    proptest! {
        #[test]
        fn timers_never_go_back(times in proptest::collection::vec(any::<u64>(), 0..100)) {
            let mut clock = Clock::new();
            for ts_ns in times {
                let before_ns = clock.now_ns();
                clock.tell(ts_ns);
                prop_assert!(clock.now_ns() >= before_ns);
            }
        }
    }
}
