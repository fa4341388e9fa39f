//! A reader over one packet that knows two lengths: what was captured and what was on the wire.
//!
//! A capture may be cut by its snap length, so "there is no more" has two meanings: the packet itself is too short
//! (the header is bad), or only the capture is (the header was there, we just cannot see it). Every read says which.
//! It must not know any protocol.

#![cfg_attr(not(test), deny(clippy::as_conversions))]

use crate::fate::Failure;

/// What is left of a packet. `wire` is never less than the bytes captured.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    data: &'a [u8],
    wire: usize,
}

impl<'a> Cursor<'a> {
    /// A packet of `wire_len` bytes of which `data` was captured. Captures that claim a smaller packet than they
    /// hold are believed for the bytes, not for the claim.
    #[inline]
    pub fn new(data: &'a [u8], wire_len: u32) -> Self {
        let claimed = usize::try_from(wire_len).unwrap_or(usize::MAX);
        Self { data, wire: claimed.max(data.len()) }
    }

    /// A packet captured whole.
    #[inline]
    pub fn whole(data: &'a [u8]) -> Self {
        Self { data, wire: data.len() }
    }

    /// The bytes captured of what is left.
    #[inline]
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Bytes left on the wire.
    #[inline]
    pub fn wire(&self) -> usize {
        self.wire
    }

    /// Bytes that were on the wire behind `data()` and were not captured.
    #[inline]
    pub fn missing(&self) -> u32 {
        u32::try_from(self.wire.saturating_sub(self.data.len())).unwrap_or(u32::MAX)
    }

    /// The next byte, not taken; `None` when it was not captured or does not exist.
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.data.first().copied()
    }

    /// Takes the next `N` bytes. `bad` when the packet ends before them, `SnapCut` when only the capture does.
    #[inline]
    pub fn array<const N: usize>(&mut self, bad: Failure) -> Result<&'a [u8; N], Failure> {
        match self.data.split_first_chunk::<N>() {
            Some((taken, rest)) => {
                self.data = rest;
                self.wire = self.wire.saturating_sub(N);
                Ok(taken)
            }
            None => Err(self.why_short(N, bad)),
        }
    }

    /// Passes over `count` bytes; errors as `array`.
    #[inline]
    pub fn skip(&mut self, count: usize, bad: Failure) -> Result<(), Failure> {
        match self.data.get(count..) {
            Some(rest) => {
                self.data = rest;
                self.wire = self.wire.saturating_sub(count);
                Ok(())
            }
            None => Err(self.why_short(count, bad)),
        }
    }

    /// Passes over `count` bytes whether captured or not; `bad` only when the packet itself ends before them.
    #[inline]
    pub fn skip_unseen(&mut self, count: usize, bad: Failure) -> Result<(), Failure> {
        self.wire = self.wire.checked_sub(count).ok_or(bad)?;
        self.data = self.data.get(count..).unwrap_or_default();
        Ok(())
    }

    /// What is left behind the next `count` bytes, captured or not.
    #[inline]
    pub fn behind(&self, count: usize) -> Self {
        Self { data: self.data.get(count..).unwrap_or_default(), wire: self.wire.saturating_sub(count) }
    }

    /// Drops what lies behind the next `count` bytes (padding, checksums, trailers).
    /// False when fewer than `count` were there: nothing is dropped then.
    #[inline]
    pub fn limit(&mut self, count: usize) -> bool {
        if count > self.wire {
            return false;
        }
        self.wire = count;
        self.data = self.data.get(..count).unwrap_or(self.data);
        true
    }

    #[cold]
    fn why_short(&self, count: usize, bad: Failure) -> Failure {
        if count <= self.wire { Failure::SnapCut } else { bad }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_packet_is_bad_and_a_short_capture_is_cut() {
        let mut at = Cursor::new(&[1, 2, 3], 6);
        assert_eq!(at.array::<4>(Failure::TcpBad), Err(Failure::SnapCut));
        assert_eq!(at.array::<7>(Failure::TcpBad), Err(Failure::TcpBad));
        assert_eq!(at.skip(7, Failure::UdpBad), Err(Failure::UdpBad));
        assert_eq!(at.array::<2>(Failure::TcpBad), Ok(&[1, 2]));
        assert_eq!((at.data(), at.wire(), at.missing()), (&[3][..], 4, 3));
    }

    #[test]
    fn a_limit_drops_the_trailer_and_shrinks_what_is_missing() {
        let mut at = Cursor::new(&[1, 2, 3, 4], 10);
        assert!(at.limit(6));
        assert_eq!((at.data(), at.missing()), (&[1, 2, 3, 4][..], 2));
        assert!(at.limit(2));
        assert_eq!((at.data(), at.missing()), (&[1, 2][..], 0));
        assert!(!at.limit(3));
        assert_eq!(at.wire(), 2);
    }

    #[test]
    fn bytes_not_captured_can_be_passed_over_when_the_packet_has_them() {
        let mut at = Cursor::new(&[1, 2], 10);
        assert_eq!(at.skip_unseen(4, Failure::TcpBad), Ok(()));
        assert_eq!((at.data(), at.wire(), at.missing()), (&[][..], 6, 6));
        assert_eq!(at.skip_unseen(7, Failure::TcpBad), Err(Failure::TcpBad));
    }

    #[test]
    fn a_wire_length_below_the_captured_bytes_is_not_believed() {
        assert_eq!(Cursor::new(&[1, 2, 3], 1).wire(), 3);
    }
}
