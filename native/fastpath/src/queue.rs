//! Observations that wait to be fetched, each with its turn.

use std::collections::VecDeque;

use crate::observation::Observation;

/// The turn of what is told at the end of the input.
pub const LAST_TURN: u64 = u64::MAX;

/// Turns grow with the packets, two for each: what its time brought about, then what it brought itself. Engines that read
/// the same packets give the same turns, so what they tell can be put in order by turn and flow.
#[derive(Default)]
pub struct Queue {
    waiting: VecDeque<(u64, Observation)>,
    bytes: usize,
    packets: u64,
    /// Whether it is the last packet's own turn, behind that of its time.
    is_its_own: bool,
    is_over: bool,
}

impl Queue {
    /// A packet came, and its time is looked at.
    #[inline]
    pub fn next_packet(&mut self) {
        self.packets += 1;
        self.is_its_own = false;
    }

    /// The packet itself is looked at.
    #[inline]
    pub fn take_packet(&mut self) {
        self.is_its_own = true;
    }

    pub fn finish(&mut self) {
        self.is_over = true;
    }

    /// Packets so far, this one with them.
    #[must_use]
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Once nothing waits, all up to this turn was told.
    #[must_use]
    pub fn turn(&self) -> u64 {
        if self.is_over { LAST_TURN } else { self.packets.saturating_mul(2) | u64::from(self.is_its_own) }
    }

    pub fn push_back(&mut self, observation: Observation) {
        if let Observation::Chunk { data, .. } = &observation {
            self.bytes = self.bytes.saturating_add(data.len());
        }
        self.waiting.push_back((self.turn(), observation));
    }

    pub fn pop_front(&mut self) -> Option<(u64, Observation)> {
        let first = self.waiting.pop_front();
        if self.waiting.is_empty() {
            self.bytes = 0;
        }
        first
    }

    /// How many wait, and their payload bytes.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        (self.waiting.len(), self.bytes)
    }

    /// Puts what was told since `waiting` was `from` in the order of the flows: several flows ended at one moment.
    pub fn sort_from(&mut self, from: usize) {
        if self.waiting.len().saturating_sub(from) > 1 {
            if let Some(told) = self.waiting.make_contiguous().get_mut(from..) {
                told.sort_by_key(|(_, observation)| observation.flow_id());
            }
        }
    }

    pub fn clear(&mut self) {
        self.waiting.clear();
        self.bytes = 0;
    }
}
