//! Following a flow: its segments into streams, its bytes held until an anchor matches, then handed up as chunks.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::engine::{Alarm, Engine, Moment};
use crate::fate::Fate;
use crate::flow::{Class, Extra, Slot, seen};
use crate::frames::{FRAMES_MIN, frames_of};
use crate::http_work;
use crate::layers::{TcpSegment, flags};
use crate::looks::begins_like_mining;
use crate::observation::{Cause, Observation, Opened};
use crate::session::{Beginning, FLOW_ID_STEP, Reading, Session, State};
use crate::side::{Both, SIDES, Side};
use crate::segment::Segment;
use crate::stream::{Bounds, Delivery, Start, Stream, Taken};
use crate::tally::Drop;
use crate::tcp::data_seq;

impl Engine {
    /// Begins to follow the flow in `row` with a segment of `side`, whose stream begins as told.
    pub(crate) fn start_following(
        &mut self,
        moment: &Moment<'_>,
        row: u32,
        side: Side,
        segment: &TcpSegment<'_>,
        begins: Beginning,
    ) -> Fate {
        let proxied = self.take_proxied(row);
        while let Some(crowded) = self.sessions.crowded(State::Held) {
            self.tally.drop(Drop::HeldEvicted, 1);
            self.forget(crowded);
        }
        self.bound_alarms();
        let Some(slot) = self.table.get_mut(row) else { return Fate::TcpPassed };
        slot.set_closed(false);
        let is_renewed = slot.take_renewal();
        let peer_start = peer_start(slot, side, segment);
        if is_renewed {
            self.table.begin_account(row, moment.ts_ns);
        }
        let mut streams = Both::<Stream>::default();
        let (own, peer) = streams.split_mut(side);
        *own = Stream::starting(begins.start);
        *peer = Stream::starting(peer_start);
        let mut session = Session::new(row, streams, begins.reading);
        session.proxied = proxied;
        let id = self.out.packets().saturating_mul(FLOW_ID_STEP).saturating_add(u64::from(self.slice.index()));
        let session = self.sessions.add(session, id);
        self.set_extra(row, Extra::Session(session));
        self.table.set_class(row, Class::Followed, self.clock.now_ns());
        self.follow(moment, session, side, segment)
    }

    /// A segment of a followed flow.
    pub(crate) fn follow(&mut self, moment: &Moment<'_>, row: u32, side: Side, segment: &TcpSegment<'_>) -> Fate {
        if self.sessions.get(row).is_some_and(|session| session.rival.is_some()) {
            if let Some(fate) = self.turn_to_rival(moment, row, side, segment) {
                return fate;
            }
        }
        self.note_path(row, side, moment);
        if segment.payload.is_empty() && segment.missing == 0 {
            return Fate::TcpEmpty;
        }
        self.sessions.touch(row);
        let bounds = Bounds::new(self.plan.caps().reorder_bytes_max);
        let Some(session) = self.sessions.get_mut(row) else { return Fate::TcpPassed };
        let acknowledges = segment.flags & flags::ACK != 0;
        let read = Segment {
            ts_ns: moment.ts_ns,
            seq: data_seq(segment),
            needs: acknowledges.then_some(segment.ack),
            data: segment.payload,
            missing: segment.missing,
        };
        if session.state() == State::Resting {
            session.streams.of_mut(side).pass(&read, &bounds);
            return Fate::TcpPassed;
        }
        let taken = session.streams.of_mut(side).take(&read, &bounds);
        let is_copy = session.recent.of_mut(side).is_copy((read.seq, read.data.len()), moment.ts_ns);
        self.tally.mirrored_segments += u64::from(is_copy && taken == Taken::Old);
        if taken == Taken::Far {
            self.tally.drop(Drop::SegmentFar, 1);
        }
        if let Some(slot) = self.session_slot(row) {
            slot.mark(side, seen::PAYLOAD);
        }
        let held = self.sessions.get(row).is_some_and(|session| session.state() == State::Held);
        self.pump(row);
        self.bound(row, side);
        self.set_alarm(row);
        if self.waits_too_much() {
            self.bound_alarms();
        }
        if held { Fate::TcpHeld } else { Fate::TcpFollowed }
    }

    /// The stream of `side` ends before `seq`: what acknowledges that need not wait any longer.
    pub(crate) fn end_stream(&mut self, row: u32, side: Side, seq: u32) {
        if let Some(session) = self.sessions.get_mut(row) {
            session.streams.of_mut(side).end_at(seq);
            self.pump(row);
            self.sessions.count_waiting(row);
        }
    }

    fn session_slot(&mut self, row: u32) -> Option<&mut Slot> {
        let flow_row = self.sessions.get(row)?.row;
        self.table.get_mut(flow_row)
    }

    /// Hands up whatever is in order.
    fn pump(&mut self, row: u32) {
        let Some(slot) = self.session_slot(row) else { return };
        let [there, known] = [seen::PACKET, seen::SYN]
            .map(|bit| Both { a: slot.has(Side::A, bit), b: slot.has(Side::B, bit) });
        while let Some(session) = self.sessions.get_mut(row) {
            let Some((side, delivery)) = session.pull(&there, &known) else { return };
            self.deliver(row, side, delivery);
        }
    }

    /// Keeps the reorder buffer of `side` within its bound.
    fn bound(&mut self, row: u32, side: Side) {
        let bounds = Bounds::new(self.plan.caps().reorder_bytes_max);
        while let Some(session) = self.sessions.get(row) {
            if !session.streams.of(side).is_full(&bounds) {
                return;
            }
            let Some(delivery) = self.force(row, side) else { return };
            self.deliver(row, side, delivery);
            self.pump(row);
        }
    }

    /// What `side` has waiting at its head, whatever it waits for.
    fn force(&mut self, row: u32, side: Side) -> Option<Delivery> {
        let is_there = self.session_slot(row).is_some_and(|slot| slot.has(side.other(), seen::PACKET));
        self.sessions.get_mut(row)?.force(side, is_there)
    }

    /// Gives up every hole of a session and hands up what was behind.
    fn drain(&mut self, row: u32) {
        self.pump(row);
        for side in SIDES {
            while let Some(delivery) = self.force(row, side) {
                self.deliver(row, side, delivery);
                self.pump(row);
            }
        }
    }

    /// A flow is about to leave the table: what waits behind a hole is looked at while the flow is still known.
    pub(crate) fn give_up_holes(&mut self, flow_row: u32) {
        if let Some(Extra::Session(row)) = self.table.get(flow_row).map(Slot::extra) {
            self.drain(row);
        }
    }

    /// Sees to it that a waiting stream is looked after when its time is up.
    fn set_alarm(&mut self, row: u32) {
        self.sessions.count_waiting(row);
        let now_ns = self.clock.now_ns();
        let Some(session) = self.sessions.get_mut(row) else { return };
        let Some(since_ns) = session.waits_since(now_ns) else { return };
        if session.has_alarm {
            return;
        }
        session.has_alarm = true;
        self.alarms.push(Reverse(Alarm { since_ns, flow_id: session.flow_id, session: row }));
    }

    /// Streams that have waited too long give up what they wait for.
    pub(crate) fn ring_alarms(&mut self) {
        let (now_ns, waits_ns_max) = (self.clock.now_ns(), self.plan.caps().reorder_ns_max);
        let is_due = |alarm: &Alarm| now_ns.saturating_sub(alarm.since_ns) >= waits_ns_max;
        while self.alarms.peek().is_some_and(|Reverse(alarm)| is_due(alarm)) {
            self.ring();
        }
    }

    /// Where too much waits in all, those that have waited longest give up: what is merely out of order waits for
    /// milliseconds. Sessions that came and went leave their alarms behind: a flood of them rings the oldest early, so
    /// that there are never more alarms than sessions.
    fn bound_alarms(&mut self) {
        while !self.alarms.is_empty() && (self.alarms.len() > self.sessions.capacity() || self.waits_too_much()) {
            self.ring();
        }
    }

    fn waits_too_much(&self) -> bool {
        self.sessions.waiting_bytes() > self.plan.caps().reorder_total_bytes_max
    }

    /// Of the session of the next alarm, the heads that have waited too long give up what they wait for; what stood
    /// behind them has its own time.
    fn ring(&mut self) {
        let Some(Reverse(Alarm { since_ns, session: row, flow_id })) = self.alarms.pop() else { return };
        let Some(session) = self.sessions.get_mut(row).filter(|session| session.flow_id == flow_id) else { return };
        session.has_alarm = false;
        while let Some(session) = self.sessions.get(row) {
            let Some(side) = session.waits_from(since_ns) else { break };
            if let Some(delivery) = self.force(row, side) {
                self.deliver(row, side, delivery);
            }
            self.pump(row);
        }
        self.set_alarm(row);
    }

    fn deliver(&mut self, row: u32, side: Side, delivery: Delivery) {
        let Some(session) = self.sessions.get_mut(row) else { return };
        match session.state() {
            State::Held => self.hold(row, side, &delivery),
            State::Young | State::Watched => {
                self.barrier = true;
                self.push_chunk(row, side, delivery);
            }
            State::Settled | State::Resting => self.push_chunk(row, side, delivery),
        }
    }

    fn push_chunk(&mut self, row: u32, side: Side, delivery: Delivery) {
        let Some(flow_id) = self.sessions.get(row).map(|session| session.flow_id) else { return };
        let Delivery { ts_ns, gap, data } = delivery;
        if data.is_empty() && gap == 0 {
            return;
        }
        self.tally.drop(Drop::GapBytes, gap);
        self.tally.followed_payload_bytes += data.len() as u64;
        self.out.push_back(Observation::Chunk { flow_id, side, ts_ns, gap, data });
    }

    /// Keeps payload of a flow in which nothing has matched yet, and looks for an anchor in it.
    fn hold(&mut self, row: u32, side: Side, delivery: &Delivery) {
        let plan = Arc::clone(&self.plan);
        let Some(session) = self.sessions.get_mut(row) else { return };
        session.hold(side, delivery);
        if plan.caps().follow_all {
            self.open(row, None);
            self.settle(row, State::Settled);
            return;
        }
        match session.reading {
            Reading::Http => return self.hold_http(row, side),
            Reading::Behind => return self.hold_behind(row, side, delivery.gap),
            Reading::Lines => {}
        }
        let begun = SIDES.into_iter().any(|side| begins_like_mining(session.held(side)));
        match session.search(side, plan.anchors()) {
            Some(hit) if begun => self.open(row, Some(hit.anchor)),
            None if begun && speaks_in_frames(session) => self.open(row, None),
            _ if !begun && http_work::turns_out_http(session) => self.hold_http(row, side),
            _ if !begun => self.let_go(row),
            _ if session.holds_too_much(side, plan.caps().held_bytes_max) => self.forget(row),
            _ => {}
        }
    }

    /// `side` has just spoken on a connection that began with HTTP: it is let go unless both sides go on in lines. A document
    /// has its head before it, and an answer with a head behind it.
    fn hold_behind(&mut self, row: u32, side: Side, gap: u64) {
        let plan = Arc::clone(&self.plan);
        let Some(session) = self.sessions.get_mut(row) else { return };
        let speaks = |side: Side| begins_like_mining(session.held(side));
        let both = SIDES.into_iter().all(speaks);
        if gap > 0 || !speaks(side) || session.holds_too_much(side, plan.caps().held_bytes_max) {
            self.forget(row);
        } else if both {
            if let Some(hit) = SIDES.into_iter().find_map(|side| session.search(side, plan.anchors())) {
                self.open(row, Some(hit.anchor));
            }
        }
    }

    /// What is held of a flow is no mining: it may name a server.
    pub(crate) fn let_go(&mut self, row: u32) {
        let Some(session) = self.sessions.get_mut(row) else { return };
        let flow_row = session.row;
        let (held, gaps) = session.release_by_side();
        let said = SIDES.map(|side| {
            let stream = session.streams.of_mut(side);
            let seq = stream.pulled_from(held.of(side).0.len());
            (side, (*session.tunnels.of(side)).unwrap_or_default(), seq, stream.take_waiting())
        });
        self.forget(row);
        let Some(realm) = self.table.get(flow_row).map(Slot::realm) else { return };
        for (side, tunnel, seq, waiting) in said {
            let (first, ts_ns) = held.of(side);
            if let Some(seq) = seq.filter(|_| !first.is_empty() && !gaps) {
                let moment = Moment { ts_ns: *ts_ns, realm, tunnel: &tunnel };
                self.read_late(&moment, flow_row, side, (seq, first), &waiting);
            }
        }
    }

    /// An anchor matched: the flow is a candidate, and what was held goes up.
    pub(crate) fn open(&mut self, row: u32, anchor: Option<u16>) {
        while let Some(crowded) = self.sessions.crowded(State::Young) {
            self.tally.drop(Drop::YoungEvicted, 1);
            self.evict(crowded);
        }
        let packet_ns = self.clock.packet_ns();
        let Some(session) = self.sessions.get_mut(row) else { return };
        let released = session.release();
        let tunnels = Both {
            a: session.tunnels.a.unwrap_or_default(),
            b: session.tunnels.b.unwrap_or_default(),
        };
        let (flow_row, flow_id, over_http) = (session.row, session.flow_id, session.reading == Reading::Http);
        let Some(slot) = self.table.get(flow_row) else { return };
        self.sessions.promote(row, State::Young);
        let ts_ns = released.first().map_or(packet_ns, |(_, delivery)| delivery.ts_ns);
        let moment = Moment { ts_ns, realm: slot.realm(), tunnel: &tunnels.a };
        self.tally.candidates += 1;
        self.out.push_back(Observation::Opened(Box::new(Opened {
            flow_id,
            ts_ns,
            first_ns: self.table.past(flow_row).first_ns,
            realm: slot.realm(),
            transport: slot.transport(),
            sockets: Both { a: slot.socket(Side::A), b: slot.socket(Side::B) },
            midstream: slot.is_midstream(),
            over_http,
            anchor,
            tunnels,
        })));
        self.watch_endpoint(&moment, flow_row);
        self.tell_proxy(&moment, row);
        for (side, delivery) in released {
            self.barrier = true;
            self.push_chunk(row, side, delivery);
        }
    }

    /// The pipeline wants the session to its end. It keeps the bounds; beyond those of the engine nothing is promised.
    pub(crate) fn settle(&mut self, row: u32, to: State) {
        let Some(state) = self.sessions.get(row).map(Session::state) else { return };
        if state != State::Held && state != to && self.sessions.has_room(to) {
            self.sessions.promote(row, to);
        }
    }

    /// There is no room for the session: what it says goes by, counted, until there is.
    pub(crate) fn rest(&mut self, row: u32) {
        let Some(state) = self.sessions.get(row).map(Session::state) else { return };
        if !matches!(state, State::Young | State::Watched | State::Settled) {
            return;
        }
        if !self.sessions.has_room(State::Resting) {
            self.forget(row);
            return;
        }
        self.sessions.promote(row, State::Resting);
        if let Some(session) = self.sessions.get_mut(row) {
            session.streams.a.forget();
            session.streams.b.forget();
        }
        self.sessions.count_waiting(row);
    }

    /// There is not even room to rest: the flow goes on unfollowed, and would be a new account in an hour.
    pub(crate) fn dismiss(&mut self, row: u32) {
        let now_ns = self.clock.now_ns();
        if let Some(slot) = self.session_slot(row) {
            slot.renew();
        }
        let flow_row = self.sessions.get(row).map(|session| session.row);
        if let Some(past) = flow_row.and_then(|flow_row| self.table.past_mut(flow_row)) {
            past.looks.spend(now_ns);
        }
        self.forget(row);
    }

    /// Nobody wants the session: its payload is forgotten and nothing is reported.
    pub(crate) fn forget(&mut self, row: u32) {
        let Some(mut session) = self.sessions.remove(row) else { return };
        self.set_extra(session.row, Extra::None);
        self.keep_proxied(session.row, session.proxied.take());
        self.table.set_class(session.row, Class::Tcp, self.clock.now_ns());
    }

    /// The session gives way to another; its flow goes on unfollowed, and would be a new account.
    fn evict(&mut self, row: u32) {
        let Some(session) = self.sessions.get_mut(row) else { return };
        let (flow_row, proxied) = (session.row, session.proxied.take());
        self.close_session(row, Cause::Evicted);
        self.set_extra(flow_row, Extra::None);
        self.keep_proxied(flow_row, proxied);
        self.table.set_class(flow_row, Class::Tcp, self.clock.now_ns());
    }

    /// Ends a session whose flow stays in the table; should the flow speak again, that is a new account. Returns how
    /// far each side was read without a hole: what stands behind one may be as forged as the end itself.
    pub(crate) fn close_session(&mut self, row: u32, cause: Cause) -> Both<Option<u32>> {
        self.pump(row);
        let read = self.sessions.get(row).map_or_else(Both::default, |session| {
            Both { a: session.streams.a.next(), b: session.streams.b.next() }
        });
        self.hand_up_rest(row, cause);
        if let Some(slot) = self.session_slot(row) {
            slot.renew();
        }
        self.sessions.remove(row);
        read
    }

    /// Ends a session whose flow has left the table.
    pub(crate) fn end_session(&mut self, row: u32, cause: Cause) {
        self.hand_up_rest(row, cause);
        self.sessions.remove(row);
    }

    fn hand_up_rest(&mut self, row: u32, cause: Cause) {
        self.drain(row);
        let ts_ns = self.clock.packet_ns();
        let Some(session) = self.sessions.get_mut(row) else { return };
        let flow_id = session.flow_id;
        if session.state() == State::Held {
            return;
        }
        let gaps = Both { a: session.streams.a.take_gap(), b: session.streams.b.take_gap() };
        for side in SIDES {
            let rest = Delivery { ts_ns, gap: *gaps.of(side), data: Vec::new() };
            self.push_chunk(row, side, rest);
        }
        self.out.push_back(Observation::Closed { flow_id, ts_ns, cause });
        // A session that rests may be followed from here on.
        self.barrier |= self.sessions.count(State::Resting) > 0;
    }

    /// Remembers the tunnel path of each side's first packet, and reports it if the flow is open already.
    fn note_path(&mut self, row: u32, side: Side, moment: &Moment<'_>) {
        let Some(session) = self.sessions.get_mut(row) else { return };
        let path = session.tunnels.of_mut(side);
        if path.is_some() {
            return;
        }
        *path = Some(*moment.tunnel);
        if session.state() != State::Held && !moment.tunnel.is_empty() {
            let flow_id = session.flow_id;
            self.out.push_back(Observation::Path { flow_id, side, tunnel: *moment.tunnel });
        }
    }
}

/// Whether what is held of both sides is an agent's binary frames, in which no anchor is.
fn speaks_in_frames(session: &Session) -> bool {
    SIDES.into_iter().map(|side| frames_of(session.held(side))).sum::<usize>() >= FRAMES_MIN
}

/// Where the other side's stream begins as far as it is known: after its SYN, where it was read up to, or what this
/// side acknowledged first.
fn peer_start(slot: &Slot, side: Side, segment: &TcpSegment<'_>) -> Start {
    let peer = side.other();
    let start = *slot.start.of(peer);
    let is_silent = !slot.has(peer, seen::PAYLOAD);
    if slot.has(peer, seen::READ) {
        Start::At(start)
    } else if is_silent && slot.has(peer, seen::SYN | seen::ACKED) {
        Start::Near(start)
    } else if segment.flags & flags::ACK != 0 {
        Start::Near(segment.ack)
    } else {
        Start::Unknown
    }
}
