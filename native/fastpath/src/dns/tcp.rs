//! DNS messages over TCP: each behind its length of two bytes (RFC 1035 §4.2.2, RFC 7766 §8), over any segments.

use crate::in_order::InOrder;
use crate::ring::Reusable;
use crate::segment::Segment;
use crate::stream::Start;

const LENGTH_BYTES: usize = 2;
const HEADER_BYTES: usize = 12;
/// Kept of a message: its header, a question and more records than are read of any answer.
const MESSAGE_BYTES_MAX: usize = 4096;
/// QR: a message of a server.
const FLAG_ANSWER: u8 = 0x80;

/// The messages of a server's side.
#[derive(Default)]
pub struct DnsStream {
    segments: InOrder,
    messages: Messages,
}

impl Reusable for DnsStream {
    fn clear(&mut self) {
        let mut held = std::mem::take(&mut self.messages.held);
        held.clear();
        *self = Self { messages: Messages { held, ..Messages::default() }, ..Self::default() };
    }
}

impl DnsStream {
    /// The next segment is to be the first of a stream that begins at `start`.
    pub fn begin(&mut self, start: Start) {
        self.segments = InOrder::starting(start);
    }

    /// Takes a segment; `each` is given every message that it completes, or its first 4 KiB.
    pub fn take(&mut self, segment: &Segment<'_>, mut each: impl FnMut(&[u8])) {
        let Self { segments, messages } = self;
        segments.take(segment, |gap, data| messages.take(gap, data, &mut each));
    }
}

#[derive(Default)]
struct Messages {
    /// An unfinished message with its length before it.
    held: Vec<u8>,
    /// Bytes of a long message that are still to be passed over.
    passing: usize,
}

impl Messages {
    /// Takes what comes next; `gap` bytes are missing before it. Servers begin an answer with a segment, so that
    /// behind a hole, and behind anything that cannot be an answer, reading begins anew with the next delivery.
    fn take(&mut self, gap: u64, mut data: &[u8], each: &mut impl FnMut(&[u8])) {
        if gap > 0 {
            self.held.clear();
            self.passing = 0;
        }
        // Each turn uses up data.
        while !data.is_empty() {
            let (head, rest) = data.split_at_checked(self.wanted()).unwrap_or((data, &[]));
            data = rest;
            if self.passing > 0 {
                self.passing = self.passing.saturating_sub(head.len());
                continue;
            }
            self.held.extend_from_slice(head);
            if !self.is_plausible() {
                self.held.clear();
                return;
            }
            if self.wanted() == 0 {
                each(self.held.get(LENGTH_BYTES..).unwrap_or_default());
                self.passing = self.length().saturating_sub(MESSAGE_BYTES_MAX);
                self.held.clear();
            }
        }
    }

    /// Bytes to the next thing to be done: the end of the length, of the header, of what is kept of the message.
    fn wanted(&self) -> usize {
        if self.passing > 0 {
            return self.passing;
        }
        let end = match self.held.len() {
            0..LENGTH_BYTES => LENGTH_BYTES,
            _ => LENGTH_BYTES.saturating_add(self.length().min(MESSAGE_BYTES_MAX)),
        };
        end.saturating_sub(self.held.len())
    }

    fn length(&self) -> usize {
        self.held.first_chunk().map_or(0, |&length| usize::from(u16::from_be_bytes(length)))
    }

    /// Whether what is held may begin an answer.
    fn is_plausible(&self) -> bool {
        let flags_at = LENGTH_BYTES + 2;
        (self.held.len() < LENGTH_BYTES || self.length() >= HEADER_BYTES)
            && self.held.get(flags_at).is_none_or(|flags| flags & FLAG_ANSWER != 0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
        let with_length = |message: &Vec<u8>| {
            let length = u16::try_from(message.len()).unwrap().to_be_bytes();
            [length.to_vec(), message.clone()].concat()
        };
        messages.iter().flat_map(with_length).collect()
    }

    fn answer(size: usize, fill: u8) -> Vec<u8> {
        let mut message = vec![0, 1, 0x81, 0x80];
        message.resize(size.max(HEADER_BYTES), fill);
        message
    }

    fn read(parts: &[(u64, u32, &[u8])]) -> Vec<Vec<u8>> {
        let (mut stream, mut found) = (DnsStream::default(), Vec::new());
        for &(ts_ns, seq, data) in parts {
            let segment = Segment { ts_ns, seq, needs: None, data, missing: 0 };
            stream.take(&segment, |message| found.push(message.to_vec()));
        }
        found
    }

    #[test]
    fn messages_are_found_however_they_are_cut() {
        let messages = [answer(40, 1), answer(12, 2), answer(100, 3)];
        let wire = framed(&messages);
        for cut in 0..=wire.len() {
            let (head, tail) = wire.split_at(cut);
            assert_eq!(read(&[(1, 0, head), (2, cut as u32, tail)]), messages, "cut at {cut}");
            assert_eq!(read(&[(1, 0, &[]), (2, 0, head), (2, 0, head), (3, cut as u32, tail)]), messages);
        }
        let bytes: Vec<_> = wire.iter().enumerate().map(|(at, _)| (1, at as u32, &wire[at..=at])).collect();
        assert_eq!(read(&bytes), messages);
    }

    #[test]
    fn of_a_long_message_the_beginning_is_kept_and_the_next_one_is_read() {
        let wire = framed(&[answer(60_000, 7), answer(20, 8)]);
        let parts: Vec<_> = wire.chunks(1400).enumerate().map(|(n, part)| (1, 1400 * n as u32, part)).collect();
        assert_eq!(read(&parts), [answer(MESSAGE_BYTES_MAX, 7), answer(20, 8)]);
    }

    #[test]
    fn behind_a_hole_or_nonsense_reading_begins_with_a_segment() {
        let (first, second) = (framed(&[answer(300, 1)]), framed(&[answer(30, 2)]));
        let late = 6_000_000_000;
        assert_eq!(
            read(&[(1, 0, &first[..200]), (2, 302, &second), (late, 334, &second)]),
            [answer(30, 2), answer(30, 2)]
        );
        let question = framed(&[vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]]);
        let at = question.len() as u32;
        assert_eq!(read(&[(1, 0, &question), (2, at, b"\0\x05hello"), (3, at + 7, &second)]), [answer(30, 2)]);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_give_messages_that_are_bounded(
            parts in proptest::collection::vec((0..3000u32, proptest::collection::vec(any::<u8>(), 0..300)), 0..40)
        ) {
            let parts: Vec<_> = parts.iter().map(|(seq, data)| (1, *seq, data.as_slice())).collect();
            for message in read(&parts) {
                prop_assert!((HEADER_BYTES..=MESSAGE_BYTES_MAX).contains(&message.len()));
            }
        }
    }
}
