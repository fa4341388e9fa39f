//! The flow table: one slot for each (realm, inner five-tuple), fixed memory, expiry by packet time.
//!
//! Knows ports and times, not payload. Hashing is randomly keyed, because the wire chooses the keys; every order that
//! can be seen from outside (expiry, eviction) comes from [`Lists`], never from the hash.

use ahash::RandomState;
use hashbrown::HashTable;

use crate::layers::Ip;
use crate::looks::Looks;
use crate::lru::{Lists, NIL};
use crate::side::{Both, Side};

pub const TCP: u8 = 6;
pub const UDP: u8 = 17;

/// Which list a flow stands in: how long it may be idle, and what goes first when the table is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// TCP without payload yet, or closed and lingering for its last segments.
    Brief = 0,
    Udp = 1,
    Tcp = 2,
    /// TCP with a session: bounded by the session table, never displaced by the flow table.
    Followed = 3,
}

pub const CLASSES: usize = 4;
/// What gives way first when the table is full.
const YIELDING: [Class; 3] = [Class::Brief, Class::Udp, Class::Tcp];
/// A row that was used since it was put to the back gets another turn, at most this often in one eviction.
const SECOND_CHANCES: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    low: Ip,
    high: Ip,
    low_port: u16,
    high_port: u16,
    realm: u16,
    transport: u8,
}

/// An address and port as they stand in a packet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Socket {
    pub ip: Ip,
    pub port: u16,
}

impl Key {
    /// The key of a packet, and whether its sender is the low end.
    #[inline]
    #[must_use]
    pub fn new(realm: u16, transport: u8, from: Socket, to: Socket) -> (Self, bool) {
        let from_low = from <= to;
        let (low, high) = if from_low { (from, to) } else { (to, from) };
        let key = Self { low: low.ip, high: high.ip, low_port: low.port, high_port: high.port, realm, transport };
        (key, from_low)
    }

    #[must_use]
    pub fn realm(&self) -> u16 {
        self.realm
    }

    #[must_use]
    pub fn transport(&self) -> u8 {
        self.transport
    }
}

/// What is known of one side, as bits.
pub mod seen {
    pub const PACKET: u8 = 1;
    /// Its SYN was seen, or the answer to it.
    pub const SYN: u8 = 2;
    pub const PAYLOAD: u8 = 4;
    pub const FIN: u8 = 8;
    /// The side was followed to the connection's end: its start is where the reading ended.
    pub const READ: u8 = 16;
    /// The side began with an HTTP message that opens neither a tunnel nor an upgrade.
    pub const HTTP: u8 = 32;
    /// Neither SYN nor payload of the side were seen: its start is what the other side acknowledged last.
    pub const ACKED: u8 = 64;
    /// The side began with a request for a tunnel.
    pub const CONNECT: u8 = 128;
}

/// What a slot's `extra` index points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    None,
    Session(u32),
    Hello(u32),
}

pub struct Slot {
    key: Key,
    class: Class,
    a_is_low: bool,
    /// The connection ended; only late segments or a new SYN are expected.
    pub closed: bool,
    /// The next session under this key is a new account: `first_ns` is taken anew.
    pub renewed: bool,
    pub seen: Both<u8>,
    pub extra: Extra,
    /// Sequence number of the payload's first byte where the SYN was seen or the other side acknowledged what came
    /// before; once `READ`, of the first byte not read.
    pub start: Both<u32>,
    stamp_s: u32,
    pub looks: Looks,
    /// Packet time of the first packet; 0 before it.
    pub first_ns: u64,
    /// The clock at the last packet.
    pub last_ns: u64,
}

impl Slot {
    #[must_use]
    pub fn realm(&self) -> u16 {
        self.key.realm
    }

    #[must_use]
    pub fn transport(&self) -> u8 {
        self.key.transport
    }

    #[must_use]
    pub fn socket(&self, side: Side) -> Socket {
        let key = &self.key;
        if (side == Side::A) == self.a_is_low {
            Socket { ip: key.low, port: key.low_port }
        } else {
            Socket { ip: key.high, port: key.high_port }
        }
    }

    #[must_use]
    pub fn has(&self, side: Side, bit: u8) -> bool {
        self.seen.of(side) & bit != 0
    }

    pub fn mark(&mut self, side: Side, bit: u8) {
        *self.seen.of_mut(side) |= bit;
    }

    pub fn unmark(&mut self, side: Side, bit: u8) {
        *self.seen.of_mut(side) &= !bit;
    }

    /// The side's payload begins at `start`: its SYN was seen, or the answer to it.
    pub fn begin(&mut self, side: Side, start: u32) {
        if !self.has(side, seen::SYN) {
            self.mark(side, seen::SYN);
            *self.start.of_mut(side) = start;
        }
    }

    /// Another connection has begun under this key, in its middle as far as is known.
    pub fn begin_anew(&mut self, ts_ns: u64) {
        self.seen = Both { a: self.seen.a & seen::PACKET, b: self.seen.b & seen::PACKET };
        self.closed = false;
        self.first_ns = ts_ns;
    }

    /// `side` acknowledged up to `ack` without sending anything: there the other side's stream goes on.
    #[inline]
    pub fn acknowledge(&mut self, side: Side, ack: u32) {
        let other = side.other();
        if !self.has(other, seen::SYN | seen::PAYLOAD) {
            *self.start.of_mut(other) = ack;
            self.mark(other, seen::ACKED);
        }
    }

    #[must_use]
    pub fn is_midstream(&self) -> bool {
        (self.seen.a | self.seen.b) & seen::SYN == 0
    }

    #[must_use]
    pub fn is_one_way(&self) -> bool {
        (self.seen.a & self.seen.b) & seen::PACKET == 0
    }

    /// Makes the other end A: the answer to a SYN tells who sent it.
    pub fn turn_round(&mut self) {
        self.a_is_low = !self.a_is_low;
        std::mem::swap(&mut self.seen.a, &mut self.seen.b);
        std::mem::swap(&mut self.start.a, &mut self.start.b);
    }

    fn new(key: Key, a_is_low: bool, now_ns: u64) -> Self {
        Self {
            key,
            class: Class::Brief,
            a_is_low,
            closed: false,
            renewed: false,
            seen: Both::default(),
            extra: Extra::None,
            start: Both::default(),
            stamp_s: 0,
            looks: Looks::default(),
            first_ns: 0,
            last_ns: now_ns,
        }
    }
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
    index: HashTable<u32>,
    hasher: RandomState,
    slots: Vec<Option<Slot>>,
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
            index: HashTable::new(),
            hasher: RandomState::new(),
            slots: Vec::with_capacity(flows_max),
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
        self.index.is_empty()
    }

    #[inline]
    #[must_use]
    pub fn get(&self, row: u32) -> Option<&Slot> {
        self.slots.get(row as usize).and_then(Option::as_ref)
    }

    #[inline]
    #[must_use]
    pub fn get_mut(&mut self, row: u32) -> Option<&mut Slot> {
        self.slots.get_mut(row as usize).and_then(Option::as_mut)
    }

    /// The flow of a packet whose sender is the key's low end iff `from_low`.
    #[inline]
    #[must_use]
    pub fn find(&self, key: &Key, from_low: bool) -> Option<Found> {
        let hash = self.hasher.hash_one(key);
        let same = |&row: &u32| slot_at(&self.slots, row).is_some_and(|slot| slot.key == *key);
        let row = *self.index.find(hash, same)?;
        let a_is_low = slot_at(&self.slots, row).is_some_and(|slot| slot.a_is_low);
        let side = if a_is_low == from_low { Side::A } else { Side::B };
        Some(Found { row, side, is_new: false })
    }

    /// Adds the flow of a packet; it must not be there yet, and the caller saw to room with [`Table::make_room`].
    pub fn add(&mut self, key: Key, from_low: bool, now_ns: u64) -> Found {
        let Self { index, hasher, slots, free, lists, .. } = self;
        let row = free.pop().unwrap_or_else(|| {
            slots.push(None);
            u32::try_from(slots.len() - 1).unwrap_or(NIL)
        });
        let rehash = |&row: &u32| slot_at(slots, row).map_or(0, |slot| hasher.hash_one(slot.key));
        index.insert_unique(hasher.hash_one(key), row, rehash);
        let mut slot = Slot::new(key, from_low, now_ns);
        slot.stamp_s = seconds(now_ns);
        if let Some(place) = slots.get_mut(row as usize) {
            *place = Some(slot);
        }
        lists.push(Class::Brief as usize, row);
        Found { row, side: Side::A, is_new: true }
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

    pub fn set_class(&mut self, row: u32, class: Class, now_ns: u64) {
        let Some(slot) = self.slots.get_mut(row as usize).and_then(Option::as_mut) else { return };
        if slot.class == class {
            return;
        }
        self.lists.remove(slot.class as usize, row);
        slot.class = class;
        slot.stamp_s = seconds(now_ns);
        self.lists.push(class as usize, row);
    }

    #[must_use]
    pub fn class(&self, row: u32) -> Option<Class> {
        self.get(row).map(|slot| slot.class)
    }

    /// The row of a flow that has been idle too long, in a fixed order; to be removed before the next call.
    pub fn idle(&mut self, now_ns: u64) -> Option<u32> {
        for (list, idle_ns) in self.idle_ns.into_iter().enumerate() {
            while let Some(row) = self.lists.oldest(list) {
                let Some(slot) = self.slots.get_mut(row as usize).and_then(Option::as_mut) else { break };
                if u64::from(slot.stamp_s).saturating_mul(SECOND).saturating_add(idle_ns) >= now_ns {
                    break;
                }
                if slot.last_ns.saturating_add(idle_ns) < now_ns {
                    return Some(row);
                }
                let used_s = seconds(slot.last_ns);
                if used_s == slot.stamp_s {
                    // Due within this second, but not yet: whatever stands behind it is no older.
                    break;
                }
                slot.stamp_s = used_s;
                self.lists.to_back(list, row);
            }
        }
        None
    }

    pub fn remove(&mut self, row: u32) -> Option<Left> {
        let Self { index, hasher, slots, free, lists, .. } = self;
        let slot = slots.get_mut(row as usize)?.take()?;
        let hash = hasher.hash_one(slot.key);
        if let Ok(entry) = index.find_entry(hash, |&other| other == row) {
            entry.remove();
        }
        lists.remove(slot.class as usize, row);
        free.push(row);
        Some(Left { row, slot })
    }

    /// Ends the flow in `row` and begins another under the same key, with `side` of the old one as its A: a port was
    /// used again. Returns what left and the new row.
    pub fn replace(&mut self, row: u32, side: Side, now_ns: u64) -> Option<(Left, u32)> {
        let left = self.remove(row)?;
        let from_low = (side == Side::A) == left.slot.a_is_low;
        let key = left.slot.key;
        Some((left, self.add(key, from_low, now_ns).row))
    }

    /// The rows of all flows, by the time of their first packet: for the end of the input.
    #[must_use]
    pub fn rows(&self) -> Vec<u32> {
        let rows = 0..u32::try_from(self.slots.len()).unwrap_or(NIL);
        let mut made: Vec<(u64, u32)> = rows.filter_map(|row| self.get(row).map(|slot| (slot.first_ns, row))).collect();
        made.sort_unstable();
        made.into_iter().map(|(_, row)| row).collect()
    }

    fn yielding(&mut self, class: Class) -> Option<u32> {
        let list = class as usize;
        for _ in 0..SECOND_CHANCES {
            let row = self.lists.oldest(list)?;
            let slot = self.slots.get_mut(row as usize).and_then(Option::as_mut)?;
            if seconds(slot.last_ns) <= slot.stamp_s {
                return Some(row);
            }
            slot.stamp_s = seconds(slot.last_ns);
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
fn slot_at(slots: &[Option<Slot>], row: u32) -> Option<&Slot> {
    slots.get(row as usize).and_then(Option::as_ref)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: [u64; CLASSES] = [20 * SECOND, 60 * SECOND, 900 * SECOND, 900 * SECOND];

    fn socket(last: u8, port: u16) -> Socket {
        let mut ip = [0; 16];
        ip[15] = last;
        Socket { ip: Ip(ip), port }
    }

    fn find_or_add(table: &mut Table, (key, from_low): (Key, bool), now_ns: u64) -> Found {
        table.find(&key, from_low).unwrap_or_else(|| table.add(key, from_low, now_ns))
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
            assert!(table.get(there.row).is_some_and(|slot| slot.socket(Side::A) == from && slot.socket(Side::B) == to));
        }
    }

    #[test]
    fn a_slot_is_at_most_128_bytes_with_its_links_and_index() {
        assert!(size_of::<Option<Slot>>() + 8 + 2 * 5 <= 128, "{}", size_of::<Option<Slot>>());
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
