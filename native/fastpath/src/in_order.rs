//! The payload of one side in order, for what is read of a flow that is not followed. Nobody looks after it between
//! its segments: a hole is given up when a later segment shows that it was waited for long enough.

use crate::segment::Segment;
use crate::stream::{Bounds, Start, Stream};

/// How much may wait behind a hole, and for how long in packet time: as for a followed flow, but for the bytes.
const WAITING_BYTES_MAX: usize = 8 * 1024;
const WAITING_NS_MAX: u64 = 5_000_000_000;

#[derive(Default)]
pub struct InOrder {
    stream: Stream,
    waits_since_ns: Option<u64>,
}

impl InOrder {
    #[must_use]
    pub fn starting(start: Start) -> Self {
        Self { stream: Stream::starting(start), waits_since_ns: None }
    }

    /// Takes a segment; `each` is given what is in order now, with the bytes missing before it.
    pub fn take(&mut self, segment: &Segment<'_>, mut each: impl FnMut(u64, &[u8])) {
        let bounds = Bounds::new(WAITING_BYTES_MAX);
        self.stream.take(segment, &bounds);
        loop {
            while let Some(delivery) = self.stream.pull(None) {
                self.waits_since_ns = None;
                each(delivery.gap, &delivery.data);
            }
            if !self.stream.is_waiting() {
                return;
            }
            let since_ns = *self.waits_since_ns.get_or_insert(segment.ts_ns);
            let waited_long = segment.ts_ns.saturating_sub(since_ns) >= WAITING_NS_MAX;
            if !(waited_long || self.stream.is_full(&bounds)) || !self.stream.skip_hole() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parts: &[(u64, u32, &str)]) -> String {
        let (mut read, mut text) = (InOrder::default(), String::new());
        for &(ts_ns, seq, data) in parts {
            let segment = Segment { ts_ns, seq, needs: None, data: data.as_bytes(), missing: 0 };
            read.take(&segment, |gap, data| {
                text.extend(std::iter::repeat_n('?', gap as usize));
                text.push_str(std::str::from_utf8(data).unwrap());
            });
        }
        text
    }

    #[test]
    fn segments_are_put_in_order_and_repetitions_left_out() {
        assert_eq!(read(&[(1, 10, "ab"), (2, 14, "ef"), (3, 10, "ab"), (4, 12, "cd"), (5, 16, "g")]), "abcdefg");
    }

    #[test]
    fn a_hole_is_given_up_after_its_time_or_its_bytes() {
        assert_eq!(read(&[(1, 10, "ab"), (2, 14, "ef"), (3, 16, "g")]), "ab");
        assert_eq!(read(&[(1, 10, "ab"), (2, 14, "ef"), (WAITING_NS_MAX + 2, 16, "g")]), "ab??efg");
        let long = "x".repeat(WAITING_BYTES_MAX);
        assert_eq!(
            read(&[(1, 10, "ab"), (2, 14, &long), (3, 14 + WAITING_BYTES_MAX as u32, "g")]),
            format!("ab??{long}g")
        );
    }
}
