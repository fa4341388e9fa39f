//! A connection that claims the key of one that is followed: believed when more than its SYN is seen of it.
//!
//! A port is used again, and the end of its last connection was not captured; or a SYN is stray or forged, and the
//! connection goes on. Which it is, the packets behind the SYN say by their sequence numbers.

use crate::layers::{TcpSegment, flags};
use crate::side::{Both, Side};
use crate::segment::{apart, distance};
use crate::stream::START_WINDOW;

pub struct Rival {
    /// Who opens it, as a side of the connection that is followed.
    pub client: Side,
    /// Where the payload of each side begins, as far as it was said.
    pub starts: Both<Option<u32>>,
    /// Time of its first packet.
    pub ts_ns: u64,
}

impl Rival {
    /// What a SYN from `side`, or an answer to one, claims.
    #[must_use]
    pub fn claimed(side: Side, segment: &TcpSegment<'_>, ts_ns: u64) -> Self {
        let is_answer = segment.flags & flags::ACK != 0;
        let mut starts = Both::default();
        *starts.of_mut(side) = Some(segment.seq.wrapping_add(1));
        *starts.of_mut(side.other()) = is_answer.then_some(segment.ack);
        Self { client: if is_answer { side.other() } else { side }, starts, ts_ns }
    }

    /// Whether this claim answers the SYN of the one before.
    #[must_use]
    pub fn answers(&self, before: &Self) -> bool {
        let asked = *before.starts.of(before.client);
        self.client == before.client && asked.is_some() && *self.starts.of(self.client) == asked
    }

    /// Whether a segment from `side` goes on where the rival begins, or acknowledges what the rival sent. `next` are
    /// the numbers that the followed connection goes on with: what may as well be its own proves nothing.
    #[must_use]
    pub fn owns(&self, side: Side, segment: &TcpSegment<'_>, next: &Both<Option<u32>>) -> bool {
        let other = side.other();
        let begins = *self.starts.of(side) == Some(segment.seq) && *next.of(side) != Some(segment.seq);
        let acknowledges = segment.flags & flags::ACK != 0
            && self.starts.of(other).is_some_and(|start| (0..=START_WINDOW).contains(&distance(segment.ack, start)))
            && next.of(other).is_none_or(|next| apart(segment.ack, next) > START_WINDOW.unsigned_abs());
        begins || acknowledges
    }
}
