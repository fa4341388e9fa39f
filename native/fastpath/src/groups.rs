//! Packets a little before their turn: what they are, and where what is known of their flows stands.
//!
//! Nothing here depends on the order of the packets, and nothing is changed: a packet that was looked at and not taken is
//! looked at again.

use crate::engine::Engine;
use crate::fate::Notes;
use crate::flow::{Key, NO_GUESS, TCP, UDP};
use crate::layers::{self, Arrival, Frame, Plain, Short, Tags, Transport, UdpDatagram};

/// Packets that are looked at together: as many misses of the caches as a processor waits for at once.
const GROUP: usize = 32;

/// A packet of a flow.
#[derive(Clone, Copy)]
pub(crate) struct FlowPacket<'a> {
    pub key: Key,
    pub from_low: bool,
    pub hash: u64,
    /// The row of the flow, if it was there when this was asked and is there still.
    pub guess: u32,
    pub transport: Transport<'a>,
    pub notes: Notes,
}

impl FlowPacket<'_> {
    /// To be overwritten.
    pub const NONE: Self = Self {
        key: Key::NONE,
        from_low: false,
        hash: 0,
        guess: NO_GUESS,
        transport: Transport::Udp(UdpDatagram { src_port: 0, dst_port: 0, payload: &[], missing: 0 }),
        notes: Notes::NONE,
    };
}

/// What is known of a packet before its turn.
#[derive(Clone, Copy)]
pub(crate) struct Foreseen<'a> {
    pub arrival: Arrival<'a>,
    pub is_plain: bool,
    /// Where it is plain.
    pub packet: FlowPacket<'a>,
}

impl Foreseen<'_> {
    /// To be overwritten.
    const NONE: Self = Self {
        arrival: Arrival { ts_ns: 0, interface: 0, frame: Frame { link: 0, data: &[], wire_len: 0 } },
        is_plain: false,
        packet: FlowPacket::NONE,
    };
}

/// The transport's number and its ports.
#[inline]
fn transport_ports(transport: &Transport<'_>) -> (u8, u16, u16) {
    match transport {
        Transport::Tcp(segment) => (TCP, segment.src_port, segment.dst_port),
        Transport::Udp(datagram) => (UDP, datagram.src_port, datagram.dst_port),
    }
}

impl Engine {
    /// Takes one packet. What it brings is fetched with [`Engine::pop`].
    pub fn packet(&mut self, ts_ns: u64, interface: u32, frame: &Frame<'_>) {
        let arrival = Arrival { ts_ns, interface, frame: *frame };
        self.run(&mut std::iter::once(arrival), |arrival| arrival, |_| true);
    }

    /// Takes packets, until there are no more or it does not go on: then false. `packets` is left behind the last one
    /// that was taken.
    ///
    /// They are looked at a group at a time before each is taken in its turn: so the places of memory that the group asks
    /// for are on their way together, and not one after the other.
    #[inline]
    pub fn run<'a, P: Iterator + Clone>(
        &mut self,
        packets: &mut P,
        arrival: impl Fn(P::Item) -> Arrival<'a>,
        mut goes_on: impl FnMut(&Self) -> bool,
    ) -> bool {
        let mut places = [Foreseen::NONE; GROUP];
        loop {
            let first = packets.clone();
            let mut count = 0;
            for (place, (number, packet)) in places.iter_mut().zip((1..).zip(packets.by_ref())) {
                place.arrival = arrival(packet);
                count = number;
            }
            let group = places.get_mut(..count).unwrap_or_default();
            if group.is_empty() {
                return true;
            }
            self.look_ahead(group);
            for (number, foreseen) in group.iter().enumerate() {
                self.take(foreseen);
                if !goes_on(self) {
                    *packets = first;
                    packets.nth(number);
                    return false;
                }
            }
        }
    }

    /// Reads the headers of these packets, and has what is known of their flows brought near.
    #[inline(never)]
    fn look_ahead(&self, group: &mut [Foreseen<'_>]) {
        for foreseen in group.iter_mut() {
            self.read(foreseen);
        }
        self.table.touch_index(group.iter().map(|foreseen| foreseen.packet.hash));
        for foreseen in group.iter_mut() {
            foreseen.packet.guess = self.table.guess(foreseen.packet.hash);
        }
        self.table.touch(group.iter().map(|foreseen| foreseen.packet.guess));
    }

    #[inline(always)]
    fn read(&self, foreseen: &mut Foreseen<'_>) {
        let Foreseen { arrival: Arrival { interface, frame, .. }, is_plain, packet } = foreseen;
        *is_plain = true;
        if let Some(short) = layers::short(frame) {
            let realm = self.realm(*interface, &Tags::default());
            self.read_short(realm, &short, packet);
        } else if let Some(plain) = layers::straight(frame) {
            let realm = self.realm(*interface, &Tags::default());
            self.read_plain(realm, &plain, packet);
        } else {
            *is_plain = false;
        }
    }

    #[inline(always)]
    fn read_short<'a>(&self, realm: u16, short: &Short<'a>, packet: &mut FlowPacket<'a>) {
        let Short { src, dst, transport } = short;
        let (number, from_port, to_port) = transport_ports(transport);
        (packet.transport, packet.notes) = (*transport, Notes::NONE);
        (packet.key, packet.from_low) = Key::of_v4(realm, number, (*src, from_port), (*dst, to_port));
        packet.hash = self.table.hash(&packet.key);
    }

    #[inline]
    pub(crate) fn read_plain<'a>(&self, realm: u16, plain: &Plain<'a>, packet: &mut FlowPacket<'a>) {
        let Plain { src, dst, transport, notes } = plain;
        let (number, from_port, to_port) = transport_ports(transport);
        (packet.transport, packet.notes) = (*transport, *notes);
        (packet.key, packet.from_low) = Key::of_words(realm, number, (*src, from_port), (*dst, to_port));
        packet.hash = self.table.hash(&packet.key);
    }
}
