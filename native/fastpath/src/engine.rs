//! The engine: packets in, observations out, run to completion. It throws traffic away; what is left goes up.
//!
//! It never knows a coin, a pool's owner or JSON. The capture alone decides what comes out: a batch ends after a
//! chunk of a flow that is not settled, so that steering takes effect at the same packet whatever the batch limit.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::clock::Clock;
use crate::dns::DnsStream;
use crate::fate::{Fate, FateTally};
use crate::flow::{Class, Extra, Found, Left, Table, UDP};
use crate::fragments::{Added, FragmentTally, Fragments};
use crate::groups::{FlowPacket, Foreseen};
use crate::hello::HelloPool;
use crate::layers::{self, Arrival, Decoded, Frame, Tags, Transport, TunnelPath, UdpDatagram, Walk};
use crate::learned::Learned;
use crate::mirror::RecentAnswers;
use crate::names::{DNS_PORT, DNS_STREAMS_MAX, PROXIES_MAX};
use crate::observation::{Cause, Need, Observation};
use crate::plan::Plan;
use crate::queue::Queue;
use crate::proxy::ProxyStream;
use crate::ring::Ring;
use crate::session::{Sessions, State};
use crate::side::Both;
use crate::slice::Slice;
use crate::tally::{Drop, Tally};
use crate::tls::{TLS_WATCHED_MAX, TlsWatch};

/// Idle flows are looked for this often in packet time.
const SWEEP_NS: u64 = 250_000_000;
static NO_TUNNEL: TunnelPath = TunnelPath::NONE;

/// What belongs to one packet wherever it is handled.
#[derive(Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub ts_ns: u64,
    pub realm: u16,
    pub tunnel: &'a TunnelPath,
}

/// A session to be looked after, for something of it waits since `since_ns`; ordered by that. When it is due may lie
/// behind the end of time, so it is reckoned from here.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alarm {
    pub since_ns: u64,
    pub flow_id: u64,
    pub session: u32,
}

pub struct Engine {
    pub(crate) plan: Arc<Plan>,
    pub(crate) slice: Slice,
    /// Follows the DNS flows of other slices for the names they teach, and tells nothing.
    listener: Option<Box<Engine>>,
    pub(crate) table: Table,
    pub(crate) sessions: Sessions,
    pub(crate) hellos: HelloPool,
    pub(crate) dns_streams: Ring<DnsStream>,
    pub(crate) proxies: Ring<ProxyStream>,
    pub(crate) tls: Ring<TlsWatch>,
    pub(crate) learned: Learned,
    fragments: Fragments,
    fragment_tally: FragmentTally,
    fates: FateTally,
    pub(crate) tally: Tally,
    pub(crate) out: Queue,
    pub(crate) barrier: bool,
    pub(crate) alarms: BinaryHeap<Reverse<Alarm>>,
    pub(crate) clock: Clock,
    pub(crate) answers: RecentAnswers,
    next_sweep_ns: u64,
}

impl Engine {
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        Self::of_slice(plan, Slice::WHOLE)
    }

    /// An engine that takes all packets and handles the flows of one slice. Its bounds are its own.
    #[must_use]
    pub fn of_slice(plan: Arc<Plan>, slice: Slice) -> Self {
        let caps = plan.caps();
        let idle_ns = Class::EACH.map(|class| match class {
            Class::Brief => caps.half_open_idle_ns_max,
            Class::Udp => caps.udp_idle_ns_max,
            Class::Tcp | Class::Followed => caps.tcp_idle_ns_max,
        });
        Self {
            table: Table::new(caps.flows_max, idle_ns),
            sessions: Sessions::new(
                caps.young_sessions_max,
                caps.settled_sessions_max.saturating_add(caps.one_sided_sessions_max),
                caps.resting_sessions_max,
            ),
            hellos: HelloPool::new(caps.hello_buffers_max),
            dns_streams: Ring::new(DNS_STREAMS_MAX),
            proxies: Ring::new(PROXIES_MAX),
            tls: Ring::new(TLS_WATCHED_MAX),
            learned: Learned::new(caps.learned_addresses_max),
            fragments: Fragments::new(caps.fragment_bytes_max, caps.fragment_ns_max),
            fragment_tally: FragmentTally::default(),
            fates: FateTally::default(),
            tally: Tally::default(),
            out: Queue::default(),
            barrier: false,
            alarms: BinaryHeap::new(),
            clock: Clock::new(),
            answers: RecentAnswers::default(),
            next_sweep_ns: 0,
            slice,
            listener: (!slice.is_whole()).then(|| Box::new(Self::new(Arc::clone(&plan)))),
            plan,
        }
    }

    /// A packet comes: what its time brings about comes before it.
    #[inline(always)]
    fn tell_time(&mut self, ts_ns: u64) {
        self.clock.tell(ts_ns);
        self.out.next_packet();
        if self.clock.now_ns() >= self.next_sweep_ns {
            self.sweep();
        }
        self.out.take_packet();
    }

    #[inline(never)]
    pub(crate) fn take(&mut self, foreseen: &Foreseen<'_>) {
        let Foreseen { arrival, is_plain, packet } = foreseen;
        let &Arrival { ts_ns, ref frame, .. } = arrival;
        self.tell_time(ts_ns);
        if let Some(fate) = is_plain.then(|| self.passes_by(packet)).flatten() {
            self.fates.count_simple(fate);
        } else {
            let Some(fate) = self.take_closely(foreseen) else { return };
            self.fates.count(fate);
        }
        self.tally.captured_bytes += frame.data.len() as u64;
        let cut = u64::from(frame.wire_len).saturating_sub(frame.data.len() as u64);
        if cut > 0 {
            self.tally.packets_cut += 1;
            self.tally.bytes_cut = self.tally.bytes_cut.saturating_add(cut);
        }
    }

    /// The fate of a packet that asks for nothing more than to be counted.
    #[inline(always)]
    fn passes_by(&mut self, packet: &FlowPacket<'_>) -> Option<Fate> {
        match &packet.transport {
            // The table holds no flow of another slice.
            Transport::Tcp(segment) if packet.notes.is_empty() => self.passed_by(packet, segment),
            _ => None,
        }
    }

    #[inline(never)]
    fn take_closely(&mut self, foreseen: &Foreseen<'_>) -> Option<Fate> {
        let Foreseen { arrival, is_plain, packet } = foreseen;
        let &Arrival { ts_ns, interface, ref frame } = arrival;
        if *is_plain {
            self.arrived(&Moment { ts_ns, realm: packet.key.realm(), tunnel: &NO_TUNNEL }, packet)
        } else {
            self.further(ts_ns, interface, frame)
        }
    }

    /// A packet that is not plain.
    #[inline(never)]
    fn further(&mut self, ts_ns: u64, interface: u32, frame: &Frame<'_>) -> Option<Fate> {
        let limits = self.plan.walk_limits();
        match layers::walk_further(frame, &limits) {
            Walk::Decoded(decoded) => self.decoded(ts_ns, interface, &decoded),
            Walk::Fragment(piece) => self.fragment(ts_ns, interface, &piece),
            Walk::Done(fate) => self.of_no_flow(fate),
        }
    }

    /// What became of a packet that belongs to no flow: one slice says so.
    fn of_no_flow(&self, fate: Fate) -> Option<Fate> {
        self.slice.is_first().then_some(fate)
    }

    /// The input is over: every flow is settled, those with a session in the order of their making.
    pub fn finish(&mut self) {
        self.fragments.finish(&mut self.fragment_tally);
        self.out.finish();
        let (told, _) = self.out.waiting();
        for row in self.table.followed() {
            self.give_up_holes(row);
            if let Some(left) = self.table.remove(row) {
                self.settle_left(left, Cause::End);
            }
        }
        for left in self.table.take_all() {
            self.settle_left(left, Cause::End);
        }
        self.out.sort_from(told);
    }

    /// Packet time has reached `now_ns` although no packet came: for live sources.
    pub fn advance(&mut self, now_ns: u64) {
        self.clock.tell(now_ns);
        self.sweep();
    }

    pub fn pop(&mut self) -> Option<Observation> {
        self.pop_turn().map(|(_, observation)| observation)
    }

    /// The same with its turn.
    pub fn pop_turn(&mut self) -> Option<(u64, Observation)> {
        self.out.pop_front()
    }

    /// Once nothing waits, all up to this turn was told.
    #[must_use]
    pub fn turn(&self) -> u64 {
        self.out.turn()
    }

    /// Observations that wait, and their payload bytes.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        self.out.waiting()
    }

    /// True where no further packet may be taken before the pipeline has seen what waits.
    #[must_use]
    pub fn must_stop(&self) -> bool {
        self.barrier
    }

    /// The pipeline has seen everything so far.
    pub fn resume(&mut self) {
        self.barrier = false;
    }

    pub fn steer(&mut self, flow_id: u64, need: Need) {
        let Some(row) = self.sessions.row_of(flow_id) else { return };
        match need {
            Need::More => self.settle(row, State::Settled),
            Need::Closely => self.settle(row, State::Watched),
            Need::Enough => self.rest(row),
            Need::Ignore => self.forget(row),
            Need::Later => self.dismiss(row),
        }
    }

    /// Every counter with its name.
    pub fn counters(&self, mut tell: impl FnMut(&'static str, &'static str, u64)) {
        self.tally.each(self.fates.packets(), &mut tell);
        self.fates.fates().for_each(|(name, count)| tell("fate_", name, count));
        self.fates.failures().for_each(|(name, count)| tell("undecoded_", name, count));
        self.fates.others().for_each(|(name, count)| tell("other_", name, count));
        self.fates.notes().for_each(|(name, count)| tell("note_", name, count));
        // Every slice puts all fragments together.
        let counted = u64::from(self.slice.is_first());
        self.fragment_tally.events().for_each(|(name, count)| tell("fragments_", name, count * counted));
        tell("drop_", "hello_displaced", self.hellos.displaced());
        tell("drop_", "dns_displaced", self.dns_streams.displaced());
        tell("drop_", "proxy_displaced", self.proxies.displaced());
        tell("drop_", "tls_displaced", self.tls.displaced());
        tell("", "flows_now", self.table.len() as u64);
        for (name, state) in [
            ("held_now", State::Held),
            ("young_now", State::Young),
            ("watched_now", State::Watched),
            ("settled_now", State::Settled),
            ("resting_now", State::Resting),
        ] {
            tell("", name, self.sessions.count(state) as u64);
        }
    }

    /// Packets by link type that is not decoded: (number, packets).
    #[must_use]
    pub fn unknown_links(&self) -> &[(u16, u64)] {
        self.fates.links()
    }

    #[inline]
    pub(crate) fn realm(&self, interface: u32, tags: &Tags) -> u16 {
        self.plan.realm(interface, tags.outer_vlan, tags.inner_vlan, tags.vni)
    }

    #[inline(never)]
    fn decoded(&mut self, ts_ns: u64, interface: u32, decoded: &Decoded<'_>) -> Option<Fate> {
        let moment = Moment { ts_ns, realm: self.realm(interface, &decoded.tags), tunnel: &decoded.tunnel };
        let mut packet = FlowPacket::NONE;
        self.read_plain(moment.realm, &decoded.plain(), &mut packet);
        self.arrived(&moment, &packet)
    }

    /// A packet of a flow; none if the flow is another slice's.
    #[inline(never)]
    fn arrived(&mut self, moment: &Moment<'_>, packet: &FlowPacket<'_>) -> Option<Fate> {
        if !self.slice.owns(&packet.key) {
            if Slice::overhears(&packet.key) {
                self.overhear(moment, packet);
            }
            return None;
        }
        self.fates.note(packet.notes);
        let Some(found) = self.flow(packet) else {
            return Some(Fate::DroppedTableFull);
        };
        Some(match &packet.transport {
            Transport::Tcp(segment) => self.tcp(moment, &found, segment),
            Transport::Udp(datagram) => self.udp(moment, &found, datagram),
        })
    }

    /// What another slice's packet teaches of names is learned here, too.
    #[cold]
    #[inline(never)]
    fn overhear(&mut self, moment: &Moment<'_>, packet: &FlowPacket<'_>) {
        let Some(listener) = self.listener.as_mut() else { return };
        listener.clock = self.clock.clone();
        std::mem::swap(&mut listener.learned, &mut self.learned);
        if listener.clock.now_ns() >= listener.next_sweep_ns {
            listener.sweep();
        }
        match &packet.transport {
            Transport::Tcp(_) => {
                let packet = FlowPacket { hash: listener.table.hash(&packet.key), ..*packet };
                listener.arrived(moment, &packet);
            }
            // A datagram says all it has to say by itself: it needs no flow.
            Transport::Udp(datagram) if datagram.src_port == DNS_PORT => {
                let Both { a: low, b: high } = packet.key.sockets();
                let (resolver, client) = if packet.from_low { (low, high) } else { (high, low) };
                listener.dns_datagram(moment, resolver, client, datagram.payload);
            }
            Transport::Udp(_) => {}
        }
        listener.out.clear();
        std::mem::swap(&mut listener.learned, &mut self.learned);
    }

    #[cold]
    fn fragment(&mut self, ts_ns: u64, interface: u32, piece: &layers::Piece<'_>) -> Option<Fate> {
        let limits = self.plan.walk_limits();
        let realm = self.realm(interface, &piece.tags());
        let mut added = self.fragments.add(piece, realm, ts_ns, &mut self.fragment_tally);
        if let (Added::Dropped, Some(Walk::Decoded(decoded))) = (&added, layers::cut_head(piece, &limits)) {
            return self.decoded(ts_ns, interface, &decoded);
        }
        // A reassembled datagram may hold a tunnel whose packets are fragments again; the depth is bounded there.
        for _ in 0..=limits.layers_max {
            let whole = match added {
                Added::Held => return self.of_no_flow(Fate::FragmentHeld),
                Added::Dropped => return self.of_no_flow(Fate::FragmentDropped),
                Added::Whole(datagram) => datagram,
            };
            match layers::resume(&whole, &limits) {
                Walk::Decoded(decoded) => return self.decoded(ts_ns, interface, &decoded),
                Walk::Done(fate) => return self.of_no_flow(fate),
                Walk::Fragment(piece) => {
                    added = self.fragments.add(&piece, realm, ts_ns, &mut self.fragment_tally);
                }
            }
        }
        self.of_no_flow(Fate::TooDeep)
    }

    /// The flow of a packet; none if the table is full of flows that may not give way.
    #[inline]
    fn flow(&mut self, packet: &FlowPacket<'_>) -> Option<Found> {
        match self.table.find(&packet.key, packet.hash, packet.from_low, packet.guess) {
            Some(found) if self.table.is_over(found.row, self.clock.now_ns()) => {
                self.end_idle(found.row);
                self.new_flow(packet)
            }
            None => self.new_flow(packet),
            found => found,
        }
    }

    #[inline(never)]
    fn new_flow(&mut self, packet: &FlowPacket<'_>) -> Option<Found> {
        while let Some(left) = self.table.make_room() {
            self.tally.drop(Drop::FlowEvicted, 1);
            self.settle_left(left, Cause::Evicted);
        }
        if self.table.is_full() {
            return None;
        }
        Some(self.table.add(packet.key, packet.hash, packet.from_low, self.clock.now_ns()))
    }

    #[inline]
    fn udp(&mut self, moment: &Moment<'_>, found: &Found, datagram: &UdpDatagram<'_>) -> Fate {
        let now_ns = self.clock.now_ns();
        if found.is_new {
            self.tally.flows_udp += 1;
            self.table.set_class(found.row, Class::Udp, now_ns);
        }
        let Some(slot) = self.table.get_mut(found.row) else { return Fate::UdpPassed };
        slot.last_ns = now_ns;
        if datagram.src_port != DNS_PORT {
            return Fate::UdpPassed;
        }
        let (resolver, client) = (slot.socket(found.side), slot.socket(found.side.other()));
        self.dns_datagram(moment, resolver, client, datagram.payload);
        Fate::UdpDns
    }

    #[cold]
    #[inline(never)]
    fn sweep(&mut self) {
        self.next_sweep_ns = self.clock.now_ns().saturating_add(SWEEP_NS);
        let (told, _) = self.out.waiting();
        self.ring_alarms();
        while let Some(row) = self.table.idle(self.clock.now_ns()) {
            self.end_idle(row);
        }
        self.out.sort_from(told);
    }

    #[cold]
    fn end_idle(&mut self, row: u32) {
        self.give_up_holes(row);
        if let Some(left) = self.table.remove(row) {
            self.settle_left(left, Cause::Idle);
        }
    }

    /// Accounts for a flow that left the table.
    pub(crate) fn settle_left(&mut self, left: Left, cause: Cause) {
        let Left { slot, .. } = left;
        if slot.transport() != UDP && slot.is_one_way() {
            self.tally.flows_tcp_one_way += 1;
        }
        match slot.extra() {
            Extra::Session(session) => self.end_session(session, cause),
            extra => self.release(extra),
        }
    }

    /// A flow needs what was kept of its first payload no longer.
    #[inline]
    pub(crate) fn release(&mut self, extra: Extra) {
        match extra {
            Extra::None | Extra::Session(_) => {}
            Extra::Hello(handle) => self.hellos.release(handle),
            Extra::Dns(handle) => self.dns_streams.release(handle),
            Extra::Proxy(handle) => self.proxies.release(handle),
            Extra::Tls(handle) => self.release_tls(handle),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlanSpec;

    #[test]
    fn bytes_that_a_file_only_claims_are_counted_up_to_the_end() {
        let mut engine = Engine::new(Arc::new(Plan::compile(PlanSpec::default()).expect("the plan compiles")));
        engine.tally.bytes_cut = u64::MAX - 5;
        engine.tally.tcp_payload_bytes_cut = u64::MAX - 5;
        // TCP in IPv4 whose length is left to the card.
        let mut packet = [0; 54];
        (packet[12], packet[14], packet[23], packet[46]) = (8, 0x45, 6, 0x50);
        for ts_ns in 0..2 {
            engine.packet(ts_ns, 0, &Frame { link: 1, data: &packet, wire_len: u32::MAX });
        }
        let mut told = Vec::new();
        engine.counters(|_, name, count| told.push((name, count)));
        for counter in [("wire_bytes", u64::MAX), ("tcp_payload_bytes_cut", u64::MAX), ("packets_cut", 2)] {
            assert!(told.contains(&counter), "{counter:?}");
        }
    }
}
