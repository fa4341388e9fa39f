//! The bytes of one input that are in memory: read in large pieces, looked at in place.
//!
//! Must not know: what a record is. Bytes move only when more are asked for, so a place in the buffer stays good until
//! the next [`Block::ensure`].

use std::io::{ErrorKind, Read};

use crate::limits::{BUFFER_BYTES_MAX, FIRST_READ_BYTES, PAGE_BYTES, READ_BYTES};
use crate::problem::Problem;

/// A window on a source that only moves forward.
pub(crate) struct Block {
    source: Box<dyn Read + Send>,
    /// Two pages longer than what it is used for: one to begin at the start of a page, one to end what is kept there.
    bytes: Vec<u8>,
    /// The first place in `bytes` that is the start of a page.
    base: usize,
    start: usize,
    end: usize,
    ended: bool,
    fault: Option<Problem>,
}

impl Block {
    pub(crate) fn new(source: Box<dyn Read + Send>) -> Self {
        let (bytes, base) = allocate(FIRST_READ_BYTES);
        Self {
            source,
            bytes,
            base,
            start: base,
            end: base,
            ended: false,
            fault: None,
        }
    }

    /// What is in memory and not yet taken.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Captured bytes at a place that [`Block::take`] returned, good until the next `ensure`.
    #[inline]
    pub(crate) fn at(&self, start: usize, length: usize) -> &[u8] {
        self.bytes
            .get(start..start.saturating_add(length))
            .unwrap_or_default()
    }

    /// Whether `count` bytes are in memory, after reading more if needed. False at the end of the source, and for a
    /// `count` beyond the bound of the buffer.
    #[inline]
    pub(crate) fn ensure(&mut self, count: usize) -> bool {
        self.end.saturating_sub(self.start) >= count || self.fill(count)
    }

    /// Passes over `count` bytes of those in memory and returns where they began.
    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> usize {
        let start = self.start;
        self.start = start.saturating_add(count).min(self.end);
        start
    }

    /// Passes over `count` bytes, in memory or not. False if the source ended before.
    pub(crate) fn skip(&mut self, mut count: usize) -> bool {
        while count > 0 {
            if !self.ensure(1) {
                return false;
            }
            let step = count.min(self.bytes().len());
            self.take(step);
            count = count.saturating_sub(step);
        }
        true
    }

    /// Gives up what is left; nothing more is read.
    pub(crate) fn discard(&mut self) {
        self.start = self.end;
        self.ended = true;
    }

    /// Why the source ended early, if it did.
    pub(crate) fn fault(&self) -> Option<Problem> {
        self.fault
    }

    #[cold]
    fn fill(&mut self, count: usize) -> bool {
        if count > BUFFER_BYTES_MAX {
            return false;
        }
        while !self.ended && self.bytes().len() < count {
            self.make_room(count);
            self.read_once();
        }
        self.bytes().len() >= count
    }

    /// Leaves room behind the bytes in memory, enough for `count` from the first of them.
    fn make_room(&mut self, count: usize) {
        let limit = self.limit();
        if self.start.saturating_add(count) <= limit && self.end < limit {
            return;
        }
        // Moved only when the room behind is used up: at most once for every free quarter of the buffer.
        let kept = self.bytes().len();
        let wanted = if count > READ_BYTES {
            BUFFER_BYTES_MAX
        } else {
            READ_BYTES
        };
        if wanted > self.usable() {
            let (mut bytes, base) = allocate(wanted);
            let start = ahead_of_page(base, kept);
            if let Some(target) = bytes.get_mut(start..start.saturating_add(kept)) {
                target.copy_from_slice(self.bytes());
            }
            (self.bytes, self.base, self.start) = (bytes, base, start);
        } else {
            let start = ahead_of_page(self.base, kept);
            self.bytes.copy_within(self.start..self.end, start);
            self.start = start;
        }
        self.end = self.start.saturating_add(kept);
    }

    fn usable(&self) -> usize {
        self.bytes.len().saturating_sub(2 * PAGE_BYTES)
    }

    /// Where room ends. How much there is must not depend on where the allocation happens to lie: what a decompressor
    /// returns before damaged data depends on the room it is given.
    fn limit(&self) -> usize {
        self.base
            .saturating_add(self.usable())
            .saturating_add(PAGE_BYTES)
    }

    fn read_once(&mut self) {
        let limit = self.limit();
        let room = self.bytes.get_mut(self.end..limit).unwrap_or_default();
        match self.source.read(room) {
            Ok(0) => self.ended = true,
            Ok(count) => self.end = self.end.saturating_add(count).min(limit),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                self.ended = true;
                self.fault = Some(fault_of(&error));
            }
        }
    }
}

/// A buffer for `usable` bytes, and the first start of a page in it.
fn allocate(usable: usize) -> (Vec<u8>, usize) {
    let bytes = vec![0; usable.saturating_add(2 * PAGE_BYTES)];
    let base = bytes.as_ptr().addr().wrapping_neg() % PAGE_BYTES;
    (bytes, base)
}

/// The place from which `kept` bytes end at the start of a page, the first possible from `base` on.
fn ahead_of_page(base: usize, kept: usize) -> usize {
    base.saturating_add(kept.next_multiple_of(PAGE_BYTES))
        .saturating_sub(kept)
}

/// Which problem an error of the source is. Only the system's own errors carry its number: the others come from the
/// decompressors.
fn fault_of(error: &std::io::Error) -> Problem {
    if error.raw_os_error().is_some() {
        Problem::ReadFailed
    } else if error.kind() == ErrorKind::UnexpectedEof {
        Problem::TruncatedTail
    } else {
        Problem::BadCompression
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns at most `step` bytes a read: a pipe.
    struct Drip {
        bytes: Vec<u8>,
        position: usize,
        step: usize,
    }

    impl Read for Drip {
        fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
            let count = room
                .len()
                .min(self.step)
                .min(self.bytes.len() - self.position);
            room[..count].copy_from_slice(&self.bytes[self.position..self.position + count]);
            self.position += count;
            Ok(count)
        }
    }

    fn numbered(length: usize) -> Vec<u8> {
        (0..length).map(|index| (index % 251) as u8).collect()
    }

    #[test]
    fn every_byte_comes_through_in_order_whatever_the_pieces() {
        for step in [1000, 4096, 700_000, usize::MAX] {
            let bytes = numbered(2_000_003);
            let mut block = Block::new(Box::new(Drip {
                bytes: bytes.clone(),
                position: 0,
                step,
            }));
            let mut seen = Vec::new();
            for piece in [1, 17, 16_384, 300_000, 5, 1_000_000].iter().cycle() {
                if !block.ensure(*piece) {
                    break;
                }
                let start = block.take(*piece);
                seen.extend_from_slice(block.at(start, *piece));
            }
            seen.extend_from_slice(block.bytes());
            assert!(seen == bytes, "pieces of {step}");
        }
    }

    #[test]
    fn more_than_the_bound_is_refused_and_memory_stays_bounded() {
        let mut block = Block::new(Box::new(std::io::repeat(1)));
        assert!(!block.ensure(BUFFER_BYTES_MAX + 1));
        assert!(block.ensure(BUFFER_BYTES_MAX));
        assert!(block.skip(5 * BUFFER_BYTES_MAX));
        assert_eq!(block.usable(), BUFFER_BYTES_MAX);
    }

    #[test]
    fn skip_beyond_the_end_says_so() {
        let mut block = Block::new(Box::new(std::io::Cursor::new(numbered(100))));
        assert!(block.skip(60));
        assert!(!block.skip(41));
        assert!(block.bytes().is_empty());
    }
}
