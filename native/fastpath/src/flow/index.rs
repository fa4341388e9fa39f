//! Rows by the hash of their key: where to look for one is a single line of the cache.
//!
//! Knows hashes and rows, not keys: it names rows whose key may be the wanted one, and the table compares.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use std::hint::black_box;

use crate::lru::NIL;

/// Rows of a line: with their tags and the count they are 64 bytes.
const PLACES: usize = 12;
/// Rows to a line on the average before there are twice as many lines. With so many, one in sixteen lines is full.
const FILLING: usize = 8;
/// Lines of a new index.
const LINES_MIN: usize = 64;
/// The tag of a place without a row.
const FREE: u8 = 0;
/// Is set in the tags of rows.
const TAKEN: u8 = 0x80;

/// A one in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;

/// One line of the cache: twelve rows, a byte of the hash of each as its tag, and how many rows that belong here stand
/// in the lines behind it for want of a place.
#[derive(Clone)]
#[repr(align(64))]
struct Line {
    /// Tags of the first eight places, the first in the lowest byte.
    first_tags: u64,
    /// Tags of the other four.
    last_tags: u32,
    passed: u32,
    rows: [u32; PLACES],
}

impl Line {
    const EMPTY: Self = Self { first_tags: 0, last_tags: 0, passed: 0, rows: [0; PLACES] };

    /// The places with this tag, and maybe others: of rows, never free ones among rows.
    #[inline]
    fn tagged(&self, tag: u8) -> Places {
        let pattern = ONES.wrapping_mul(u64::from(tag));
        let first = zero_bytes(self.first_tags ^ pattern);
        let last = zero_bytes((u64::from(self.last_tags) ^ pattern) | !u64::from(u32::MAX));
        Places((first >> 7) | (last >> 6))
    }

    #[inline]
    fn row(&self, place: usize) -> u32 {
        self.rows.get(place).copied().unwrap_or_default()
    }

    fn put(&mut self, place: usize, tag: u8, row: u32) {
        self.set_tag(place, tag);
        if let Some(other) = self.rows.get_mut(place) {
            *other = row;
        }
    }

    fn set_tag(&mut self, place: usize, tag: u8) {
        let (mut first, mut last) = (self.first_tags.to_le_bytes(), self.last_tags.to_le_bytes());
        if let Some(other) = first.iter_mut().chain(&mut last).nth(place) {
            *other = tag;
        }
        (self.first_tags, self.last_tags) = (u64::from_le_bytes(first), u32::from_le_bytes(last));
    }
}

/// The highest bit of each byte that is zero. A one behind a zero may be taken for another: it is no tag, and of two tags
/// that differ by it a row of the one is taken for one of the other.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & (ONES << 7)
}

/// Places of a line: a byte has a bit for one of the first eight, and one for one of the others.
struct Places(u64);

impl Iterator for Places {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0.wrapping_sub(1);
        Some((bit >> 3) | ((bit & 1) << 3))
    }
}

pub(super) struct Index {
    /// A power of two of them.
    lines: Vec<Line>,
    len: usize,
}

impl Index {
    pub(super) fn new() -> Self {
        Self { lines: vec![Line::EMPTY; LINES_MIN], len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The row that `is_wanted`, of those whose hash may be this one.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_wanted: impl Fn(u32) -> bool) -> Option<u32> {
        let tag = tag(hash);
        let mut at = self.home(hash);
        loop {
            let line = self.lines.get(at)?;
            if let Some(row) = line.tagged(tag).map(|place| line.row(place)).find(|&row| is_wanted(row)) {
                return Some(row);
            }
            if line.passed == 0 {
                return None;
            }
            at = self.behind(at);
        }
    }

    /// Has the lines brought near in which rows of these hashes belong.
    #[inline]
    pub(super) fn touch(&self, hashes: impl Iterator<Item = u64>) {
        let passed = hashes.filter_map(|hash| self.lines.get(self.home(hash))).map(|line| line.passed);
        black_box(passed.fold(0, |all, passed| all | passed));
    }

    /// A row that probably has this hash; if there is none, a number that is none of a row.
    #[inline]
    pub(super) fn guess(&self, hash: u64) -> u32 {
        let line = self.lines.get(self.home(hash));
        line.and_then(|line| line.tagged(tag(hash)).next().map(|place| line.row(place))).unwrap_or(NIL)
    }

    /// Adds a row that is not there; the caller saw to its place with [`Index::is_crowded`].
    pub(super) fn insert(&mut self, hash: u64, row: u32) {
        self.len = self.len.saturating_add(1);
        let mut at = self.home(hash);
        while let Some(line) = self.lines.get_mut(at) {
            if let Some(place) = line.tagged(FREE).next() {
                line.put(place, tag(hash), row);
                return;
            }
            line.passed = line.passed.saturating_add(1);
            at = self.behind(at);
        }
    }

    pub(super) fn remove(&mut self, hash: u64, row: u32) {
        let tag = tag(hash);
        let mut at = self.home(hash);
        while let Some(line) = self.lines.get_mut(at) {
            let found = line.tagged(tag).find(|&place| line.row(place) == row);
            if let Some(place) = found {
                line.set_tag(place, FREE);
                self.len = self.len.saturating_sub(1);
                self.came_back(hash, at);
                return;
            }
            if line.passed == 0 {
                return;
            }
            at = self.behind(at);
        }
    }

    /// A row of this hash no longer stands in the line `to`: those before it have one less that passed.
    fn came_back(&mut self, hash: u64, to: usize) {
        let mut at = self.home(hash);
        while at != to {
            let Some(line) = self.lines.get_mut(at) else { return };
            line.passed = line.passed.saturating_sub(1);
            at = self.behind(at);
        }
    }

    /// Whether another row wants an index of more lines first.
    pub(super) fn is_crowded(&self) -> bool {
        self.len >= self.lines.len().saturating_mul(FILLING)
    }

    /// An index of twice as many lines, with these rows.
    pub(super) fn grow(&mut self, hashed: impl Iterator<Item = (u64, u32)>) {
        let lines = self.lines.len().saturating_mul(2);
        // The old ones are given back first.
        self.lines = Vec::new();
        (self.lines, self.len) = (vec![Line::EMPTY; lines], 0);
        hashed.for_each(|(hash, row)| self.insert(hash, row));
    }

    /// The line in which a row of this hash stands if it has a place.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are what is wanted")]
    fn home(&self, hash: u64) -> usize {
        hash as usize & self.lines.len().wrapping_sub(1)
    }

    #[inline]
    fn behind(&self, at: usize) -> usize {
        at.wrapping_add(1) & self.lines.len().wrapping_sub(1)
    }
}

/// The byte of a hash that stands for it in its line: one that says nothing of the line.
#[inline]
fn tag(hash: u64) -> u8 {
    let [.., highest] = hash.to_le_bytes();
    highest | TAKEN
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Hashes that crowd few lines and have few tags.
    fn narrow(seed: u16) -> u64 {
        (u64::from(seed & 0x3) << 56) | u64::from(seed >> 2 & 0x3)
    }

    proptest! {
        #[test]
        fn it_knows_the_rows_that_were_added_and_not_removed(
            steps in proptest::collection::vec((any::<u16>(), any::<bool>()), 0..400)
        ) {
            let mut index = Index::new();
            let mut rows = BTreeMap::<u32, u64>::new();
            for (number, (seed, is_added)) in (0..).zip(steps) {
                if is_added {
                    if index.is_crowded() {
                        index.grow(rows.iter().map(|(&row, &hash)| (hash, row)));
                    }
                    index.insert(narrow(seed), number);
                    rows.insert(number, narrow(seed));
                } else if let Some((&row, &hash)) = rows.range(u32::from(seed) % (number + 1)..).next() {
                    index.remove(hash, row);
                    rows.remove(&row);
                    prop_assert_eq!(index.find(hash, |other| other == row), None);
                }
                prop_assert_eq!(index.len(), rows.len());
            }
            for (&row, &hash) in &rows {
                prop_assert_eq!(index.find(hash, |other| other == row), Some(row));
            }
            for (row, hash) in rows {
                index.remove(hash, row);
            }
            let is_empty = |line: &Line| line.passed == 0 && line.first_tags == 0 && line.last_tags == 0;
            prop_assert!(index.len() == 0 && index.lines.iter().all(is_empty));
        }

        #[test]
        fn no_place_of_a_tag_is_missed_and_free_ones_are_no_rows(hashes in any::<[u8; PLACES]>(), wanted in 0_u8..6) {
            let tags = [FREE, TAKEN, TAKEN | 1, TAKEN | 2, 0xff, 0xfe];
            let tag_at = |place: usize| tags[usize::from(hashes[place]) % tags.len()];
            let (mut line, wanted) = (Line::EMPTY, tags[usize::from(wanted)]);
            (0..PLACES).for_each(|place| line.put(place, tag_at(place), 0));
            let places: Vec<usize> = line.tagged(wanted).collect();
            prop_assert!((0..PLACES).all(|place| tag_at(place) != wanted || places.contains(&place)));
            prop_assert!(places.iter().all(|&place| (tag_at(place) == FREE) == (wanted == FREE)));
        }
    }

    #[test]
    fn a_line_is_one_of_the_cache() {
        assert_eq!(size_of::<Line>(), 64);
    }
}
