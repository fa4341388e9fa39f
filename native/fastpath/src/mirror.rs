//! Packets that a mirror shows twice: at two ports of their way, or with and without a tag.
//!
//! Within a flow a stream reads each byte once, whoever sends it again; copies are only told apart from what was sent
//! twice, by their haste, and counted. A tag may put the copies into another realm, and so into a flow of their own,
//! whose session would count everything a second time: a segment that a session between the same ends reads at the
//! same sequence numbers in another realm begins none. Equal private addresses of two customers have other numbers.

use ahash::RandomState;

use crate::engine::Engine;
use crate::flow::{NO_GUESS, Extra, Key, Slot, Socket, seen};
use crate::layers::TcpSegment;
use crate::looks::begins_like_mining;
use crate::side::Side;
use crate::segment::{apart, distance};
use crate::tcp::end_seq;

/// A copy comes this soon. Who sends again has waited for an answer before, 200 ms at least where none came.
const HASTE_NS_MAX: u64 = 10_000_000;
/// A copy is read this near to where the session is: what a window holds, as for the end of a connection.
const NEAR: i32 = 64 * 1024;
/// Answers about listed names remembered; there are few, and copies come at once.
const ANSWERS: usize = 16;
/// Segments of a side remembered: two ports of a mirror may both deliver a burst before the other does.
const SEGMENTS: usize = 4;

/// The last few of something, to know it when it comes again at once.
#[derive(Debug)]
pub(crate) struct Recent<K, const N: usize> {
    seen: [Option<(K, u64)>; N],
    place: usize,
}

impl<K: Copy + PartialEq, const N: usize> Default for Recent<K, N> {
    fn default() -> Self {
        Self { seen: [None; N], place: 0 }
    }
}

impl<K: Copy + PartialEq, const N: usize> Recent<K, N> {
    /// Whether `key` came a moment ago; remembers it if not.
    pub(crate) fn is_copy(&mut self, key: K, ts_ns: u64) -> bool {
        let is_same = |(other, before_ns): &(K, u64)| *other == key && ts_ns.abs_diff(*before_ns) <= HASTE_NS_MAX;
        if self.seen.iter().flatten().any(is_same) {
            return true;
        }
        if let Some(place) = self.seen.get_mut(self.place) {
            *place = Some((key, ts_ns));
        }
        self.place = (self.place + 1) % N;
        false
    }
}

/// Sequence number and length of the last segments of a side.
pub(crate) type RecentSegments = Recent<(u32, usize), SEGMENTS>;

/// The last answers about listed names.
#[derive(Default)]
pub(crate) struct RecentAnswers {
    hasher: RandomState,
    recent: Recent<u64, ANSWERS>,
}

impl RecentAnswers {
    /// Whether this message came to `client` a moment ago, in whatever realm.
    pub(crate) fn is_copy(&mut self, client: Socket, message: &[u8], ts_ns: u64) -> bool {
        let number = self.hasher.hash_one((client.ip, client.port, message));
        self.recent.is_copy(number, ts_ns)
    }
}

impl Engine {
    /// Whether a SYN that belongs to the flow in `row` is a copy of the one that began it.
    // Out of line, as what follows it, so that what runs for each packet stays as it is.
    #[inline(never)]
    pub(crate) fn is_copied_syn(&self, row: u32, side: Side, segment: &TcpSegment<'_>) -> bool {
        let start = segment.seq.wrapping_add(1);
        self.table.get(row).is_some_and(|slot| {
            let is_same = slot.has(side, seen::SYN) && *slot.start.of(side) == start;
            is_same && self.clock.now_ns().saturating_sub(slot.last_ns) <= HASTE_NS_MAX
        })
    }

    /// Whether a segment of the flow in `row` that might be followed, for what it says or for being late, is one that a
    /// session in another realm reads, or has just read.
    #[cold]
    #[inline(never)]
    pub(crate) fn is_copy_in_this_realm(&self, row: u32, side: Side, segment: &TcpSegment<'_>) -> bool {
        let Some(slot) = self.table.get(row) else { return false };
        if slot.has(side, seen::PAYLOAD) && !begins_like_mining(segment.payload) {
            return false;
        }
        let (from, to) = (slot.socket(side), slot.socket(side.other()));
        self.plan.realm_numbers().iter().filter(|realm| **realm != slot.realm()).any(|realm| {
            let (key, from_low) = Key::new(*realm, slot.transport(), from, to);
            let found = self.table.find(&key, self.table.hash(&key), from_low, NO_GUESS);
            found.is_some_and(|found| {
                self.table.get(found.row).is_some_and(|other| self.reads(other, found.side, segment))
            })
        })
    }

    fn reads(&self, slot: &Slot, side: Side, segment: &TcpSegment<'_>) -> bool {
        match slot.extra() {
            Extra::Session(session) => {
                let next = self.sessions.get(session).and_then(|session| session.streams.of(side).next());
                next.is_some_and(|next| apart(segment.seq, next) <= NEAR.unsigned_abs())
            }
            _ => slot.has(side, seen::READ) && (0..=NEAR).contains(&distance(*slot.start.of(side), end_seq(segment))),
        }
    }
}
