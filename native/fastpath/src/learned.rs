//! Addresses learned from DNS answers for listed names: a bounded table by realm and address.
//!
//! When it is full, the address that was answered longest ago gives way. That order comes from a count of the answers,
//! never from the hash, which is randomly keyed because the wire chooses the keys.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use std::collections::BTreeMap;
use std::sync::Arc;

use ahash::RandomState;
use hashbrown::HashTable;

use crate::layers::Ip;

/// Where an address was learned: the realm, and the address.
pub type Place = (u16, Ip);

/// What an answer said of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    entry: u32,
    name: Arc<str>,
    seen_ns: u64,
    expires_ns: u64,
}

impl Lesson {
    /// Entry of the listed name.
    #[must_use]
    pub fn entry(&self) -> u32 {
        self.entry
    }

    /// The name that was answered, lower case; all addresses of one answer share it.
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// Time since the answer.
    #[must_use]
    pub fn age_ns(&self, now_ns: u64) -> u64 {
        now_ns.saturating_sub(self.seen_ns)
    }
}

struct Row {
    place: Place,
    /// The answer it came with, in the order of answers.
    turn: u64,
    lesson: Lesson,
}

/// The learned addresses.
pub struct Learned {
    index: HashTable<u32>,
    rows: Vec<Row>,
    /// Rows by the turn they were last learned in.
    by_turn: BTreeMap<u64, u32>,
    hasher: RandomState,
    rows_max: usize,
    turn: u64,
}

impl Learned {
    /// A table of at most `addresses_max`; memory is taken as addresses come.
    #[must_use]
    pub fn new(addresses_max: usize) -> Self {
        Self {
            index: HashTable::new(),
            rows: Vec::new(),
            by_turn: BTreeMap::new(),
            hasher: RandomState::new(),
            rows_max: addresses_max.clamp(1, u32::MAX as usize),
            turn: 0,
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Remembers that an answer for the listed `name` gave the address at `place`, for `keep_ns` from now. What was
    /// known of the address is replaced. Returns true if another address had to be forgotten for it.
    pub fn learn(&mut self, place: Place, entry: u32, name: &Arc<str>, now_ns: u64, keep_ns: u64) -> bool {
        let lesson =
            Lesson { entry, name: Arc::clone(name), seen_ns: now_ns, expires_ns: now_ns.saturating_add(keep_ns) };
        self.turn = self.turn.saturating_add(1);
        let row = Row { place, turn: self.turn, lesson };
        if let Some(number) = self.number(&place) {
            self.replace(number, row);
            return false;
        }
        if self.rows.len() < self.rows_max {
            self.append(row);
            return false;
        }
        if let Some((_, oldest)) = self.by_turn.first_key_value() {
            let oldest = *oldest;
            self.unlist(oldest);
            self.replace(oldest, row);
            self.list(oldest);
        }
        true
    }

    /// What is known of an address, if it is not forgotten yet.
    #[inline]
    #[must_use]
    pub fn lookup(&self, place: Place, now_ns: u64) -> Option<&Lesson> {
        if self.rows.is_empty() {
            return None;
        }
        let row = self.rows.get(self.number(&place)? as usize)?;
        Some(&row.lesson).filter(|lesson| now_ns <= lesson.expires_ns)
    }

    fn number(&self, place: &Place) -> Option<u32> {
        let is_it = |&number: &u32| self.rows.get(number as usize).is_some_and(|row| row.place == *place);
        self.index.find(self.hasher.hash_one(place), is_it).copied()
    }

    fn append(&mut self, row: Row) {
        let Ok(number) = u32::try_from(self.rows.len()) else { return };
        self.by_turn.insert(row.turn, number);
        self.rows.push(row);
        self.list(number);
    }

    fn replace(&mut self, number: u32, row: Row) {
        if let Some(place) = self.rows.get_mut(number as usize) {
            self.by_turn.remove(&place.turn);
            self.by_turn.insert(row.turn, number);
            *place = row;
        }
    }

    fn list(&mut self, number: u32) {
        let Self { index, rows, hasher, .. } = self;
        let hash = |&number: &u32| rows.get(number as usize).map_or(0, |row| hasher.hash_one(row.place));
        index.insert_unique(hash(&number), number, hash);
    }

    fn unlist(&mut self, number: u32) {
        let Some(row) = self.rows.get(number as usize) else { return };
        if let Ok(found) = self.index.find_entry(self.hasher.hash_one(row.place), |&other| other == number) {
            found.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_NS: u64 = 1_000_000_000;

    fn ip(number: u32) -> Ip {
        Ip(u128::from(number).to_be_bytes())
    }

    fn name(text: &str) -> Arc<str> {
        text.into()
    }

    #[test]
    fn an_address_is_known_in_its_realm_until_it_expires() {
        let mut learned = Learned::new(8);
        learned.learn((1, ip(7)), 42, &name("eu.pool.example"), 10 * SECOND_NS, 60 * SECOND_NS);
        let lesson = learned.lookup((1, ip(7)), 30 * SECOND_NS).expect("known");
        assert_eq!(
            (lesson.entry, &*lesson.name, lesson.age_ns(30 * SECOND_NS)),
            (42, "eu.pool.example", 20 * SECOND_NS)
        );
        assert!(learned.lookup((1, ip(7)), 70 * SECOND_NS).is_some());
        assert_eq!(learned.lookup((1, ip(7)), 70 * SECOND_NS + 1), None);
        assert_eq!(learned.lookup((0, ip(7)), 30 * SECOND_NS), None);
        assert_eq!(learned.lookup((1, ip(8)), 30 * SECOND_NS), None);
        assert_eq!(lesson.age_ns(0), 0);
    }

    #[test]
    fn a_later_answer_replaces_the_earlier_one() {
        let mut learned = Learned::new(8);
        learned.learn((0, ip(1)), 1, &name("a.example"), 0, 10);
        learned.learn((0, ip(1)), 2, &name("b.example"), 5, 10);
        assert_eq!(learned.len(), 1);
        let lesson = learned.lookup((0, ip(1)), 15).expect("known");
        assert_eq!((lesson.entry, &*lesson.name, lesson.seen_ns, lesson.expires_ns), (2, "b.example", 5, 15));
    }

    #[test]
    fn the_address_answered_longest_ago_gives_way() {
        let mut learned = Learned::new(3);
        let pool = name("pool.example");
        for number in [1, 2, 3] {
            assert!(!learned.learn((0, ip(number)), number, &pool, 0, SECOND_NS));
        }
        assert!(!learned.learn((0, ip(1)), 1, &pool, 0, SECOND_NS));
        assert!(learned.learn((0, ip(4)), 4, &pool, 0, SECOND_NS));
        let known = |learned: &Learned| {
            (1..=6).filter(|&number| learned.lookup((0, ip(number)), 0).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(known(&learned), [1, 3, 4]);
        assert!(learned.learn((0, ip(5)), 5, &pool, 0, SECOND_NS));
        assert!(learned.learn((0, ip(6)), 6, &pool, 0, SECOND_NS));
        assert_eq!(known(&learned), [4, 5, 6]);
        assert_eq!(learned.len(), 3);
    }

    #[test]
    fn a_flood_of_answers_leaves_the_latest_and_never_outgrows_its_bound() {
        let mut learned = Learned::new(1000);
        let pool = name("pool.example");
        for number in 0..20_000 {
            learned.learn((0, ip(number)), number, &pool, u64::from(number), SECOND_NS);
        }
        assert_eq!((learned.len(), learned.by_turn.len(), learned.index.len()), (1000, 1000, 1000));
        for number in 0..20_000 {
            let entry = learned.lookup((0, ip(number)), 0).map(|lesson| lesson.entry);
            assert_eq!(entry, (number >= 19_000).then_some(number));
        }
    }

    #[test]
    fn the_end_of_time_is_no_trap() {
        let mut learned = Learned::new(0);
        learned.learn((0, ip(1)), 1, &name("a.example"), u64::MAX, u64::MAX);
        assert!(learned.lookup((0, ip(1)), u64::MAX).is_some());
    }
}
