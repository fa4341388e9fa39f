//! TCP flows: connection state as far as a passive reader needs it, and which segments are worth a look.

use crate::engine::{Engine, Moment};
use crate::fate::Fate;
use crate::flow::{Class, Extra, Found, Past, Slot, seen};
use crate::groups::FlowPacket;
use crate::http_work;
use crate::layers::{TcpSegment, flags};
use crate::looks::{begins_like_mining, is_brace_by_chance};
use crate::observation::Cause;
use crate::rival::Rival;
use crate::side::{Both, SIDES, Side};
use crate::segment::{apart, distance};
use crate::session::{Beginning, Reading};
use crate::stream::{START_WINDOW, Start};
use crate::tally::Drop;

/// What is sent again after the end of a connection lies this close behind it; other numbers are another connection.
const AGAIN_WINDOW: i32 = 64 * 1024;
/// A RST must lie this close to what is expected (RFC 5961 would be stricter; captures lose segments).
const RST_WINDOW: u32 = 64 * 1024;

impl Engine {
    /// What nearly every segment is: one of a flow of which nothing more is wanted, and nothing new in it. None where it
    /// takes a closer look; then nothing was done.
    #[inline(always)]
    pub(crate) fn passed_by(&mut self, packet: &FlowPacket<'_>, segment: &TcpSegment<'_>) -> Option<Fate> {
        let now_ns = self.clock.now_ns();
        let has_payload = !segment.payload.is_empty();
        let (slot, side) = self.table.known(packet.guess, &packet.key, packet.from_low, now_ns)?;
        if segment.flags & (flags::SYN | flags::FIN | flags::RST) != 0 || !slot.is_unmoved_by(side, has_payload) {
            return None;
        }
        if has_payload && (http_work::is_worth_a_look(segment.payload) || self.plan.caps().follow_all) {
            return None;
        }
        slot.last_ns = now_ns;
        self.count_payload(segment);
        Some(if has_payload { Fate::TcpPassed } else { Fate::TcpEmpty })
    }

    #[inline(always)]
    fn count_payload(&mut self, segment: &TcpSegment<'_>) {
        self.tally.tcp_payload_bytes += segment.payload.len() as u64;
        if segment.missing > 0 {
            let cut = self.tally.tcp_payload_bytes_cut;
            self.tally.tcp_payload_bytes_cut = cut.saturating_add(segment.missing.into());
        }
    }

    #[inline(never)]
    pub(crate) fn tcp(&mut self, moment: &Moment<'_>, found: &Found, segment: &TcpSegment<'_>) -> Fate {
        if found.is_new {
            self.tally.flows_tcp += 1;
        }
        if segment.flags & flags::SYN == 0 {
            return self.segment(moment, found.row, found.side, segment);
        }
        if !found.is_new && self.is_copied_syn(found.row, found.side, segment) {
            self.tally.mirrored_syns += 1;
        }
        match self.syn(moment, found.row, found.side, segment) {
            Some((row, side)) => self.segment(moment, row, side, segment),
            None if segment.payload.is_empty() => Fate::TcpEmpty,
            None => Fate::TcpPassed,
        }
    }

    /// A segment whose flow and side are known.
    #[inline]
    fn segment(&mut self, moment: &Moment<'_>, row: u32, side: Side, segment: &TcpSegment<'_>) -> Fate {
        let now_ns = self.clock.now_ns();
        let Some(slot) = self.table.get_mut(row) else { return Fate::TcpEmpty };
        let is_untimed = slot.take_untimed();
        if !slot.is_closed() {
            // A closed one lingers for its time, whatever is sent again.
            slot.last_ns = now_ns;
        }
        slot.mark(side, seen::PACKET);
        let session = slot.session();
        if segment.payload.is_empty() {
            if segment.flags & flags::ACK != 0 {
                slot.acknowledge(side, segment.ack);
            }
        } else if !slot.has(side, seen::PAYLOAD) && forgets_its_syn(slot, side, segment) {
            *slot.start.of_mut(side) = segment.seq;
            self.begin_session_at(session, side, segment.seq);
        }
        if is_untimed {
            self.table.begin_account(row, moment.ts_ns);
        }
        self.count_payload(segment);
        let fate = match session {
            Some(session) => {
                self.table.use_again(row, now_ns);
                self.follow(moment, session, side, segment)
            }
            None if segment.payload.is_empty() => Fate::TcpEmpty,
            None => self.look(moment, row, side, segment),
        };
        if segment.flags & (flags::FIN | flags::RST) != 0 {
            self.leave(row, side, segment);
        }
        fate
    }

    /// A SYN begins a connection, or shows that a port was used again. Returns the flow's row and the sender's side;
    /// none where it only claims the place of a connection that is followed.
    fn syn(&mut self, moment: &Moment<'_>, row: u32, side: Side, segment: &TcpSegment<'_>) -> Option<(u32, Side)> {
        let start = segment.seq.wrapping_add(1);
        let is_answer = segment.flags & flags::ACK != 0;
        let (mut row, mut side) = (row, side);
        if self.begins_another(row, side, start) {
            let mut rival = Rival::claimed(side, segment, moment.ts_ns);
            match self.table.get(row)?.extra() {
                Extra::Session(session) => {
                    let Some(asked_ns) = self.asked_ns(session, &rival) else {
                        self.sessions.get_mut(session)?.rival = Some(Box::new(rival));
                        return None;
                    };
                    // It began with the question, not with the answer.
                    rival.ts_ns = asked_ns;
                    return self.give_way(row, side, &rival);
                }
                _ if is_answer => {}
                _ => (row, side) = (self.replace(row, side)?, Side::A),
            }
        }
        let slot = self.table.get_mut(row)?;
        let fresh = slot.seen.a | slot.seen.b == 0;
        if is_answer && slot.has(side, seen::READ) && is_elsewhere(start, *slot.start.of(side)) {
            // What was read is over, and the SYN that this answers was not seen.
            slot.begin_anew();
        }
        if is_answer && fresh && side == Side::A {
            slot.turn_round();
            side = Side::B;
        }
        slot.begin(side, start);
        if is_answer && !slot.has(side.other(), seen::PAYLOAD) {
            // It says where the other side begins, whose SYN may come late or not at all.
            slot.begin(side.other(), segment.ack);
        }
        Some((row, side))
    }

    /// When the SYN came that `rival` answers, and that claimed the session's place before; none where it answers none.
    fn asked_ns(&self, session: u32, rival: &Rival) -> Option<u64> {
        let before = self.sessions.get(session)?.rival.as_deref()?;
        rival.answers(before).then_some(before.ts_ns)
    }

    /// Ends the flow in `row`: `client` of it opens another under the same key. Returns the new one's row.
    fn replace(&mut self, row: u32, client: Side) -> Option<u32> {
        self.give_up_holes(row);
        let (left, new_row) = self.table.replace(row, client, self.clock.now_ns())?;
        self.tally.flows_tcp += 1;
        self.settle_left(left, Cause::PortReused);
        Some(new_row)
    }

    /// Ends the session in `row` for its rival, of which `side` of the old flow sends something. Returns the rival's
    /// row and the sender's side in it.
    fn give_way(&mut self, row: u32, side: Side, rival: &Rival) -> Option<(u32, Side)> {
        let new_row = self.replace(row, rival.client)?;
        self.table.begin_account(new_row, rival.ts_ns);
        let slot = self.table.get_mut(new_row)?;
        slot.take_untimed();
        for (old, new) in [(rival.client, Side::A), (rival.client.other(), Side::B)] {
            if let Some(start) = *rival.starts.of(old) {
                slot.begin(new, start);
            }
        }
        Some((new_row, if side == rival.client { Side::A } else { Side::B }))
    }

    /// A segment of a followed flow that belongs to the connection which claims its place: that one is believed now.
    #[cold]
    pub(crate) fn turn_to_rival(
        &mut self,
        moment: &Moment<'_>,
        session: u32,
        side: Side,
        segment: &TcpSegment<'_>,
    ) -> Option<Fate> {
        let session = self.sessions.get_mut(session)?;
        let (flow_row, next) = (session.row, session.next());
        let rival = session.rival.take_if(|rival| rival.owns(side, segment, &next))?;
        let (row, side) = self.give_way(flow_row, side, &rival)?;
        Some(self.segment(moment, row, side, segment))
    }

    /// A SYN, or an answer to one, that is neither the flow's first packet, nor a repetition, nor merely late, begins
    /// another connection.
    fn begins_another(&self, row: u32, side: Side, start: u32) -> bool {
        let Some(slot) = self.table.get(row) else { return false };
        let fresh = slot.seen.a | slot.seen.b == 0;
        // A sender that does not count its SYN begins one earlier.
        let repeated = slot.has(side, seen::SYN) && matches!(distance(start, *slot.start.of(side)), 0 | 1);
        // Its SYN comes behind the answer to it, or both ends open at once (RFC 9293 section 3.5).
        let late = !slot.has(side, seen::SYN) && slot.has(side.other(), seen::SYN) && !slot.has(side, seen::PAYLOAD);
        !(fresh || repeated || late)
    }

    /// A segment with payload of a flow that is not followed.
    fn look(&mut self, moment: &Moment<'_>, row: u32, side: Side, segment: &TcpSegment<'_>) -> Fate {
        if self.plan.has_realms() && self.is_copy_in_this_realm(row, side, segment) {
            self.tally.mirrored_segments += 1;
            return Fate::TcpPassed;
        }
        let now_ns = self.clock.now_ns();
        let Self { plan, table, .. } = self;
        let Some(slot) = table.get_mut(row) else { return Fate::TcpPassed };
        let start = *slot.start.of(side);
        let ahead = distance(data_seq(segment), start);
        let mut is_new = false;
        if slot.has(side, seen::READ) {
            let behind = distance(start, end_seq(segment));
            if (0..=AGAIN_WINDOW).contains(&behind) {
                // Sent again after the end: the session that read it first has counted it.
                return Fate::TcpPassed;
            }
            is_new = behind > AGAIN_WINDOW || ahead > START_WINDOW;
            if is_new {
                slot.begin_anew();
            }
            slot.last_ns = now_ns;
        }
        let read = slot.has(side, seen::READ);
        let first = !slot.has(side, seen::PAYLOAD);
        if first && ahead == -1 && segment.payload.len() == 1 && slot.has(side, seen::SYN) {
            // A keep-alive before the first byte.
            return Fate::TcpPassed;
        }
        let first_of_flow = (slot.seen.a | slot.seen.b) & seen::PAYLOAD == 0;
        if first && slot.has(side, seen::SYN) && !(0..=START_WINDOW).contains(&ahead) {
            // The SYN was that of another attempt.
            slot.unmark(side, seen::SYN);
        }
        let syn_seen = slot.has(side, seen::SYN);
        slot.mark(side, seen::PAYLOAD);
        let acknowledged = slot.has(side, seen::ACKED);
        let late = first && syn_seen && ahead > 0;
        // What an HTTP connection carries is documents: a page about mining is not mining, until both sides go on in
        // lines. Whose very first byte is no HTTP speaks none, whatever the other side began with.
        let is_beginning = first && syn_seen && ahead == 0;
        let is_http = (slot.seen.a | slot.seen.b) & seen::HTTP != 0 && !is_beginning;
        let (closed, has_extra) = (slot.is_closed(), slot.has_extra());
        let mining = begins_like_mining(segment.payload)
            && !(has_extra && is_gathered(slot) && is_brace_by_chance(segment.payload));
        let over_http = http_work::may_hold_work(segment.payload, is_http);
        let looks = |past: &mut Past| past.looks.allow(now_ns, plan.caps());
        let looked = (mining || over_http) && table.past_mut(row).is_some_and(looks);
        // Documents in JSON are many: those that hold no word of mining are not worth a session.
        let speaks = looked && mining && (!is_http || plan.anchors().find(segment.payload, 0).is_some());
        let asks = looked && !speaks && over_http && http_work::asks(plan, segment.payload);
        let allowed = plan.caps().follow_all || speaks || asks;
        if is_new {
            self.table.begin_account(row, moment.ts_ns);
        }
        if !closed {
            self.table.set_class(row, Class::Tcp, now_ns);
        }
        // A late first segment is followed, for what it is late behind may be mining, unless others put it in order.
        if allowed || (late && !self.is_put_in_order(row, side)) {
            if first_of_flow {
                self.watch_endpoint(moment, row);
            }
            self.tally.looks += 1;
            let begins = match (first, syn_seen, acknowledged) {
                _ if read && ahead < 0 => Start::At(start),
                (true, true, _) | (true, _, true) => Start::Near(start),
                _ => Start::Unknown,
            };
            let reading = match (asks, is_http && speaks) {
                (true, _) => Reading::Http,
                (_, true) => Reading::Behind,
                _ => Reading::Lines,
            };
            return self.start_following(moment, row, side, segment, Beginning { start: begins, reading });
        }
        if mining && !looked && !is_http {
            if first_of_flow {
                self.watch_endpoint(moment, row);
            }
            self.tally.drop(Drop::LookRefused, 1);
        } else if has_extra {
            self.more_payload(moment, row, side, segment);
        } else if first {
            self.first_payload(moment, row, side, segment);
        }
        Fate::TcpPassed
    }

    /// The session of a flow, if it has one, has read nothing of `side` yet and begins there at `seq`.
    #[cold]
    fn begin_session_at(&mut self, session: Option<u32>, side: Side, seq: u32) {
        if let Some(session) = session.and_then(|row| self.sessions.get_mut(row)) {
            session.streams.of_mut(side).begin_at(seq);
        }
    }

    pub(crate) fn mark(&mut self, row: u32, side: Side, bit: u8) {
        if let Some(slot) = self.table.get_mut(row) {
            slot.mark(side, bit);
        }
    }

    pub(crate) fn set_extra(&mut self, row: u32, extra: Extra) {
        if let Some(slot) = self.table.get_mut(row) {
            slot.set_extra(extra);
        }
    }

    /// A FIN or RST: the flow ends when both sides have said so, or one where only one is seen.
    fn leave(&mut self, row: u32, side: Side, segment: &TcpSegment<'_>) {
        let Some(slot) = self.table.get_mut(row) else { return };
        if slot.is_closed() {
            return;
        }
        let cause = if segment.flags & flags::RST != 0 { Cause::Rst } else { Cause::Fin };
        if cause == Cause::Fin {
            slot.mark(side, seen::FIN);
            let goes_on = !slot.is_one_way() && !slot.has(side.other(), seen::FIN);
            if let Extra::Session(session) = slot.extra() {
                self.end_stream(session, side, end_seq(segment));
            }
            if goes_on {
                return;
            }
        } else if let Extra::Session(session) = slot.extra() {
            let expected = self.sessions.get(session).and_then(|session| session.streams.of(side).next());
            let far = expected.is_some_and(|next| apart(segment.seq, next) > RST_WINDOW);
            if far {
                self.tally.drop(Drop::RstOutside, 1);
                return;
            }
        }
        self.close(row, cause);
    }

    /// The connection is over; its slot lingers for late segments.
    fn close(&mut self, row: u32, cause: Cause) {
        let Some(slot) = self.table.get_mut(row) else { return };
        slot.set_closed(true);
        let extra = slot.extra();
        slot.set_extra(Extra::None);
        match extra {
            Extra::Session(session) => {
                let next = self.close_session(session, cause);
                self.remember_end(row, &next);
            }
            _ => self.release(extra),
        }
        self.table.set_class(row, Class::Brief, self.clock.now_ns());
    }

    /// Keeps how far each side was read without a hole, so that what is sent again after the end is no new session.
    fn remember_end(&mut self, row: u32, next: &Both<Option<u32>>) {
        let Some(slot) = self.table.get_mut(row) else { return };
        for side in SIDES {
            if let Some(next) = *next.of(side) {
                *slot.start.of_mut(side) = next;
                slot.mark(side, seen::READ);
            }
        }
    }
}

/// Whether bytes that are no text are gathered of the flow: a TLS handshake, an answer of DNS.
#[cold]
fn is_gathered(slot: &Slot) -> bool {
    matches!(slot.extra(), Extra::Hello(_) | Extra::Tls(_) | Extra::Dns(_))
}

/// Whether the side's first payload has the sequence number of its SYN: generators of traffic forget that a SYN takes
/// one. A single byte there is a keep-alive.
fn forgets_its_syn(slot: &Slot, side: Side, segment: &TcpSegment<'_>) -> bool {
    let is_syn = segment.flags & flags::SYN != 0;
    slot.has(side, seen::SYN)
        && !is_syn
        && segment.payload.len() > 1
        && distance(segment.seq, *slot.start.of(side)) == -1
}

/// Whether a connection that begins at `start` is another one than that which was read up to `end`.
fn is_elsewhere(start: u32, end: u32) -> bool {
    apart(start, end) > AGAIN_WINDOW.unsigned_abs()
}

/// The sequence number of a segment's first payload byte: a SYN takes one of its own (RFC 9293 section 3.4).
pub(crate) fn data_seq(segment: &TcpSegment<'_>) -> u32 {
    segment.seq.wrapping_add(u32::from(segment.flags & flags::SYN != 0))
}

/// The sequence number behind a segment's payload as it was on the wire.
pub(crate) fn end_seq(segment: &TcpSegment<'_>) -> u32 {
    let length = u32::try_from(segment.payload.len()).unwrap_or(u32::MAX).saturating_add(segment.missing);
    data_seq(segment).wrapping_add(length)
}
