//! IP datagrams put together from their fragments, both versions, in bounded memory (RFC 791, 8200, 5722).
//!
//! Policy, where receivers differ:
//! * IPv4: of overlapping bytes those seen first win. IPv6: an overlap discards the datagram (RFC 5722), but for an
//!   exact duplicate.
//! * Pieces that contradict each other about the end, or are too many, discard the datagram in either version.
//! * A discarded datagram is remembered until it is too old, so that its late pieces do not begin it anew.
//! * A piece that was cut is of no use: nothing after its hole could be placed in a stream.
//! * When memory is short the datagram begun first goes first. The order never depends on the hash.
//!
//! It knows no clock but the packets' own.

#![cfg_attr(not(test), deny(clippy::as_conversions))]

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::fate::{bump, closed_list};
use crate::layers::{Context, Datagram, Ip, Piece};

/// Longest payload of an IP datagram; what reaches further was never a datagram.
const DATAGRAM_BYTES_MAX: u32 = 65_535;
/// A full datagram over a 1 280-byte MTU has 53 pieces; tools that hide traffic cut an Ethernet packet into 8-byte
/// ones, which are 185, and a window of 5 to 8 KiB into up to 1 024. More would make the sorted list slow to grow.
const PIECES_MAX: usize = 1024;
/// What a datagram and a piece cost beside their bytes: table entries, list nodes, allocator.
const DATAGRAM_COST_BYTES: usize = 512;
const PIECE_COST_BYTES: usize = 64;

closed_list! {
/// What happened to pieces and datagrams.
pub enum FragmentEvent {
    /// A datagram was put together.
    Completed = "completed",
    /// A piece brought nothing new.
    Duplicate = "duplicate",
    /// An IPv4 piece overlapped others; its new bytes were taken.
    OverlapTrimmed = "overlap_trimmed",
    /// An IPv6 datagram was discarded because its pieces overlap.
    OverlapDiscarded = "overlap_discarded",
    /// A datagram was discarded because its pieces do not agree where it ends.
    EndDisputed = "end_disputed",
    /// A datagram was discarded because it has more pieces than the limit.
    TooManyPieces = "too_many_pieces",
    /// A piece of a datagram discarded before.
    AlreadyDiscarded = "already_discarded",
    /// A piece shorter than its header says: cut by the snap length, or by a tool that told nobody.
    SnapCut = "snap_cut",
    /// A piece without bytes.
    Empty = "empty",
    /// A piece that is not the last, and whose length is no multiple of 8.
    Misaligned = "misaligned",
    /// A piece that reaches beyond 65 535 bytes.
    Oversize = "oversize",
    /// A datagram given up because its pieces did not come in time, or before the end.
    Expired = "expired",
    /// A datagram given up to make room for a newer one.
    Evicted = "evicted",
    /// A piece larger than all the memory there is.
    NoRoom = "no_room",
}
}

/// Counters by event.
#[derive(Clone, Debug, Default)]
pub struct FragmentTally {
    events: [u64; FragmentEvent::ALL.len()],
}

impl FragmentTally {
    /// Every event, named, with its count.
    pub fn events(&self) -> impl Iterator<Item = (&'static str, u64)> {
        FragmentEvent::ALL.into_iter().map(FragmentEvent::name).zip(self.events)
    }

    fn count(&mut self, event: FragmentEvent) {
        bump(&mut self.events, event.slot());
    }
}

/// What became of a piece. The packet that brought it has the fate that says the same; a packet whose piece makes a
/// datagram `Whole` has the fate of that datagram.
#[derive(Debug)]
pub enum Added {
    Held,
    Dropped,
    Whole(Datagram),
}

/// What pieces of one datagram have in common. `protocol` is 0 for IPv6: there they may name different next headers
/// (RFC 8200 §4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    realm: u16,
    src: Ip,
    dst: Ip,
    v6: bool,
    protocol: u8,
    id: u32,
}

impl Key {
    fn of(piece: &Piece<'_>, realm: u16) -> Self {
        let protocol = if piece.v6 { 0 } else { piece.protocol };
        Self { realm, src: piece.src, dst: piece.dst, v6: piece.v6, protocol, id: piece.id }
    }
}

/// A datagram of which some pieces are here.
#[derive(Debug)]
struct Partial {
    key: Key,
    begun_ns: u64,
    /// Protocol and surroundings of the piece at offset 0, or of any while that one is not here.
    protocol: u8,
    context: Context,
    /// Sorted, not overlapping, none empty.
    pieces: Vec<(u32, Box<[u8]>)>,
    held_bytes: u32,
    total_bytes: Option<u32>,
    discarded: bool,
}

/// The datagrams being put together, `bytes_max` in all, costs of bookkeeping included.
#[derive(Debug)]
pub struct Fragments {
    bytes_max: usize,
    age_ns_max: u64,
    used_bytes: usize,
    next_number: u64,
    numbers: HashMap<Key, u64, ahash::RandomState>,
    /// By number, that is in the order in which they were begun.
    partials: BTreeMap<u64, Partial>,
}

impl Fragments {
    /// `bytes_max` bounds the memory; a datagram older than `age_ns_max` of packet time is given up.
    pub fn new(bytes_max: usize, age_ns_max: u64) -> Self {
        Self {
            bytes_max,
            age_ns_max,
            used_bytes: 0,
            next_number: 0,
            numbers: HashMap::with_hasher(ahash::RandomState::new()),
            partials: BTreeMap::new(),
        }
    }

    /// Takes a piece; `realm` keeps apart networks that use the same addresses.
    pub fn add(&mut self, piece: &Piece<'_>, realm: u16, ts_ns: u64, tally: &mut FragmentTally) -> Added {
        self.expire(ts_ns, tally);
        let taken = extent(piece).and_then(|(start, end)| {
            let key = Key::of(piece, realm);
            self.make_room(key, piece.data.len(), tally)?;
            let number = self.find_or_begin(key, piece, ts_ns, tally);
            self.grow(number, piece, start, end)
        });
        match taken {
            Ok((number, trimmed)) => {
                if trimmed {
                    tally.count(FragmentEvent::OverlapTrimmed);
                }
                self.take_if_whole(number, tally)
            }
            Err(event) => {
                tally.count(event);
                Added::Dropped
            }
        }
    }

    /// Bytes in use, never more than `bytes_max`.
    pub fn used_bytes(&self) -> usize {
        self.used_bytes
    }

    /// Gives up the datagrams that are too old, those begun first first. Time may run backwards in a capture, so one
    /// begun "in the future" is as stale as one begun long ago.
    fn expire(&mut self, ts_ns: u64, tally: &mut FragmentTally) {
        while let Some((&number, oldest)) = self.partials.first_key_value() {
            if oldest.begun_ns.abs_diff(ts_ns) <= self.age_ns_max {
                break;
            }
            self.remove(number);
            tally.count(FragmentEvent::Expired);
        }
    }

    /// The capture is over: what waits for pieces will not get them.
    pub fn finish(&mut self, tally: &mut FragmentTally) {
        while let Some((&number, partial)) = self.partials.first_key_value() {
            if !partial.discarded {
                tally.count(FragmentEvent::Expired);
            }
            self.remove(number);
        }
    }

    /// Makes room for a piece that may begin a datagram and may be split by every piece that it overlaps.
    fn make_room(&mut self, key: Key, piece_bytes: usize, tally: &mut FragmentTally) -> Result<(), FragmentEvent> {
        let here = self.numbers.get(&key).and_then(|number| self.partials.get(number));
        let parts = here.map_or(1, |partial| partial.pieces.len().saturating_add(1));
        let need = DATAGRAM_COST_BYTES.saturating_add(PIECE_COST_BYTES.saturating_mul(parts));
        let need = need.saturating_add(piece_bytes);
        if need > self.bytes_max {
            return Err(FragmentEvent::NoRoom);
        }
        while self.used_bytes.saturating_add(need) > self.bytes_max {
            let Some((&number, _)) = self.partials.first_key_value() else {
                break;
            };
            self.remove(number);
            tally.count(FragmentEvent::Evicted);
        }
        Ok(())
    }

    fn find_or_begin(&mut self, key: Key, piece: &Piece<'_>, ts_ns: u64, tally: &mut FragmentTally) -> u64 {
        if let Some(&number) = self.numbers.get(&key) {
            let begun_ns = self.partials.get(&number).map(|partial| partial.begun_ns);
            if begun_ns.is_some_and(|begun_ns| begun_ns.abs_diff(ts_ns) <= self.age_ns_max) {
                return number;
            }
            // Behind a younger one in the order, and too old all the same: ids come round again.
            self.remove(number);
            tally.count(FragmentEvent::Expired);
        }
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        self.numbers.insert(key, number);
        self.partials.insert(number, Partial::begin(key, piece, ts_ns));
        self.used_bytes = self.used_bytes.saturating_add(DATAGRAM_COST_BYTES);
        number
    }

    /// Puts the piece into its datagram and keeps account of the bytes.
    fn grow(&mut self, number: u64, piece: &Piece<'_>, start: u32, end: u32) -> Result<(u64, bool), FragmentEvent> {
        let partial = self.partials.get_mut(&number).ok_or(FragmentEvent::NoRoom)?;
        let before = partial.cost_bytes();
        let taken = partial.take(piece, start, end);
        self.used_bytes = self.used_bytes.saturating_sub(before).saturating_add(partial.cost_bytes());
        taken.map(|trimmed| (number, trimmed))
    }

    fn take_if_whole(&mut self, number: u64, tally: &mut FragmentTally) -> Added {
        if !self.partials.get(&number).is_some_and(Partial::is_whole) {
            return Added::Held;
        }
        match self.remove(number) {
            Some(partial) => {
                tally.count(FragmentEvent::Completed);
                Added::Whole(partial.into_datagram())
            }
            None => Added::Held,
        }
    }

    fn remove(&mut self, number: u64) -> Option<Partial> {
        let partial = self.partials.remove(&number)?;
        self.numbers.remove(&partial.key);
        self.used_bytes = self.used_bytes.saturating_sub(partial.cost_bytes());
        Some(partial)
    }
}

/// Where a piece lies in its datagram, if it is fit to lie anywhere.
fn extent(piece: &Piece<'_>) -> Result<(u32, u32), FragmentEvent> {
    if piece.cut {
        return Err(FragmentEvent::SnapCut);
    }
    if piece.data.is_empty() {
        return Err(FragmentEvent::Empty);
    }
    let bytes = u32::try_from(piece.data.len()).map_err(|_| FragmentEvent::Oversize)?;
    let end = piece.offset.checked_add(bytes).filter(|end| *end <= DATAGRAM_BYTES_MAX);
    let end = end.ok_or(FragmentEvent::Oversize)?;
    if piece.more && bytes % 8 != 0 {
        return Err(FragmentEvent::Misaligned);
    }
    Ok((piece.offset, end))
}

impl Partial {
    fn begin(key: Key, piece: &Piece<'_>, begun_ns: u64) -> Self {
        Self {
            key,
            begun_ns,
            protocol: piece.protocol,
            context: piece.context,
            pieces: Vec::new(),
            held_bytes: 0,
            total_bytes: None,
            discarded: false,
        }
    }

    fn cost_bytes(&self) -> usize {
        let held = usize::try_from(self.held_bytes).unwrap_or(usize::MAX);
        let pieces = self.pieces.len().saturating_mul(PIECE_COST_BYTES);
        held.saturating_add(pieces).saturating_add(DATAGRAM_COST_BYTES)
    }

    fn is_whole(&self) -> bool {
        self.total_bytes == Some(self.held_bytes)
    }

    /// Takes what is new of a piece; true when part of it was here before.
    fn take(&mut self, piece: &Piece<'_>, start: u32, end: u32) -> Result<bool, FragmentEvent> {
        if self.discarded {
            return Err(FragmentEvent::AlreadyDiscarded);
        }
        self.agree_on_end(piece.more, end)?;
        let gaps = self.gaps(start, end);
        let gap_bytes = gaps.iter().fold(0_u32, |sum, (from, to)| sum.saturating_add(to.saturating_sub(*from)));
        let trimmed = gap_bytes < end.saturating_sub(start);
        if gaps.is_empty() && (!self.key.v6 || self.has_exactly(start, piece.data)) {
            return Err(FragmentEvent::Duplicate);
        }
        if trimmed && self.key.v6 {
            return Err(self.discard(FragmentEvent::OverlapDiscarded));
        }
        if self.pieces.len().saturating_add(gaps.len()) > PIECES_MAX {
            return Err(self.discard(FragmentEvent::TooManyPieces));
        }
        for (from, to) in gaps {
            self.insert(from, part_of(piece.data, from.saturating_sub(start), to.saturating_sub(start)));
        }
        if start == 0 {
            (self.protocol, self.context) = (piece.protocol, piece.context);
        }
        Ok(trimmed)
    }

    /// The last piece says where the datagram ends; no other piece may reach further, nor another last one differ.
    fn agree_on_end(&mut self, more: bool, end: u32) -> Result<(), FragmentEvent> {
        let reached = self.pieces.last().map_or(0, |(start, bytes)| end_of(*start, bytes));
        let agrees = match (self.total_bytes, more) {
            (None, true) => true,
            (None, false) => reached <= end,
            (Some(total), true) => end <= total,
            (Some(total), false) => end == total,
        };
        if !agrees {
            return Err(self.discard(FragmentEvent::EndDisputed));
        }
        if !more {
            self.total_bytes = Some(end);
        }
        Ok(())
    }

    /// The parts of `start..end` that are not here yet.
    fn gaps(&self, start: u32, end: u32) -> Vec<(u32, u32)> {
        let mut gaps = Vec::new();
        let mut from = start;
        let first = self.pieces.partition_point(|(piece_start, bytes)| end_of(*piece_start, bytes) <= start);
        for (piece_start, bytes) in self.pieces.iter().skip(first) {
            if *piece_start >= end {
                break;
            }
            if *piece_start > from {
                gaps.push((from, *piece_start));
            }
            from = end_of(*piece_start, bytes);
        }
        if from < end {
            gaps.push((from, end));
        }
        gaps
    }

    fn has_exactly(&self, start: u32, data: &[u8]) -> bool {
        let place = self.pieces.binary_search_by_key(&start, |(piece_start, _)| *piece_start);
        let piece = place.ok().and_then(|place| self.pieces.get(place));
        piece.is_some_and(|(_, bytes)| **bytes == *data)
    }

    fn insert(&mut self, start: u32, bytes: &[u8]) {
        let place = self.pieces.partition_point(|(piece_start, _)| *piece_start < start);
        self.held_bytes = end_of(self.held_bytes, bytes);
        self.pieces.insert(place, (start, bytes.into()));
    }

    fn discard(&mut self, why: FragmentEvent) -> FragmentEvent {
        self.pieces = Vec::new();
        self.held_bytes = 0;
        self.total_bytes = None;
        self.discarded = true;
        why
    }

    fn into_datagram(self) -> Datagram {
        let bytes = self.pieces.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
        Datagram { v6: self.key.v6, protocol: self.protocol, bytes, context: self.context }
    }
}

fn end_of(start: u32, bytes: &[u8]) -> u32 {
    start.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX))
}

fn part_of(data: &[u8], from: u32, to: u32) -> &[u8] {
    let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    data.get(place(from)..place(to)).unwrap_or_default()
}
