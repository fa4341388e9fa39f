//! The table of flows: fixed memory, expiry by packet time.

use std::hint::black_box;

use super::hasher::KeyHasher;
use super::index::Index;
use super::key::Key;
use super::slot::{CLASSES, Class, Extra, Slot};
use crate::looks::Looks;
use crate::lru::{Lists, NIL};
use crate::side::Side;

/// For [`Table::find`]: nothing was guessed.
pub const NO_GUESS: u32 = NIL;

/// What gives way first when the table is full.
const YIELDING: [Class; 3] = [Class::Brief, Class::Udp, Class::Tcp];
/// A row that was used since it was put to the back gets another turn, at most this often in one eviction.
const SECOND_CHANCES: usize = 8;

/// What few packets of a flow ask for: it stands apart from the slot, so that the others need one line of the cache.
#[derive(Clone, Copy, Default)]
pub struct Past {
    /// Packet time of the first packet.
    pub first_ns: u64,
    pub looks: Looks,
    /// When the row was put to the back of its list.
    stamp_s: u32,
}

/// A slot that left the table, for its owner to settle accounts.
pub struct Left {
    pub row: u32,
    pub slot: Slot,
}

/// Where a packet belongs.
pub struct Found {
    pub row: u32,
    pub side: Side,
    pub is_new: bool,
}

pub struct Table {
    index: Index,
    hasher: KeyHasher,
    slots: Vec<Option<Slot>>,
    pasts: Vec<Past>,
    free: Vec<u32>,
    lists: Lists<CLASSES>,
    idle_ns: [u64; CLASSES],
    flows_max: usize,
}

impl Table {
    /// A table of at most `flows_max` flows; `idle_ns` by class. Its memory is reserved at once, so that it is never
    /// moved, and touched only as flows come.
    #[must_use]
    pub fn new(flows_max: usize, idle_ns: [u64; CLASSES]) -> Self {
        Self {
            index: Index::new(),
            hasher: KeyHasher::new(),
            slots: Vec::with_capacity(flows_max),
            pasts: Vec::with_capacity(flows_max),
            free: Vec::new(),
            lists: Lists::with_capacity(flows_max),
            idle_ns,
            flows_max: flows_max.max(1),
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    #[must_use]
    pub fn get(&self, row: u32) -> Option<&Slot> {
        slot_at(&self.slots, row)
    }

    #[inline]
    #[must_use]
    pub fn get_mut(&mut self, row: u32) -> Option<&mut Slot> {
        self.slots.get_mut(row as usize).and_then(Option::as_mut)
    }

    /// The past of a flow; that of a row without one says nothing.
    #[must_use]
    pub fn past(&self, row: u32) -> Past {
        self.pasts.get(row as usize).copied().unwrap_or_default()
    }

    #[must_use]
    pub fn past_mut(&mut self, row: u32) -> Option<&mut Past> {
        self.pasts.get_mut(row as usize)
    }

    /// `ts_ns` is the time of the first packet of the flow, or of what is to be told as another one under its key.
    pub fn begin_account(&mut self, row: u32, ts_ns: u64) {
        if let Some(past) = self.past_mut(row) {
            past.first_ns = ts_ns;
        }
    }

    /// For [`Table::find`] and [`Table::add`].
    #[inline]
    #[must_use]
    pub fn hash(&self, key: &Key) -> u64 {
        self.hasher.hash(key.words())
    }

    /// Has the places brought near where the rows of these hashes stand in the index.
    #[inline]
    pub fn touch_index(&self, hashes: impl Iterator<Item = u64>) {
        self.index.touch(hashes);
    }

    /// The row that [`Table::find`] is likely to find.
    #[inline]
    #[must_use]
    pub fn guess(&self, hash: u64) -> u32 {
        self.index.guess(hash)
    }

    /// Has these rows brought near.
    #[inline]
    pub fn touch(&self, rows: impl Iterator<Item = u32>) {
        let slots = rows.filter_map(|row| slot_at(&self.slots, row));
        black_box(slots.fold(0, |all, slot| all | slot.last_ns));
    }

    /// The flow of a packet whose sender is the key's low end iff `from_low`.
    #[inline]
    #[must_use]
    pub fn find(&self, key: &Key, hash: u64, from_low: bool, guess: u32) -> Option<Found> {
        let row = if self.is_at(guess, key) { guess } else { self.search(key, hash)? };
        let side = slot_at(&self.slots, row)?.side(from_low);
        Some(Found { row, side, is_new: false })
    }

    /// The flow with this key if it is in `row` and not over, and the sender's side.
    #[inline]
    pub(crate) fn known(&mut self, row: u32, key: &Key, from_low: bool, now_ns: u64) -> Option<(&mut Slot, Side)> {
        let Self { slots, idle_ns, .. } = self;
        let slot = slots.get_mut(row as usize)?.as_mut().filter(|slot| slot.key() == key)?;
        let side = slot.side(from_low);
        (!is_idle(slot, idle_ns, now_ns)).then_some((slot, side))
    }

    #[inline(never)]
    fn search(&self, key: &Key, hash: u64) -> Option<u32> {
        self.index.find(hash, |row| self.is_at(row, key))
    }

    #[inline]
    fn is_at(&self, row: u32, key: &Key) -> bool {
        slot_at(&self.slots, row).is_some_and(|slot| slot.key() == key)
    }

    /// Adds the flow of a packet; it must not be there yet, and the caller saw to room with [`Table::make_room`].
    pub fn add(&mut self, key: Key, hash: u64, from_low: bool, now_ns: u64) -> Found {
        if self.index.is_crowded() {
            self.grow_index();
        }
        let Self { index, slots, pasts, free, lists, .. } = self;
        let row = free.pop().unwrap_or_else(|| {
            slots.push(None);
            pasts.push(Past::default());
            u32::try_from(slots.len() - 1).unwrap_or(NIL)
        });
        index.insert(hash, row);
        if let (Some(place), Some(past)) = (slots.get_mut(row as usize), pasts.get_mut(row as usize)) {
            *place = Some(Slot::new(key, from_low, now_ns));
            *past = Past { stamp_s: seconds(now_ns), ..Past::default() };
        }
        lists.push(Class::Brief as usize, row);
        Found { row, side: Side::A, is_new: true }
    }

    #[cold]
    fn grow_index(&mut self) {
        let Self { index, hasher, slots, .. } = self;
        let rows = (0..).zip(slots.iter()).filter_map(|(row, slot)| Some((row, slot.as_ref()?)));
        index.grow(rows.map(|(row, slot)| (hasher.hash(slot.key().words()), row)));
    }

    /// Takes the flow that must give way before a new one fits; none if there is room.
    pub fn make_room(&mut self) -> Option<Left> {
        if self.len() < self.flows_max {
            return None;
        }
        let row = YIELDING.iter().find_map(|&class| self.yielding(class))?;
        self.remove(row)
    }

    /// No new flow fits although nothing may give way (every flow is followed).
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() >= self.flows_max
    }

    #[inline]
    pub fn set_class(&mut self, row: u32, class: Class, now_ns: u64) {
        if let Some(slot) = self.get_mut(row) {
            if slot.class != class {
                let former = std::mem::replace(&mut slot.class, class);
                self.change_list(row, former, now_ns);
            }
        }
    }

    fn change_list(&mut self, row: u32, former: Class, now_ns: u64) {
        self.lists.remove(former as usize, row);
        if let Some(past) = self.past_mut(row) {
            past.stamp_s = seconds(now_ns);
        }
        if let Some(class) = self.class(row) {
            self.lists.push(class as usize, row);
        }
    }

    #[must_use]
    pub fn class(&self, row: u32) -> Option<Class> {
        self.get(row).map(|slot| slot.class)
    }

    /// Whether the flow has been idle too long and is only not removed yet: those that are not followed are looked for
    /// seldom.
    #[inline]
    #[must_use]
    pub fn is_over(&self, row: u32, now_ns: u64) -> bool {
        slot_at(&self.slots, row).is_some_and(|slot| slot.class != Class::Followed && is_idle(slot, &self.idle_ns, now_ns))
    }

    /// A followed flow was used: they stand in the order of their use, so that each is found when its time is up.
    pub fn use_again(&mut self, row: u32, now_ns: u64) {
        self.lists.to_back(Class::Followed as usize, row);
        if let Some(past) = self.past_mut(row) {
            past.stamp_s = seconds(now_ns);
        }
    }

    /// The row of a flow that has been idle too long, in a fixed order; to be removed before the next call.
    pub fn idle(&mut self, now_ns: u64) -> Option<u32> {
        for (list, idle_ns) in self.idle_ns.into_iter().enumerate() {
            while let Some(row) = self.lists.oldest(list) {
                let Some(past) = self.pasts.get_mut(row as usize) else { break };
                if u64::from(past.stamp_s).saturating_mul(SECOND).saturating_add(idle_ns) >= now_ns {
                    break;
                }
                let Some(slot) = slot_at(&self.slots, row) else { break };
                if slot.last_ns.saturating_add(idle_ns) < now_ns {
                    return Some(row);
                }
                let used_s = seconds(slot.last_ns);
                if used_s == past.stamp_s {
                    // Due within this second, but not yet: whatever stands behind it is no older.
                    break;
                }
                past.stamp_s = used_s;
                self.lists.to_back(list, row);
            }
        }
        None
    }

    pub fn remove(&mut self, row: u32) -> Option<Left> {
        let Self { index, hasher, slots, free, lists, .. } = self;
        let slot = slots.get_mut(row as usize)?.take()?;
        let hash = hasher.hash(slot.key().words());
        index.remove(hash, row);
        lists.remove(slot.class as usize, row);
        free.push(row);
        Some(Left { row, slot })
    }

    /// Ends the flow in `row` and begins another under the same key, with `side` of the old one as its A: a port was
    /// used again. Returns what left and the new row.
    pub fn replace(&mut self, row: u32, side: Side, now_ns: u64) -> Option<(Left, u32)> {
        let left = self.remove(row)?;
        let (key, from_low) = (*left.slot.key(), left.slot.is_low(side));
        let hash = self.hash(&key);
        Some((left, self.add(key, hash, from_low, now_ns).row))
    }

    /// The rows of all flows that have a session, by the time of their first packet: for the end of the input.
    #[must_use]
    pub fn followed(&self) -> Vec<u32> {
        let rows = 0..u32::try_from(self.slots.len()).unwrap_or(NIL);
        let is_followed = |&row: &u32| self.get(row).is_some_and(|slot| matches!(slot.extra(), Extra::Session(_)));
        let mut made: Vec<(u64, u32)> = rows.filter(is_followed).map(|row| (self.past(row).first_ns, row)).collect();
        made.sort_unstable();
        made.into_iter().map(|(_, row)| row).collect()
    }

    /// Takes all flows, by row: for the end of the input.
    pub fn take_all(&mut self) -> impl Iterator<Item = Left> + use<> {
        self.index = Index::new();
        self.lists = Lists::new();
        self.free.clear();
        self.pasts.clear();
        let slots = std::mem::take(&mut self.slots).into_iter();
        slots.zip(0..).filter_map(|(slot, row)| slot.map(|slot| Left { row, slot }))
    }

    fn yielding(&mut self, class: Class) -> Option<u32> {
        let list = class as usize;
        for _ in 0..SECOND_CHANCES {
            let row = self.lists.oldest(list)?;
            let used_s = seconds(self.get(row)?.last_ns);
            let past = self.past_mut(row)?;
            if used_s <= past.stamp_s {
                return Some(row);
            }
            past.stamp_s = used_s;
            self.lists.to_back(list, row);
        }
        self.lists.oldest(list)
    }
}

const SECOND: u64 = 1_000_000_000;

/// Whole seconds: good until 2106, exact enough for idle times.
fn seconds(ns: u64) -> u32 {
    u32::try_from(ns / SECOND).unwrap_or(u32::MAX)
}

#[inline]
fn is_idle(slot: &Slot, idle_ns: &[u64; CLASSES], now_ns: u64) -> bool {
    let idle_ns = idle_ns.get(slot.class as usize).copied().unwrap_or(u64::MAX);
    slot.last_ns.saturating_add(idle_ns) < now_ns
}

#[inline]
fn slot_at(slots: &[Option<Slot>], row: u32) -> Option<&Slot> {
    slots.get(row as usize).and_then(Option::as_ref)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Socket, TCP};
    use crate::layers::Ip;

    const IDLE: [u64; CLASSES] = [20 * SECOND, 60 * SECOND, 900 * SECOND, 900 * SECOND];

    fn socket(last: u8, port: u16) -> Socket {
        let mut ip = [0; 16];
        ip[15] = last;
        Socket { ip: Ip(ip), port }
    }

    fn find_or_add(table: &mut Table, (key, from_low): (Key, bool), now_ns: u64) -> Found {
        let hash = table.hash(&key);
        table.find(&key, hash, from_low, NO_GUESS).unwrap_or_else(|| table.add(key, hash, from_low, now_ns))
    }

    fn add(table: &mut Table, last: u8, now_ns: u64) -> Found {
        find_or_add(table, Key::new(0, TCP, socket(last, 40_000), socket(200, 3333)), now_ns)
    }

    #[test]
    fn both_directions_are_one_flow_with_the_first_sender_as_a() {
        let mut table = Table::new(8, IDLE);
        for (from, to) in [(socket(1, 40_000), socket(2, 3333)), (socket(9, 3333), socket(3, 1))] {
            let there = find_or_add(&mut table, Key::new(0, TCP, from, to), 0);
            let back = find_or_add(&mut table, Key::new(0, TCP, to, from), 0);
            assert_eq!((there.is_new, there.side), (true, Side::A));
            assert_eq!((back.is_new, back.side, back.row), (false, Side::B, there.row));
            assert!(
                table.get(there.row).is_some_and(|slot| slot.socket(Side::A) == from && slot.socket(Side::B) == to)
            );
        }
    }

    #[test]
    fn a_flow_takes_at_most_128_bytes_with_its_past_its_links_and_its_place_in_the_index() {
        assert!(size_of::<Option<Slot>>() + size_of::<Past>() + 8 + 2 * 5 <= 128);
    }

    #[test]
    fn at_the_end_followed_flows_come_by_their_first_packet_and_all_leave() {
        let mut table = Table::new(8, IDLE);
        for (last, first_ns) in [(1, 30), (2, 20), (3, 10)] {
            let row = add(&mut table, last, 0).row;
            table.past_mut(row).expect("a past").first_ns = first_ns;
            if last != 2 {
                table.get_mut(row).expect("a flow").set_extra(Extra::Session(0));
            }
        }
        assert_eq!(table.followed(), [2, 0]);
        assert_eq!(table.take_all().map(|left| left.row).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(table.is_empty() && table.take_all().next().is_none());
        assert!(add(&mut table, 1, 0).is_new);
        assert_eq!(table.remove(0).map(|left| left.slot.socket(Side::A).port), Some(40_000));
    }

    #[test]
    fn idle_flows_leave_oldest_first_and_used_ones_stay() {
        let mut table = Table::new(8, IDLE);
        for last in 1..=3 {
            add(&mut table, last, u64::from(last) * SECOND);
        }
        let used = add(&mut table, 2, 2 * SECOND).row;
        table.get_mut(used).expect("flow 2").last_ns = 30 * SECOND;
        let mut gone = Vec::new();
        while let Some(row) = table.idle(40 * SECOND) {
            let left = table.remove(row).expect("an idle flow");
            gone.push(left.slot.socket(Side::A).ip.0[15]);
        }
        assert_eq!(gone, [1, 3]);
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn a_used_flow_that_is_followed_is_idle_when_its_own_time_is_up_whoever_stands_before_it() {
        let mut table = Table::new(8, IDLE);
        let rows: Vec<u32> = (1..=3).map(|last| add(&mut table, last, SECOND).row).collect();
        for &row in &rows {
            table.set_class(row, Class::Followed, SECOND);
        }
        let used_s = [30, 20, 25];
        for place in [1, 2, 0] {
            table.get_mut(rows[place]).expect("a flow").last_ns = used_s[place] * SECOND;
            table.use_again(rows[place], used_s[place] * SECOND);
        }
        let idle_ns = IDLE[Class::Followed as usize];
        for place in [1, 2, 0] {
            assert_eq!(table.idle(used_s[place] * SECOND + idle_ns), None);
            assert_eq!(table.idle(used_s[place] * SECOND + idle_ns + 1), Some(rows[place]));
            table.remove(rows[place]);
        }
    }

    #[test]
    fn a_flow_that_is_not_followed_is_over_with_its_time_though_nobody_looked_for_it() {
        let mut table = Table::new(8, IDLE);
        let row = add(&mut table, 1, SECOND).row;
        let idle_ns = IDLE[Class::Brief as usize];
        assert!(!table.is_over(row, SECOND + idle_ns));
        assert!(table.is_over(row, SECOND + idle_ns + 1));
        table.set_class(row, Class::Followed, SECOND);
        assert!(!table.is_over(row, u64::MAX), "that one is looked for in time");
    }

    #[test]
    fn expiry_ends_where_flows_share_a_second_or_time_is_absurd() {
        for now_ns in [SECOND, u64::MAX - 30 * SECOND] {
            let mut table = Table::new(8, IDLE);
            for last in 1..=3 {
                add(&mut table, last, now_ns + 900_000_000);
            }
            assert!(table.idle(now_ns + 20 * SECOND + 500_000_000).is_none());
            assert_eq!(table.len(), 3);
        }
    }

    #[test]
    fn a_full_table_gives_up_brief_flows_before_established_ones() {
        let mut table = Table::new(3, IDLE);
        let settled = add(&mut table, 1, 0).row;
        table.set_class(settled, Class::Followed, 0);
        let tcp = add(&mut table, 2, 0).row;
        table.set_class(tcp, Class::Tcp, 0);
        add(&mut table, 3, 0);
        let gone = table.make_room().expect("the table is full");
        assert_eq!(gone.slot.socket(Side::A).ip.0[15], 3);
        add(&mut table, 4, 0);
        add(&mut table, 5, 0);
        assert_eq!(table.make_room().map(|left| left.slot.socket(Side::A).ip.0[15]), Some(4));
        assert_eq!(table.get(settled).map(|slot| slot.class), Some(Class::Followed));
    }

    #[test]
    fn a_table_of_followed_flows_only_gives_none_up() {
        let mut table = Table::new(1, IDLE);
        let row = add(&mut table, 1, 0).row;
        table.set_class(row, Class::Followed, 0);
        assert!(table.make_room().is_none());
        assert!(table.is_full());
    }

    #[test]
    fn realms_keep_equal_addresses_apart() {
        let mut table = Table::new(8, IDLE);
        for realm in [1, 2] {
            assert!(find_or_add(&mut table, Key::new(realm, TCP, socket(1, 1), socket(2, 2)), 0).is_new);
        }
        assert_eq!(table.len(), 2);
    }
}
