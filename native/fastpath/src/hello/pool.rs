//! ClientHellos that are spread over segments or records, gathered in a fixed pool of buffers.

use super::{HELLO_BYTES_MAX, RECORD_HEADER_BYTES, Sni, Stop, message_bytes, record_bytes, sni_of_message};
use crate::ring::{Reusable, Ring};

/// Segments of one hello kept behind a hole: of 16 KiB there are twelve.
const AHEAD_MAX: usize = 16;

/// One hello that is being gathered.
#[derive(Default)]
struct Buffer {
    /// Sequence number of the next payload byte.
    next_seq: u32,
    /// A record header that is not complete yet.
    header: [u8; RECORD_HEADER_BYTES],
    header_bytes: usize,
    /// What is missing of the current record.
    record_left: usize,
    /// What came before what it stands behind, with its sequence number.
    ahead: Vec<(u32, Vec<u8>)>,
    /// The handshake message, without record headers.
    message: Vec<u8>,
    /// The message's length once it is complete; an error once it cannot be a hello.
    outcome: Option<Result<usize, Stop>>,
}

impl Reusable for Buffer {
    fn clear(&mut self) {
        let mut message = std::mem::take(&mut self.message);
        message.clear();
        *self = Self { message, ..Self::default() };
    }
}

impl Buffer {
    /// Takes the payload that comes next.
    fn take(&mut self, payload: &[u8]) {
        self.next_seq = self.next_seq.wrapping_add(u32::try_from(payload.len()).unwrap_or(u32::MAX));
        if self.outcome.is_none() {
            self.outcome = match self.gather(payload) {
                Err(Stop::Short) => None,
                outcome => Some(outcome),
            };
        }
    }

    /// Keeps what stands behind a hole, as far as the whole may be a hello.
    fn keep(&mut self, seq: u32, payload: &[u8]) {
        let kept: usize = self.ahead.iter().map(|(_, bytes)| bytes.len()).sum();
        let bytes = self.message.len().saturating_add(kept).saturating_add(payload.len());
        let is_near = (seq.wrapping_sub(self.next_seq) as usize) < HELLO_BYTES_MAX;
        if is_near && bytes <= HELLO_BYTES_MAX && self.ahead.len() < AHEAD_MAX {
            self.ahead.push((seq, payload.to_vec()));
        }
    }

    /// Takes what is new of the payload at `seq`, and what was kept behind it; false where a hole is before it.
    fn take_at(&mut self, seq: u32, payload: &[u8]) -> bool {
        let old = self.next_seq.wrapping_sub(seq);
        // A number that is "far behind" lies ahead, behind a hole.
        if old > u32::MAX / 2 {
            return false;
        }
        self.take(payload.get(old as usize..).unwrap_or_default());
        true
    }

    /// Takes what was kept and is in order now. Each turn uses up one of them.
    fn take_kept(&mut self) {
        while let Some(index) = self.ahead.iter().position(|(seq, _)| self.next_seq.wrapping_sub(*seq) <= u32::MAX / 2) {
            let (seq, payload) = self.ahead.swap_remove(index);
            self.take_at(seq, &payload);
        }
    }

    /// The length of the message once it is complete.
    fn gather(&mut self, mut payload: &[u8]) -> Result<usize, Stop> {
        // Each turn uses up payload.
        while !payload.is_empty() {
            if self.record_left == 0 {
                payload = self.take_header(payload)?;
                continue;
            }
            let count = self.record_left.min(payload.len());
            let (content, rest) = payload.split_at_checked(count).ok_or(Stop::Short)?;
            payload = rest;
            self.record_left = self.record_left.saturating_sub(count);
            let room = HELLO_BYTES_MAX.saturating_sub(self.message.len());
            self.message.extend_from_slice(content.get(..room).unwrap_or(content));
            match message_bytes(&self.message) {
                Ok(total) if self.message.len() < total => {}
                Err(Stop::Short) => {}
                outcome => return outcome,
            }
        }
        Err(Stop::Short)
    }

    fn take_header<'a>(&mut self, payload: &'a [u8]) -> Result<&'a [u8], Stop> {
        let count = RECORD_HEADER_BYTES.saturating_sub(self.header_bytes).min(payload.len());
        let (part, rest) = payload.split_at_checked(count).ok_or(Stop::Short)?;
        let end = self.header_bytes.saturating_add(count);
        if let Some(place) = self.header.get_mut(self.header_bytes..end) {
            place.copy_from_slice(part);
        }
        self.header_bytes = end;
        if end == RECORD_HEADER_BYTES {
            self.record_left = usize::from(record_bytes(self.header).ok_or(Stop::Malformed)?);
            self.header_bytes = 0;
        }
        Ok(rest)
    }

    #[cfg(test)]
    fn memory(&self) -> usize {
        self.message.capacity() + self.ahead.iter().map(|(_, bytes)| bytes.capacity()).sum::<usize>()
    }

    /// The name of a complete hello, none if there is no (plausible) one; `None` while it is not complete.
    fn verdict(&self) -> Option<Option<Vec<u8>>> {
        Some(match self.outcome? {
            Ok(total) => match sni_of_message(&self.message, total) {
                Sni::Name(name) => Some(name.to_vec()),
                Sni::None | Sni::NeedMore | Sni::NotHello => None,
            },
            Err(_) => None,
        })
    }
}

/// The buffers, used in a ring: one is needed for the moment between two segments of one hello. Memory is taken as it is
/// needed, at most 16 KiB for each.
pub struct HelloPool {
    buffers: Ring<Buffer>,
}

impl HelloPool {
    /// A pool of at most `buffers_max` (1 at least, 65 536 at most).
    #[must_use]
    pub fn new(buffers_max: usize) -> Self {
        Self { buffers: Ring::new(buffers_max) }
    }

    /// Takes a buffer for the hello that begins with `payload`; its handle. `next_seq` is the sequence number behind
    /// the payload. The hello that was in the buffer is lost and counted as displaced.
    ///
    /// None if `payload` shows already that it is no hello. One that is complete (in several records) keeps its
    /// verdict for the next [`HelloPool::add`].
    pub fn start(&mut self, payload: &[u8], next_seq: u32) -> Option<u32> {
        let (handle, buffer) = self.buffers.take()?;
        buffer.take(payload);
        buffer.next_seq = next_seq;
        if matches!(buffer.outcome, Some(Err(_))) {
            self.buffers.release(handle);
            return None;
        }
        Some(handle)
    }

    /// Adds the payload that begins at `seq`. What was there before is passed over; what lies behind a hole is kept
    /// until the hole is filled, within the bound of the message.
    ///
    /// `Some(name or none)` is the last word: the handle is to be released then. That also is the answer for a handle
    /// whose buffer was given to another. `None`: the rest of the hello is still to come.
    pub fn add(&mut self, handle: u32, seq: u32, payload: &[u8]) -> Option<Option<Vec<u8>>> {
        let Some(buffer) = self.buffers.get(handle) else { return Some(None) };
        if buffer.take_at(seq, payload) {
            buffer.take_kept();
        } else {
            buffer.keep(seq, payload);
        }
        buffer.verdict()
    }

    /// The whole message of a hello for which [`HelloPool::add`] has said its last word.
    #[must_use]
    pub fn message(&mut self, handle: u32) -> Option<&[u8]> {
        let buffer = self.buffers.get(handle)?;
        let total = buffer.outcome?.ok()?;
        buffer.message.get(..total)
    }

    /// Gives the buffer back. A handle whose buffer was given to another is void, and nothing happens.
    pub fn release(&mut self, handle: u32) {
        self.buffers.release(handle);
    }

    /// Hellos that lost their buffer to another one.
    #[must_use]
    pub fn displaced(&self) -> u64 {
        self.buffers.displaced()
    }

    /// Buffers that have memory, and the memory of all.
    #[cfg(test)]
    pub(super) fn memory(&self) -> (usize, usize) {
        (self.buffers.contents().count(), self.buffers.contents().map(Buffer::memory).sum())
    }
}
