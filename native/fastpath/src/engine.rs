//! The engine: packets in, observations out, run to completion. It throws traffic away; what is left goes up.
//!
//! It never knows a coin, a pool's owner or JSON. The capture alone decides what comes out: a batch ends after a
//! chunk of a flow that is not settled, so that steering takes effect at the same packet whatever the batch limit.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use crate::clock::Clock;
use crate::fate::{Fate, FateTally};
use crate::flow::{CLASSES, Found, Key, Left, Socket, Table, UDP};
use crate::fragments::{Added, FragmentTally, Fragments};
use crate::hello::HelloPool;
use crate::layers::{self, Decoded, Frame, Tags, Transport, TunnelPath, Walk};
use crate::learned::Learned;
use crate::observation::{Cause, NameKind, NameSeen, Need, Observation};
use crate::plan::Plan;
use crate::session::{Sessions, State};
use crate::tally::{Drop, Tally};

const DNS_PORT: u16 = 53;
/// Idle flows are looked for this often in packet time.
const SWEEP_NS: u64 = 250_000_000;

/// What belongs to one packet wherever it is handled.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub ts_ns: u64,
    pub realm: u16,
    pub tunnel: TunnelPath,
}

/// A session to be looked after once the clock reaches `due_ns`; ordered by it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alarm {
    pub due_ns: u64,
    pub flow_id: u64,
    pub session: u32,
}

pub struct Engine {
    pub(crate) plan: Arc<Plan>,
    pub(crate) table: Table,
    pub(crate) sessions: Sessions,
    pub(crate) hellos: HelloPool,
    pub(crate) learned: Learned,
    fragments: Fragments,
    fragment_tally: FragmentTally,
    fates: FateTally,
    pub(crate) tally: Tally,
    pub(crate) out: VecDeque<Observation>,
    pub(crate) out_bytes: usize,
    pub(crate) barrier: bool,
    pub(crate) alarms: BinaryHeap<Reverse<Alarm>>,
    pub(crate) clock: Clock,
    next_sweep_ns: u64,
}

impl Engine {
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        let caps = plan.caps();
        let mut idle_ns = [caps.tcp_idle_ns_max; CLASSES];
        idle_ns[crate::flow::Class::Brief as usize] = caps.half_open_idle_ns_max;
        idle_ns[crate::flow::Class::Udp as usize] = caps.udp_idle_ns_max;
        Self {
            table: Table::new(caps.flows_max, idle_ns),
            sessions: Sessions::new(
                caps.young_sessions_max,
                caps.settled_sessions_max.saturating_add(caps.one_sided_sessions_max),
                caps.resting_sessions_max,
            ),
            hellos: HelloPool::new(caps.hello_buffers_max),
            learned: Learned::new(caps.learned_addresses_max),
            fragments: Fragments::new(caps.fragment_bytes_max, caps.fragment_ns_max),
            fragment_tally: FragmentTally::default(),
            fates: FateTally::default(),
            tally: Tally::default(),
            out: VecDeque::new(),
            out_bytes: 0,
            barrier: false,
            alarms: BinaryHeap::new(),
            clock: Clock::new(),
            next_sweep_ns: 0,
            plan,
        }
    }

    /// Takes one packet. What it brings is fetched with [`Engine::pop`].
    pub fn packet(&mut self, ts_ns: u64, interface: u32, frame: &Frame<'_>) {
        self.clock.tell(ts_ns);
        self.tally.packets += 1;
        self.tally.wire_bytes += u64::from(frame.wire_len);
        self.tally.captured_bytes += frame.data.len() as u64;
        self.tally.packets_cut += u64::from((frame.data.len() as u64) < u64::from(frame.wire_len));
        if self.clock.now_ns() >= self.next_sweep_ns {
            self.sweep();
        }
        let limits = self.plan.walk_limits();
        let fate = match layers::walk(frame, &limits) {
            Walk::Decoded(decoded) => self.decoded(ts_ns, interface, &decoded),
            Walk::Fragment(piece) => self.fragment(ts_ns, interface, &piece),
            Walk::Done(fate) => fate,
        };
        self.fates.count(fate);
    }

    /// The input is over: every flow is settled, in the order of their making.
    pub fn finish(&mut self) {
        for row in self.table.rows() {
            self.give_up_holes(row);
            if let Some(left) = self.table.remove(row) {
                self.settle_left(left, Cause::End);
            }
        }
    }

    /// Packet time has reached `now_ns` although no packet came: for live sources.
    pub fn advance(&mut self, now_ns: u64) {
        self.clock.tell(now_ns);
        self.sweep();
    }

    pub fn pop(&mut self) -> Option<Observation> {
        let observation = self.out.pop_front();
        if self.out.is_empty() {
            self.out_bytes = 0;
        }
        observation
    }

    /// Observations that wait, and their payload bytes.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        (self.out.len(), self.out_bytes)
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
        self.tally.each(&mut tell);
        self.fates.fates().for_each(|(name, count)| tell("fate_", name, count));
        self.fates.failures().for_each(|(name, count)| tell("undecoded_", name, count));
        self.fates.others().for_each(|(name, count)| tell("other_", name, count));
        self.fates.notes().for_each(|(name, count)| tell("note_", name, count));
        self.fragment_tally.events().for_each(|(name, count)| tell("fragments_", name, count));
        tell("drop_", "hello_displaced", self.hellos.displaced());
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

    fn realm(&self, interface: u32, tags: &Tags) -> u16 {
        self.plan.realm(interface, tags.outer_vlan, tags.inner_vlan, tags.vni)
    }

    fn decoded(&mut self, ts_ns: u64, interface: u32, decoded: &Decoded<'_>) -> Fate {
        let realm = self.realm(interface, &decoded.tags);
        let moment = Moment { ts_ns, realm, tunnel: decoded.tunnel };
        self.fates.note(decoded.notes);
        match &decoded.transport {
            Transport::Tcp(segment) => {
                let from = Socket { ip: decoded.src, port: segment.src_port };
                let to = Socket { ip: decoded.dst, port: segment.dst_port };
                self.tcp(&moment, from, to, segment)
            }
            Transport::Udp(datagram) => {
                let from = Socket { ip: decoded.src, port: datagram.src_port };
                let to = Socket { ip: decoded.dst, port: datagram.dst_port };
                self.udp(&moment, from, to, datagram.payload)
            }
        }
    }

    #[cold]
    fn fragment(&mut self, ts_ns: u64, interface: u32, piece: &layers::Piece<'_>) -> Fate {
        let limits = self.plan.walk_limits();
        let realm = self.realm(interface, &piece.tags());
        let mut added = self.fragments.add(piece, realm, ts_ns, &mut self.fragment_tally);
        if let (Added::Dropped, Some(Walk::Decoded(decoded))) = (&added, layers::cut_head(piece, &limits)) {
            return self.decoded(ts_ns, interface, &decoded);
        }
        // A reassembled datagram may hold a tunnel whose packets are fragments again; the depth is bounded there.
        for _ in 0..=limits.layers_max {
            let whole = match added {
                Added::Held => return Fate::FragmentHeld,
                Added::Dropped => return Fate::FragmentDropped,
                Added::Whole(datagram) => datagram,
            };
            match layers::resume(&whole, &limits) {
                Walk::Decoded(decoded) => return self.decoded(ts_ns, interface, &decoded),
                Walk::Done(fate) => return fate,
                Walk::Fragment(piece) => {
                    added = self.fragments.add(&piece, realm, ts_ns, &mut self.fragment_tally);
                }
            }
        }
        Fate::TooDeep
    }

    /// The flow of a packet; none if the table is full of flows that may not give way.
    pub(crate) fn flow(&mut self, moment: &Moment, transport: u8, from: Socket, to: Socket) -> Option<Found> {
        let (key, from_low) = Key::new(moment.realm, transport, from, to);
        if let Some(found) = self.table.find(&key, from_low) {
            return Some(found);
        }
        while let Some(left) = self.table.make_room() {
            self.tally.drop(Drop::FlowEvicted, 1);
            self.settle_left(left, Cause::Evicted);
        }
        if self.table.is_full() {
            return None;
        }
        Some(self.table.add(key, from_low, self.clock.now_ns()))
    }

    fn udp(&mut self, moment: &Moment, from: Socket, to: Socket, payload: &[u8]) -> Fate {
        let Some(found) = self.flow(moment, UDP, from, to) else { return Fate::DroppedTableFull };
        let now_ns = self.clock.now_ns();
        if found.is_new {
            self.tally.flows_udp += 1;
            self.table.set_class(found.row, crate::flow::Class::Udp, now_ns);
        }
        if let Some(slot) = self.table.get_mut(found.row) {
            slot.last_ns = now_ns;
        }
        if from.port != DNS_PORT {
            return Fate::UdpPassed;
        }
        self.dns(moment, from, to, payload);
        Fate::UdpDns
    }

    /// A DNS answer: if it is for a listed name, its addresses are remembered.
    fn dns(&mut self, moment: &Moment, resolver: Socket, client: Socket, payload: &[u8]) {
        let Some(answer) = crate::dns::parse_answer(payload) else { return };
        self.tally.dns_answers += 1;
        let plan = Arc::clone(&self.plan);
        let listed = answer.names().find_map(|name| plan.names().lookup(name, None).map(|entry| (name, entry)));
        let Some((name, entry)) = listed else { return };
        let name: Arc<str> = String::from_utf8_lossy(name).into();
        let ttl_ns = u64::from(answer.ttl_s()).saturating_mul(1_000_000_000);
        let keep_ns = ttl_ns.max(plan.caps().learned_ttl_ns_min);
        for &address in answer.addresses() {
            self.learned.learn((moment.realm, address), entry, &name, self.clock.now_ns(), keep_ns);
        }
        self.out.push_back(Observation::Name(Box::new(NameSeen {
            flow_id: 0,
            ts_ns: moment.ts_ns,
            realm: moment.realm,
            transport: UDP,
            kind: NameKind::Dns,
            client,
            server: resolver,
            name,
            entry,
            age_ns: 0,
            addresses: answer.addresses().to_vec(),
        })));
    }

    fn sweep(&mut self) {
        self.next_sweep_ns = self.clock.now_ns().saturating_add(SWEEP_NS);
        self.ring_alarms();
        while let Some(row) = self.table.idle(self.clock.now_ns()) {
            self.give_up_holes(row);
            if let Some(left) = self.table.remove(row) {
                self.settle_left(left, Cause::Idle);
            }
        }
    }

    /// Accounts for a flow that left the table.
    pub(crate) fn settle_left(&mut self, left: Left, cause: Cause) {
        let Left { slot, .. } = left;
        if slot.transport() != UDP && slot.is_one_way() {
            self.tally.flows_tcp_one_way += 1;
        }
        match slot.extra {
            crate::flow::Extra::None => {}
            crate::flow::Extra::Hello(handle) => self.hellos.release(handle),
            crate::flow::Extra::Session(session) => self.end_session(session, cause),
        }
    }
}
