//! One flow, as far as each of its packets needs it: exactly one line of the cache.

use super::key::{Key, Socket};
use crate::side::{Both, Side};

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

impl Class {
    pub const EACH: [Self; CLASSES] = [Self::Brief, Self::Udp, Self::Tcp, Self::Followed];
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

/// What belongs to a flow beyond its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    None,
    Session(u32),
    /// Its ClientHello is being gathered.
    Hello(u32),
    /// Its answers are those of a DNS server.
    Dns(u32),
    /// A proxy is asked for another connection.
    Proxy(u32),
    /// Its TLS handshake is watched.
    Tls(u32),
}

/// What is known of a flow as a whole, as bits.
mod mark {
    pub(super) const A_IS_LOW: u8 = 1;
    pub(super) const CLOSED: u8 = 2;
    pub(super) const RENEWED: u8 = 4;
    pub(super) const UNTIMED: u8 = 8;
    /// Which kind of extra there is, as one of those below.
    pub(super) const EXTRA: u8 = 0x70;
    pub(super) const SESSION: u8 = 0x10;
    pub(super) const HELLO: u8 = 0x20;
    pub(super) const DNS: u8 = 0x30;
    pub(super) const PROXY: u8 = 0x40;
    pub(super) const TLS: u8 = 0x50;
}

#[repr(align(64))]
pub struct Slot {
    key: Key,
    /// The clock at the last packet.
    pub last_ns: u64,
    /// Sequence number of the payload's first byte where the SYN was seen or the other side acknowledged what came
    /// before; once `READ`, of the first byte not read.
    pub start: Both<u32>,
    /// The number of the session, hello or whatever else the marks say.
    extra_number: u32,
    pub seen: Both<u8>,
    pub(super) class: Class,
    marks: u8,
}

impl Slot {
    pub(super) fn new(key: Key, a_is_low: bool, now_ns: u64) -> Self {
        Self {
            key,
            last_ns: now_ns,
            start: Both::default(),
            extra_number: 0,
            seen: Both::default(),
            class: Class::Brief,
            marks: mark::UNTIMED | if a_is_low { mark::A_IS_LOW } else { 0 },
        }
    }

    #[inline]
    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    #[must_use]
    pub fn realm(&self) -> u16 {
        self.key.realm()
    }

    #[must_use]
    pub fn transport(&self) -> u8 {
        self.key.transport()
    }

    #[must_use]
    pub fn socket(&self, side: Side) -> Socket {
        let Both { a: low, b: high } = self.key.sockets();
        if self.is_low(side) { low } else { high }
    }

    /// The side that a packet came from.
    #[inline]
    pub(super) fn side(&self, from_low: bool) -> Side {
        if self.is_marked(mark::A_IS_LOW) == from_low { Side::A } else { Side::B }
    }

    pub(super) fn is_low(&self, side: Side) -> bool {
        self.is_marked(mark::A_IS_LOW) == (side == Side::A)
    }

    /// The number of its session; asked once a segment.
    #[inline]
    #[must_use]
    pub fn session(&self) -> Option<u32> {
        (self.marks & mark::EXTRA == mark::SESSION).then_some(self.extra_number)
    }

    /// Whether anything of its payload is kept.
    #[inline]
    #[must_use]
    pub fn has_extra(&self) -> bool {
        self.is_marked(mark::EXTRA)
    }

    #[must_use]
    pub fn extra(&self) -> Extra {
        match self.marks & mark::EXTRA {
            mark::SESSION => Extra::Session(self.extra_number),
            mark::HELLO => Extra::Hello(self.extra_number),
            mark::DNS => Extra::Dns(self.extra_number),
            mark::PROXY => Extra::Proxy(self.extra_number),
            mark::TLS => Extra::Tls(self.extra_number),
            _ => Extra::None,
        }
    }

    pub fn set_extra(&mut self, extra: Extra) {
        let (kind, number) = match extra {
            Extra::None => (0, 0),
            Extra::Session(number) => (mark::SESSION, number),
            Extra::Hello(number) => (mark::HELLO, number),
            Extra::Dns(number) => (mark::DNS, number),
            Extra::Proxy(number) => (mark::PROXY, number),
            Extra::Tls(number) => (mark::TLS, number),
        };
        self.marks = self.marks & !mark::EXTRA | kind;
        self.extra_number = number;
    }

    /// The connection ended; only late segments or a new SYN are expected.
    #[inline]
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.is_marked(mark::CLOSED)
    }

    pub fn set_closed(&mut self, closed: bool) {
        self.marks = self.marks & !mark::CLOSED | if closed { mark::CLOSED } else { 0 };
    }

    /// The next session under this key is a new account: the flow's first time is taken anew.
    pub fn renew(&mut self) {
        self.marks |= mark::RENEWED;
    }

    /// Whether the flow was renewed since this was asked last.
    pub fn take_renewal(&mut self) -> bool {
        let renewed = self.is_marked(mark::RENEWED);
        self.marks &= !mark::RENEWED;
        renewed
    }

    /// Whether the flow has no first time yet; asked once.
    #[inline]
    pub fn take_untimed(&mut self) -> bool {
        let untimed = self.is_marked(mark::UNTIMED);
        self.marks &= !mark::UNTIMED;
        untimed
    }

    /// Whether a segment of `side` that neither begins nor ends anything, and begins with nothing of interest if it has
    /// payload, changes no more than the time: the flow is known, no session, and nothing of it is kept.
    #[inline]
    #[must_use]
    pub fn is_unmoved_by(&self, side: Side, has_payload: bool) -> bool {
        let (own, other) = (*self.seen.of(side), *self.seen.of(side.other()));
        let is_plain = self.marks & (mark::CLOSED | mark::UNTIMED | mark::EXTRA) == 0;
        is_plain
            && if has_payload {
                let wanted = seen::PACKET | seen::PAYLOAD;
                self.class == Class::Tcp && own & (wanted | seen::READ) == wanted
            } else {
                own & seen::PACKET != 0 && other & (seen::SYN | seen::PAYLOAD) != 0
            }
    }

    #[inline]
    #[must_use]
    pub fn has(&self, side: Side, bit: u8) -> bool {
        self.seen.of(side) & bit != 0
    }

    #[inline]
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
    pub fn begin_anew(&mut self) {
        self.seen = Both { a: self.seen.a & seen::PACKET, b: self.seen.b & seen::PACKET };
        self.set_closed(false);
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
        self.marks ^= mark::A_IS_LOW;
        std::mem::swap(&mut self.seen.a, &mut self.seen.b);
        std::mem::swap(&mut self.start.a, &mut self.start.b);
    }

    #[inline]
    fn is_marked(&self, bit: u8) -> bool {
        self.marks & bit != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Ip;

    fn slot() -> Slot {
        let socket = |last| Socket { ip: Ip::v4([192, 0, 2, last]), port: u16::from(last) };
        let (key, from_low) = Key::new(7, 6, socket(2), socket(1));
        Slot::new(key, from_low, 5)
    }

    #[test]
    fn a_slot_is_one_line_of_the_cache() {
        assert_eq!((size_of::<Option<Slot>>(), align_of::<Slot>()), (64, 64));
    }

    #[test]
    fn what_a_slot_is_unmoved_by_would_change_nothing() {
        let mut unmoved = [0, 0];
        for bits in 0..=u16::MAX {
            let [a, b] = bits.to_le_bytes();
            for (marks, class) in [(0, Class::Tcp), (mark::A_IS_LOW, Class::Brief), (mark::RENEWED, Class::Udp)] {
                let before = Slot { seen: Both { a, b }, marks, class, ..slot() };
                for has_payload in [false, true].into_iter().filter(|&it| before.is_unmoved_by(Side::A, it)) {
                    unmoved[usize::from(has_payload)] += 1;
                    let mut after = Slot { seen: Both { a, b }, marks, class, ..slot() };
                    after.mark(Side::A, seen::PACKET);
                    if has_payload {
                        assert!(class == Class::Tcp && !after.has(Side::A, seen::READ));
                        after.mark(Side::A, seen::PAYLOAD);
                    } else {
                        after.acknowledge(Side::A, 77);
                    }
                    let shown = |slot: &Slot| (slot.seen.a, slot.seen.b, slot.start.a, slot.start.b);
                    assert_eq!(shown(&after), shown(&before));
                }
            }
        }
        assert!(unmoved.iter().all(|&count| count > 1000), "{unmoved:?}");
        for marks in [mark::CLOSED, mark::UNTIMED, mark::SESSION, mark::HELLO, mark::DNS, mark::PROXY, mark::TLS] {
            let slot = Slot { seen: Both { a: !seen::READ, b: u8::MAX }, marks, class: Class::Tcp, ..slot() };
            assert!(!slot.is_unmoved_by(Side::A, false) && !slot.is_unmoved_by(Side::A, true));
        }
    }

    #[test]
    fn marks_do_not_touch_each_other() {
        let mut slot = slot();
        assert_eq!((slot.take_untimed(), slot.take_untimed()), (true, false));
        assert!(!slot.take_renewal());
        for extra in [Extra::Session(u32::MAX), Extra::Hello(0), Extra::Dns(7), Extra::Proxy(8), Extra::Tls(9), Extra::Session(0), Extra::None] {
            slot.set_extra(extra);
            slot.set_closed(true);
            slot.renew();
            assert_eq!((slot.extra(), slot.is_closed(), slot.socket(Side::A).port), (extra, true, 2));
            slot.set_closed(false);
            slot.turn_round();
            assert_eq!((slot.extra(), slot.is_closed(), slot.socket(Side::A).port), (extra, false, 1));
            assert_eq!((slot.take_renewal(), slot.take_renewal()), (true, false));
            slot.turn_round();
        }
        assert_eq!((slot.realm(), slot.transport()), (7, 6));
    }
}
