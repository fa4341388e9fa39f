//! What flows are called: names in the first payload of a side, listed endpoints, answers of DNS. Only what stands on a
//! list is told. Nothing here is run for a segment that is neither the first of its side nor waited for.

use std::sync::Arc;

use crate::engine::{Engine, Moment};
use crate::flow::{Extra, Slot, Socket, TCP, UDP, seen};
use crate::hello::{self, Sni};
use crate::http;
use crate::layers::TcpSegment;
use crate::observation::{NameKind, NameSeen, Observation};
use crate::side::Side;
use crate::segment::Segment;
use crate::stream::Start;
use crate::tcp::data_seq;

pub(crate) const DNS_PORT: u16 = 53;
/// Connections to DNS servers of which an unfinished answer is kept: forwarders hold a few each, most live for a
/// second. Some 6 KiB each, at most 14.
pub(crate) const DNS_STREAMS_MAX: usize = 256;

/// Whom a DNS answer came from and went to, and by what.
#[derive(Clone, Copy)]
struct Answered {
    transport: u8,
    resolver: Socket,
    client: Socket,
}

impl Engine {
    /// What the first payload of a side names: a TLS server, an HTTP host, or what a DNS server was asked for.
    pub(crate) fn first_payload(&mut self, moment: &Moment<'_>, row: u32, side: Side, segment: &TcpSegment<'_>) {
        if self.is_dns_server(row, side) {
            self.dns_segment(moment, row, side, segment);
            return;
        }
        match hello::sni(segment.payload) {
            Sni::Name(name) => {
                self.tally.client_hellos += 1;
                self.name_met(moment, row, side, NameKind::Sni, name);
            }
            Sni::None => self.tally.client_hellos += 1,
            Sni::NeedMore => {
                let next = segment.seq.wrapping_add(u32::try_from(segment.payload.len()).unwrap_or(u32::MAX));
                if let Some(handle) = self.hellos.start(segment.payload, next) {
                    self.set_extra(row, Extra::Hello(handle));
                }
            }
            Sni::NotHello => {
                let tunnelled = self.table.get(row).is_some_and(|slot| slot.has(side.other(), seen::CONNECT));
                if http::asks_for_tunnel(segment.payload) {
                    self.mark(row, side, seen::CONNECT);
                } else if !tunnelled && http::stays_http(segment.payload) {
                    self.mark(row, side, seen::HTTP);
                }
                if let Some(host) = http::host(segment.payload) {
                    self.tally.http_requests += 1;
                    self.name_met(moment, row, side, NameKind::HttpHost, host);
                }
            }
        }
    }

    pub(crate) fn more_hello(&mut self, moment: &Moment<'_>, row: u32, side: Side, handle: u32, segment: &TcpSegment<'_>) {
        let Some(verdict) = self.hellos.add(handle, segment.seq, segment.payload) else { return };
        self.tally.client_hellos += 1;
        self.hellos.release(handle);
        self.set_extra(row, Extra::None);
        if let Some(name) = verdict {
            self.name_met(moment, row, side, NameKind::Sni, &name);
        }
    }

    /// The id of the flow's session; 0 where it is not followed.
    fn followed_id(&self, slot: &Slot) -> u64 {
        match slot.extra() {
            Extra::Session(row) => self.sessions.get(row).map_or(0, |session| session.flow_id),
            _ => 0,
        }
    }

    /// A name sent by `side`: reported if it is listed for the port it is sent to.
    fn name_met(&mut self, moment: &Moment<'_>, row: u32, side: Side, kind: NameKind, name: &[u8]) {
        let Some(slot) = self.table.get(row) else { return };
        let server = slot.socket(side.other());
        let Some(entry) = self.plan.names().lookup(name, Some(server.port)) else { return };
        let name: Arc<str> = String::from_utf8_lossy(name).to_ascii_lowercase().into();
        let seen = NameSeen {
            flow_id: self.followed_id(slot),
            ts_ns: moment.ts_ns,
            realm: slot.realm(),
            transport: slot.transport(),
            kind,
            client: slot.socket(side),
            server,
            name,
            entry,
            age_ns: 0,
            addresses: Vec::new(),
        };
        self.out.push_back(Observation::Name(Box::new(seen)));
    }

    /// Reports the flow's server if its address is listed or was learned from DNS. Without a SYN either end may be it.
    pub(crate) fn watch_endpoint(&mut self, moment: &Moment<'_>, row: u32) {
        let Some(slot) = self.table.get(row) else { return };
        let candidates: &[Side] = if slot.is_midstream() { &[Side::B, Side::A] } else { &[Side::B] };
        for &side in candidates {
            if let Some(seen) = self.endpoint_seen(moment, slot, side) {
                self.out.push_back(Observation::Name(Box::new(seen)));
                return;
            }
        }
    }

    fn endpoint_seen(&self, moment: &Moment<'_>, slot: &Slot, side: Side) -> Option<NameSeen> {
        let server = slot.socket(side);
        let seen = |kind, name, entry, age_ns| NameSeen {
            flow_id: self.followed_id(slot),
            ts_ns: moment.ts_ns,
            realm: slot.realm(),
            transport: slot.transport(),
            kind,
            client: slot.socket(side.other()),
            server,
            name,
            entry,
            age_ns,
            addresses: Vec::new(),
        };
        let learned = self.learned.lookup((slot.realm(), server.ip), self.clock.now_ns());
        // The host may serve a web site, too. Where a mining message was seen, its name is told whatever the port.
        let is_candidate = matches!(slot.extra(), Extra::Session(_));
        let on_port = |name: &str| self.plan.names().lookup(name.as_bytes(), Some(server.port)).is_some();
        if let Some(learned) = learned.filter(|learned| is_candidate || on_port(&learned.name())) {
            return Some(seen(NameKind::Learned, learned.name(), learned.entry(), learned.age_ns(self.clock.now_ns())));
        }
        let entry = self.plan.addresses().lookup(&server.ip.0, server.port)?;
        Some(seen(NameKind::Address, Arc::from(""), entry, 0))
    }

    /// A datagram of a DNS server.
    pub(crate) fn dns_datagram(&mut self, moment: &Moment<'_>, resolver: Socket, client: Socket, payload: &[u8]) {
        self.dns(moment, Answered { transport: UDP, resolver, client }, payload);
    }

    pub(crate) fn is_dns_server(&self, row: u32, side: Side) -> bool {
        self.table.get(row).is_some_and(|slot| slot.socket(side).port == DNS_PORT)
    }

    /// A segment of a connection to a DNS server. Where the stream's place was given to another, reading begins anew:
    /// most answers are whole segments.
    #[cold]
    #[inline(never)]
    pub(crate) fn dns_segment(&mut self, moment: &Moment<'_>, row: u32, side: Side, segment: &TcpSegment<'_>) {
        let Some(slot) = self.table.get(row) else { return };
        let answered = Answered { transport: TCP, resolver: slot.socket(side), client: slot.socket(side.other()) };
        if answered.resolver.port != DNS_PORT {
            return;
        }
        let handle = match slot.extra() {
            Extra::Dns(handle) if self.dns_streams.get(handle).is_some() => handle,
            extra => {
                let is_first = extra == Extra::None && slot.has(side, seen::SYN | seen::ACKED);
                let start = if is_first { Start::Near(*slot.start.of(side)) } else { Start::Unknown };
                let Some((handle, stream)) = self.dns_streams.take() else { return };
                stream.begin(start);
                self.set_extra(row, Extra::Dns(handle));
                handle
            }
        };
        let read = Segment {
            ts_ns: moment.ts_ns,
            seq: data_seq(segment),
            needs: None,
            data: segment.payload,
            missing: segment.missing,
        };
        let mut messages = Vec::new();
        if let Some(stream) = self.dns_streams.get(handle) {
            stream.take(&read, |message| messages.push(message.to_vec()));
        }
        for message in messages {
            self.dns(moment, answered, &message);
        }
    }

    /// A DNS answer: if it is for a listed name, its addresses are remembered.
    fn dns(&mut self, moment: &Moment<'_>, answered: Answered, message: &[u8]) {
        let Some(answer) = crate::dns::parse_answer(message) else { return };
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
            transport: answered.transport,
            kind: NameKind::Dns,
            client: answered.client,
            server: answered.resolver,
            name,
            entry,
            age_ns: 0,
            addresses: answer.addresses().to_vec(),
        })));
    }
}
