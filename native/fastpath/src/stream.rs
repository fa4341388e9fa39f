//! One direction of a followed TCP flow: segments in any order in, the byte stream in order out.
//!
//! Policy, as a passive reader must state it: bytes that were delivered or buffered first win over later ones at the
//! same sequence numbers (RFC 9293 leaves it open; a receiver that already acknowledged data keeps it). A hole is
//! waited for until a bound of time or bytes is reached, then it becomes a gap of known size. Nothing here knows what
//! the bytes mean, and no clock but packet time is used.

use crate::segment::{Piece, Segment, distance, split, trim_front, wire_len};

/// What came out: `gap` bytes are missing immediately before `data`.
#[derive(Debug, PartialEq, Eq)]
pub struct Delivery {
    pub ts_ns: u64,
    pub gap: u64,
    pub data: Vec<u8>,
}

/// How a segment was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    InOrder,
    Buffered,
    /// All of it had been delivered or buffered before.
    Old,
    /// So far ahead that it is not believed until another segment continues it.
    Far,
}

/// Bounds of a stream, all of them from the plan's bound of the reorder buffer.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    bytes_max: usize,
    /// Pieces in the reorder buffer: each costs more than its bytes.
    pieces_max: usize,
    /// A jump ahead larger than this is not believed at once: one forged segment must not blind the reader, while a
    /// capture that lost megabytes of a mining flow is rarer than forgery.
    ahead_max: i32,
}

impl Bounds {
    /// With 16 KiB to reorder: 64 pieces, and a jump of 1 MiB is believed.
    #[must_use]
    pub fn new(reorder_bytes_max: usize) -> Self {
        let ahead_max = i32::try_from(reorder_bytes_max.saturating_mul(64)).unwrap_or(i32::MAX);
        Self { bytes_max: reorder_bytes_max, pieces_max: reorder_bytes_max / 256, ahead_max }
    }
}

/// A piece in a reorder buffer, beside its bytes: itself, and what an allocation takes.
const PIECE_BYTES: usize = 96;
/// Places for pieces that an empty buffer keeps: in order, there is one at a time.
const PIECES_KEPT: usize = 4;
/// An acknowledgement further ahead than this is nothing to wait for.
const ACKNOWLEDGED_AHEAD: i32 = 1 << 20;
/// A first segment at most this far behind the start of its stream is worth waiting for: one congestion window.
pub const START_WINDOW: i32 = 64 * 1024;

/// What is known of the sequence number of a stream's first byte.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    /// Nothing: the first segment seen is the first.
    Unknown,
    /// A SYN said so, or the other side acknowledged what came before. That may be forged, or of an attempt before: a
    /// first segment elsewhere is believed.
    Near(u32),
    /// The stream was read up to here before.
    At(u32),
}

#[derive(Default)]
pub struct Stream {
    next: Option<u32>,
    /// Whether `next` is more than a guess.
    is_sure: bool,
    gap: u64,
    pieces: Vec<Piece>,
    buffered: usize,
    far_end: Option<u32>,
    /// The sequence number of its FIN.
    fin: Option<u32>,
}

impl Stream {
    #[must_use]
    pub fn starting(start: Start) -> Self {
        let (next, is_sure) = match start {
            Start::Unknown => (None, false),
            Start::Near(next) => (Some(next), false),
            Start::At(next) => (Some(next), true),
        };
        Self { next, is_sure, ..Self::default() }
    }

    /// Nothing was read yet, and the first byte has sequence number `next` after all.
    pub fn begin_at(&mut self, next: u32) {
        (self.next, self.is_sure) = (Some(next), true);
    }

    /// The next sequence number wanted; none before the first segment of a stream met in its middle.
    #[must_use]
    pub fn next(&self) -> Option<u32> {
        self.next
    }

    /// The stream ends before `seq`, the number of its FIN.
    pub fn end_at(&mut self, seq: u32) {
        self.fin = Some(seq);
    }

    /// What the other side acknowledges once it has received all that was read: a FIN takes a sequence number of its
    /// own (RFC 9293 section 3.4).
    #[must_use]
    pub fn read_up_to(&self) -> Option<u32> {
        self.next.map(|next| if self.fin == Some(next) { next.wrapping_add(1) } else { next })
    }

    #[must_use]
    pub fn buffered_bytes(&self) -> usize {
        self.buffered
    }

    /// What waits, with all that it takes to keep it.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.pieces.len().saturating_mul(PIECE_BYTES).saturating_add(self.buffered)
    }

    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.pieces.is_empty()
    }

    /// Takes a segment; what became deliverable is fetched with [`Stream::pull`].
    pub fn take(&mut self, segment: &Segment<'_>, bounds: &Bounds) -> Taken {
        let length = wire_len(segment.data, segment.missing);
        if length == 0 {
            return Taken::Old;
        }
        let end = segment.seq.wrapping_add(length);
        if !self.is_sure {
            if length == 1 && self.next == Some(end) {
                // A keep-alive before the first byte.
                return Taken::Old;
            }
            self.begin(segment.seq);
        }
        if self.gap > 0 {
            self.reopen(segment.seq, end);
        }
        let next = *self.next.get_or_insert(segment.seq);
        let ahead = distance(segment.seq, next);
        if distance(end, next) <= 0 {
            return Taken::Old;
        }
        if ahead > bounds.ahead_max && self.far_end != Some(segment.seq) {
            self.far_end = Some(end);
            return Taken::Far;
        }
        self.far_end = None;
        if !self.insert(segment, next) {
            return Taken::Old;
        }
        if self.pieces.len() >= bounds.pieces_max {
            self.join();
        }
        if ahead <= 0 { Taken::InOrder } else { Taken::Buffered }
    }

    /// The next delivery, if the head of the buffer is in order and its sender had seen no more than `peer_next`
    /// of the other side (an answer waits for its question). `peer_next` is none where the other side is not seen.
    pub fn pull(&mut self, peer_next: Option<u32>) -> Option<Delivery> {
        let next = self.next?;
        let head = self.pieces.first()?;
        if distance(head.seq, next) > 0 || waits_for_peer(head.needs, peer_next) {
            return None;
        }
        let piece = self.pieces.remove(0);
        if let Some(behind) = self.pieces.first_mut() {
            // Each piece keeps its time, but is never older than what it waited for.
            behind.ts_ns = behind.ts_ns.max(piece.ts_ns);
        }
        let gap = std::mem::replace(&mut self.gap, u64::from(piece.missing));
        self.next = Some(piece.end());
        self.buffered = self.buffered.saturating_sub(piece.data.len());
        if self.pieces.is_empty() && self.pieces.capacity() > PIECES_KEPT {
            self.pieces = Vec::new();
        }
        Some(Delivery { ts_ns: piece.ts_ns, gap, data: piece.data })
    }

    /// Gives up the hole before the first buffered piece. Returns whether there was one.
    pub fn skip_hole(&mut self) -> bool {
        let (Some(next), Some(head)) = (self.next, self.pieces.first()) else { return false };
        let hole = distance(head.seq, next);
        if hole <= 0 {
            return false;
        }
        self.gap = self.gap.saturating_add(u64::from(hole.unsigned_abs()));
        self.next = Some(head.seq);
        true
    }

    /// The other side acknowledged up to `acked`, and what it acknowledged will not come any more.
    pub fn skip_to(&mut self, acked: u32) {
        let acked = self.fin.filter(|fin| fin.wrapping_add(1) == acked).unwrap_or(acked);
        let Some(next) = self.next.filter(|&next| is_near_ahead(acked, next)) else { return };
        let limit = self.pieces.first().map_or(acked, |head| if distance(head.seq, acked) < 0 { head.seq } else { acked });
        let hole = distance(limit, next);
        if hole > 0 {
            self.gap = self.gap.saturating_add(u64::from(hole.unsigned_abs()));
            self.next = Some(limit);
        }
    }

    /// The first segment seen has sequence number `seq`.
    #[cold]
    fn begin(&mut self, seq: u32) {
        self.is_sure = true;
        let gap = u32::try_from(self.gap).unwrap_or(u32::MAX);
        let start = self.next.map(|next| next.wrapping_sub(gap));
        if start.is_none_or(|start| !(0..=START_WINDOW).contains(&distance(seq, start))) {
            (self.next, self.gap) = (Some(seq), 0);
        }
    }

    /// A segment goes by unread: it is missing before whatever is read next.
    pub fn pass(&mut self, segment: &Segment<'_>, bounds: &Bounds) {
        let length = wire_len(segment.data, segment.missing);
        let end = segment.seq.wrapping_add(length);
        if length == 0 {
            return;
        }
        self.is_sure = true;
        let next = *self.next.get_or_insert(segment.seq);
        if distance(segment.seq, next) > bounds.ahead_max && self.far_end != Some(segment.seq) {
            self.far_end = Some(end);
            return;
        }
        self.far_end = None;
        let passed = distance(end, next);
        if passed > 0 {
            self.gap = self.gap.saturating_add(u64::from(passed.unsigned_abs()));
            self.next = Some(end);
        }
    }

    /// All that waits, in order; nothing waits any more.
    #[must_use]
    pub fn take_waiting(&mut self) -> Vec<Piece> {
        self.buffered = 0;
        std::mem::take(&mut self.pieces)
    }

    /// The sequence number of the `length` bytes that were pulled last.
    #[must_use]
    pub fn pulled_from(&self, length: usize) -> Option<u32> {
        let behind = u64::try_from(length).unwrap_or(u64::MAX).saturating_add(self.gap);
        self.next.map(|next| next.wrapping_sub(u32::try_from(behind).unwrap_or(u32::MAX)))
    }

    /// Forgets what waits: it is missing, too, once anything behind it goes by or is read.
    pub fn forget(&mut self) {
        self.pieces = Vec::new();
        self.buffered = 0;
    }

    /// What was given up comes after all: it is read as long as nothing behind it was handed up. So an acknowledgement
    /// that was forged blinds nobody, and a segment that was cut may be sent again whole.
    #[cold]
    fn reopen(&mut self, seq: u32, end: u32) {
        let (Some(next), Ok(gap)) = (self.next, u32::try_from(self.gap)) else { return };
        let from = next.wrapping_sub(gap);
        let still_missing = u32::try_from(distance(seq, from)).unwrap_or(0);
        if distance(end, from) > 0 && still_missing < gap {
            self.next = Some(from.wrapping_add(still_missing));
            self.gap = still_missing.into();
        }
    }

    /// What the head of the buffer waits for from the other side.
    #[must_use]
    pub fn needs(&self) -> Option<u32> {
        self.pieces.first().and_then(|piece| piece.needs)
    }

    /// Missing bytes that no data has followed yet; taken once, at the end.
    pub fn take_gap(&mut self) -> u64 {
        std::mem::take(&mut self.gap)
    }

    #[must_use]
    pub fn is_full(&self, bounds: &Bounds) -> bool {
        self.buffered > bounds.bytes_max || self.pieces.len() >= bounds.pieces_max
    }

    /// Puts what is new of a segment into the buffer, in order of sequence numbers. False if nothing was new.
    fn insert(&mut self, segment: &Segment<'_>, next: u32) -> bool {
        let mut rest = *segment;
        trim_front(&mut rest, next);
        let mut index = 0;
        let mut added = false;
        while wire_len(rest.data, rest.missing) > 0 {
            let Some(other) = self.pieces.get(index) else {
                self.add(index, &rest);
                return true;
            };
            let (start, end) = (other.seq, other.end());
            if distance(start, rest.seq) <= 0 {
                trim_front(&mut rest, end);
                index += 1;
                continue;
            }
            let room = distance(start, rest.seq).unsigned_abs();
            let (before, after) = split(&rest, room);
            self.add(index, &before);
            added = true;
            rest = after;
            index += 1;
        }
        added
    }

    /// Makes one of pieces that follow each other: what counts against the bound is what is scattered, not how small it
    /// was cut. The time is that of the latest, as if they had come together.
    #[cold]
    fn join(&mut self) {
        self.pieces.dedup_by(|behind, piece| {
            let follows = piece.missing == 0 && piece.end() == behind.seq && piece.needs == behind.needs;
            if follows {
                piece.data.append(&mut behind.data);
                piece.missing = behind.missing;
                piece.ts_ns = piece.ts_ns.max(behind.ts_ns);
            }
            follows
        });
    }

    fn add(&mut self, index: usize, segment: &Segment<'_>) {
        let Segment { ts_ns, seq, needs, data, missing } = *segment;
        self.buffered = self.buffered.saturating_add(data.len());
        self.pieces.insert(index, Piece { ts_ns, seq, needs, data: data.to_vec(), missing });
    }
}

fn waits_for_peer(needs: Option<u32>, peer_next: Option<u32>) -> bool {
    match (needs, peer_next) {
        (Some(needs), Some(next)) => is_near_ahead(needs, next),
        _ => false,
    }
}

/// Whether `acked` acknowledges data that is still to come and may well be on its way.
fn is_near_ahead(acked: u32, next: u32) -> bool {
    (1..=ACKNOWLEDGED_AHEAD).contains(&distance(acked, next))
}

#[cfg(test)]
mod tests;
