//! Payload with its place on the sequence circle, as it comes and as it waits; and the arithmetic of both.
//!
//! Bytes that the snap length cut lie behind the data of a segment: they count on the circle and are nowhere kept.

/// A segment's payload with its place in the stream. `missing` bytes behind `data` were cut by the snap length;
/// `needs` is the acknowledgement number: what the sender had received when it sent this.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    pub ts_ns: u64,
    pub seq: u32,
    pub needs: Option<u32>,
    pub data: &'a [u8],
    pub missing: u32,
}

/// A segment, or a part of one, that waits in a reorder buffer.
pub struct Piece {
    pub ts_ns: u64,
    pub seq: u32,
    pub needs: Option<u32>,
    pub data: Vec<u8>,
    pub missing: u32,
}

impl Piece {
    #[must_use]
    pub fn wire_len(&self) -> u32 {
        wire_len(&self.data, self.missing)
    }

    #[must_use]
    pub fn end(&self) -> u32 {
        self.seq.wrapping_add(self.wire_len())
    }
}

/// Bytes on the wire: those captured and those cut behind them.
#[must_use]
pub fn wire_len(data: &[u8], missing: u32) -> u32 {
    u32::try_from(data.len()).unwrap_or(u32::MAX).saturating_add(missing)
}

/// `a - b` on the sequence circle (RFC 9293 section 3.4).
#[must_use]
pub fn distance(a: u32, b: u32) -> i32 {
    i32::from_ne_bytes(a.wrapping_sub(b).to_ne_bytes())
}

/// How far apart two places on the sequence circle lie, whichever is ahead: half the circle has no opposite in 32 bits.
#[must_use]
pub fn apart(a: u32, b: u32) -> u32 {
    distance(a, b).unsigned_abs()
}

/// Drops what lies before `from`.
pub fn trim_front(segment: &mut Segment<'_>, from: u32) {
    let overlap = distance(from, segment.seq);
    if overlap > 0 {
        *segment = split(segment, overlap.unsigned_abs()).1;
    }
}

/// Splits a segment `at` wire bytes from its start; bytes cut by the snap length lie behind the data.
#[must_use]
pub fn split<'a>(segment: &Segment<'a>, at: u32) -> (Segment<'a>, Segment<'a>) {
    let cut = (at as usize).min(segment.data.len());
    let (head, tail) = segment.data.split_at_checked(cut).unwrap_or((segment.data, &[]));
    let head_missing = at.saturating_sub(u32::try_from(cut).unwrap_or(u32::MAX)).min(segment.missing);
    let before = Segment { data: head, missing: head_missing, ..*segment };
    let after = Segment {
        seq: segment.seq.wrapping_add(wire_len(head, head_missing)),
        data: tail,
        missing: segment.missing.saturating_sub(head_missing),
        ..*segment
    };
    (before, after)
}
