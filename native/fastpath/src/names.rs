//! What flows are called: names in the first payload of a side, listed endpoints, answers of DNS, what a proxy is
//! asked for. Only what stands on a list is told. Nothing here is run for a segment that is neither the first of its side
//! nor waited for.

use std::sync::Arc;

use crate::engine::{Engine, Moment};
use crate::flow::{Extra, Slot, Socket, TCP, UDP, seen};
use crate::hello::{self, Sni};
use crate::http;
use crate::layers::TcpSegment;
use crate::observation::{NameKind, NameSeen, Observation, Proxied};
use crate::proxy::{self, Asked, Host, Target};
use crate::side::Side;
use crate::segment::{Piece, Segment};
use crate::stream::Start;
use crate::tcp::data_seq;
use crate::tls::Interest;

pub(crate) const DNS_PORT: u16 = 53;
/// Connections to DNS servers of which an unfinished answer is kept: forwarders hold a few each, most live for a
/// second. Some 6 KiB each, at most 14.
pub(crate) const DNS_STREAMS_MAX: usize = 256;
/// Connections to proxies of which the request is kept until its tunnel is used: a moment, or while a tunnel of
/// another kind is open. Some 300 bytes each.
pub(crate) const PROXIES_MAX: usize = 4096;

/// Whom a DNS answer came from and went to, and by what.
#[derive(Clone, Copy)]
struct Answered {
    transport: u8,
    resolver: Socket,
    client: Socket,
}

impl Engine {
    /// What the first payload of a side names: a TLS server, an HTTP host, or what a DNS server was asked for; and whether
    /// the flow's server is listed, where it is the flow's first, too.
    pub(crate) fn first_payload(&mut self, moment: &Moment<'_>, row: u32, side: Side, segment: &TcpSegment<'_>) {
        let Some(slot) = self.table.get(row) else { return };
        let (is_dns, is_first_of_flow) =
            (slot.socket(side).port == DNS_PORT, !slot.has(side.other(), seen::PAYLOAD));
        let interest = if is_first_of_flow { self.watch_endpoint(moment, row) } else { None };
        if is_dns {
            self.dns_segment(moment, row, side, segment);
        } else {
            self.read_first(moment, row, side, segment, interest);
        }
    }

    /// The same of a server whose address was looked up.
    fn read_first(
        &mut self,
        moment: &Moment<'_>,
        row: u32,
        side: Side,
        segment: &TcpSegment<'_>,
        interest: Option<Interest>,
    ) {
        match hello::sni(segment.payload) {
            sni @ (Sni::Name(_) | Sni::None | Sni::NeedMore) => {
                let Some(server) = self.table.get(row).map(|slot| slot.socket(side.other())) else { return };
                self.first_hello(moment, row, (side, server), (segment, sni), interest);
            }
            Sni::NotHello if proxy::may_ask(segment.payload) => self.begin_proxy(moment, row, side, segment),
            Sni::NotHello => {
                let tunnelled = self.table.get(row).is_some_and(|slot| slot.has(side.other(), seen::CONNECT));
                if !tunnelled && http::stays_http(segment.payload) {
                    self.mark(row, side, seen::HTTP);
                }
                if let Some(host) = http::host(segment.payload) {
                    self.tally.http_requests += 1;
                    self.name_met(moment, row, side, NameKind::HttpHost, host);
                }
            }
        }
    }

    /// What `side` begins with came behind what follows it (`waiting`), was put in order as mining may have been, and
    /// is none: read it for the names in it.
    #[cold]
    pub(crate) fn read_late(
        &mut self,
        moment: &Moment<'_>,
        row: u32,
        side: Side,
        (seq, first): (u32, &[u8]),
        waiting: &[Piece],
    ) {
        // Ports, flags and acknowledgement were read already.
        let plain = |seq, payload, missing| TcpSegment { src_port: 0, dst_port: 0, seq, ack: 0, flags: 0, payload, missing };
        self.read_first(moment, row, side, &plain(seq, first, 0), None);
        for piece in waiting {
            if self.table.get(row).is_some_and(Slot::has_extra) {
                self.more_payload(moment, row, side, &plain(piece.seq, &piece.data, piece.missing));
            }
        }
    }

    /// More payload of a flow of whose first something is kept.
    #[cold]
    #[inline(never)]
    pub(crate) fn more_payload(&mut self, moment: &Moment<'_>, row: u32, side: Side, segment: &TcpSegment<'_>) {
        match self.table.get(row).map(Slot::extra) {
            Some(Extra::Hello(handle)) => self.more_hello(moment, row, side, handle, segment),
            Some(Extra::Dns(_)) => self.dns_segment(moment, row, side, segment),
            Some(Extra::Proxy(handle)) => self.proxy_segment(moment, row, side, handle, segment),
            Some(Extra::Tls(handle)) => self.tls_segment(moment, row, side, handle, segment),
            Some(Extra::Session(_) | Extra::None) | None => {}
        }
    }

    /// Whether what comes before its time waits for the rest where it is read.
    #[cold]
    pub(crate) fn is_put_in_order(&self, row: u32, side: Side) -> bool {
        let is_put = |slot: &Slot| matches!(slot.extra(), Extra::Tls(_)) || slot.socket(side).port == DNS_PORT;
        self.table.get(row).is_some_and(is_put)
    }

    /// A side begins with what may ask a proxy for a connection.
    #[cold]
    fn begin_proxy(&mut self, moment: &Moment<'_>, row: u32, side: Side, segment: &TcpSegment<'_>) {
        if http::asks_for_tunnel(segment.payload) {
            self.mark(row, side, seen::CONNECT);
        }
        let Some((handle, stream)) = self.proxies.take() else { return };
        stream.begin(side, Start::At(data_seq(segment)));
        self.set_extra(row, Extra::Proxy(handle));
        self.proxy_segment(moment, row, side, handle, segment);
    }

    /// A segment of a flow to a proxy: what the client says until its request is known, and a ClientHello behind it.
    fn proxy_segment(
        &mut self,
        moment: &Moment<'_>,
        row: u32,
        side: Side,
        handle: u32,
        segment: &TcpSegment<'_>,
    ) {
        let Some(stream) = self.proxies.get(handle).filter(|stream| stream.side == Some(side)) else { return };
        let sni = hello::sni(segment.payload);
        if let Some(target) = stream.target.as_ref().filter(|_| sni != Sni::NotHello).cloned() {
            self.tunnelled_hello(moment, row, side, (segment, sni), &target);
            self.release(Extra::Proxy(handle));
            return;
        }
        match stream.take(&read_of(moment, segment)) {
            Asked::NeedMore => {}
            Asked::Nothing => {
                self.release(Extra::Proxy(handle));
                self.set_extra(row, Extra::None);
            }
            Asked::For(target) => {
                self.tally.proxy_requests += 1;
                self.target_met(moment, row, side, &target);
            }
        }
    }

    /// TLS begins in a tunnel to `target`: it is read as on a connection of its own. What stood in the flow's extra is
    /// to be given back.
    #[cold]
    fn tunnelled_hello(
        &mut self,
        moment: &Moment<'_>,
        row: u32,
        side: Side,
        first: (&TcpSegment<'_>, Sni<'_>),
        target: &Target,
    ) {
        let Some(slot) = self.table.get(row) else { return };
        let server = meant(slot.socket(side.other()), target);
        let interest = self.listed_target(slot.realm(), target).map(|(entry, name, _)| Interest {
            kind: NameKind::Proxied,
            name,
            entry,
            client: side,
            server,
        });
        self.set_extra(row, Extra::None);
        self.first_hello(moment, row, (side, server), first, interest);
    }

    /// A proxy was asked by `side` for `target`: reported if that is listed.
    fn target_met(&mut self, moment: &Moment<'_>, row: u32, side: Side, target: &Target) {
        let Some(slot) = self.table.get(row) else { return };
        let Some((entry, name, age_ns)) = self.listed_target(slot.realm(), target) else { return };
        let seen = NameSeen {
            age_ns,
            addresses: if let Host::Address(address) = target.host { vec![address] } else { Vec::new() },
            proxied: Some((target.via, target.port)),
            ..self.seen_on(moment, slot, side, NameKind::Proxied, (name, entry))
        };
        self.out.push_back(Observation::Name(Box::new(seen)));
    }

    /// The entry of a target, its name, and how long ago its address was learned.
    fn listed_target(&self, realm: u16, target: &Target) -> Option<(u32, Arc<str>, u64)> {
        let address = match &target.host {
            Host::Name(name) => {
                let entry = self.plan.names().lookup(name.as_bytes(), Some(target.port))?;
                return Some((entry, name.as_str().into(), 0));
            }
            Host::Address(address) => *address,
        };
        let now_ns = self.clock.now_ns();
        let on_port = |name: &str| self.plan.names().lookup(name.as_bytes(), Some(target.port)).is_some();
        if let Some(learned) = self.learned.lookup((realm, address), now_ns).filter(|learned| on_port(&learned.name()))
        {
            return Some((learned.entry(), learned.name(), learned.age_ns(now_ns)));
        }
        self.plan.addresses().lookup(&address.0, target.port).map(|entry| (entry, Arc::from(""), 0))
    }

    /// What is kept of the flow's first payload is given up, because its session begins; what a proxy was asked for
    /// and by which side goes with that.
    pub(crate) fn take_proxied(&mut self, row: u32) -> Option<Box<(Side, Target)>> {
        let extra = self.table.get(row)?.extra();
        let asked = match extra {
            Extra::Proxy(handle) => self.proxies.get(handle).and_then(|stream| stream.side.zip(stream.target.take())),
            _ => None,
        };
        self.release(extra);
        asked.map(Box::new)
    }

    /// What was spoken in a tunnel is not followed any longer: what it leads to is kept for the next time.
    pub(crate) fn keep_proxied(&mut self, row: u32, proxied: Option<Box<(Side, Target)>>) {
        let Some((side, target)) = proxied.map(|asked| *asked) else { return };
        let Some((handle, stream)) = self.proxies.take() else { return };
        stream.begin(side, Start::Unknown);
        stream.target = Some(target);
        self.set_extra(row, Extra::Proxy(handle));
    }

    /// A session was opened: what a proxy was asked for before is told, and once more that it is listed.
    pub(crate) fn tell_proxy(&mut self, moment: &Moment<'_>, session: u32) {
        let Some(session) = self.sessions.get(session) else { return };
        let (flow_id, row, ts_ns) = (session.flow_id, session.row, moment.ts_ns);
        let Some((client, target)) = session.proxied.as_deref().cloned() else { return };
        self.target_met(moment, row, client, &target);
        self.out.push_back(Observation::Proxied(Box::new(Proxied { flow_id, ts_ns, target })));
    }

    /// A listed name, met now on the flow in `slot`, whose client is `client`.
    pub(crate) fn seen_on(
        &self,
        moment: &Moment<'_>,
        slot: &Slot,
        client: Side,
        kind: NameKind,
        (name, entry): (Arc<str>, u32),
    ) -> NameSeen {
        NameSeen {
            flow_id: self.followed_id(slot),
            ts_ns: moment.ts_ns,
            realm: slot.realm(),
            transport: slot.transport(),
            kind,
            client: slot.socket(client),
            server: slot.socket(client.other()),
            name,
            entry,
            age_ns: 0,
            addresses: Vec::new(),
            proxied: None,
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
    pub(crate) fn name_met(
        &mut self,
        moment: &Moment<'_>,
        row: u32,
        side: Side,
        kind: NameKind,
        name: &[u8],
    ) -> Option<Interest> {
        let server = self.table.get(row)?.socket(side.other());
        self.name_met_for(moment, row, (side, server), (kind, name))
    }

    /// The same of a name by which the client means `server`, which may stand behind a proxy.
    pub(crate) fn name_met_for(
        &mut self,
        moment: &Moment<'_>,
        row: u32,
        (side, server): (Side, Socket),
        (kind, name): (NameKind, &[u8]),
    ) -> Option<Interest> {
        let slot = self.table.get(row)?;
        let entry = self.plan.names().lookup(name, Some(server.port))?;
        let name: Arc<str> = String::from_utf8_lossy(name).to_ascii_lowercase().into();
        let seen = self.seen_on(moment, slot, side, kind, (Arc::clone(&name), entry));
        self.out.push_back(Observation::Name(Box::new(seen)));
        Some(Interest { kind, name, entry, client: side, server })
    }

    /// Reports the flow's server if its address is listed or was learned from DNS. Without a SYN either end may be it.
    pub(crate) fn watch_endpoint(&mut self, moment: &Moment<'_>, row: u32) -> Option<Interest> {
        let slot = self.table.get(row)?;
        let candidates: &[Side] = if slot.is_midstream() { &[Side::B, Side::A] } else { &[Side::B] };
        let (seen, server) =
            candidates.iter().find_map(|&side| self.endpoint_seen(moment, slot, side).map(|seen| (seen, side)))?;
        let interest = Interest {
            kind: seen.kind,
            name: Arc::clone(&seen.name),
            entry: seen.entry,
            client: server.other(),
            server: seen.server,
        };
        self.out.push_back(Observation::Name(Box::new(seen)));
        Some(interest)
    }

    fn endpoint_seen(&self, moment: &Moment<'_>, slot: &Slot, side: Side) -> Option<NameSeen> {
        let server = slot.socket(side);
        let now_ns = self.clock.now_ns();
        let learned = self.learned.lookup((slot.realm(), server.ip), now_ns);
        // The host may serve a web site, too. Where a mining message was seen, its name is told whatever the port.
        let is_candidate = matches!(slot.extra(), Extra::Session(_));
        let on_port = |name: &str| self.plan.names().lookup(name.as_bytes(), Some(server.port)).is_some();
        if let Some(learned) = learned.filter(|learned| is_candidate || on_port(&learned.name())) {
            let listed = (learned.name(), learned.entry());
            let seen = self.seen_on(moment, slot, side.other(), NameKind::Learned, listed);
            return Some(NameSeen { age_ns: learned.age_ns(now_ns), ..seen });
        }
        let entry = self.plan.addresses().lookup(&server.ip.0, server.port)?;
        Some(self.seen_on(moment, slot, side.other(), NameKind::Address, (Arc::from(""), entry)))
    }

    /// A datagram of a DNS server.
    pub(crate) fn dns_datagram(&mut self, moment: &Moment<'_>, resolver: Socket, client: Socket, payload: &[u8]) {
        self.dns(moment, Answered { transport: UDP, resolver, client }, payload);
    }

    /// A segment of a connection to a DNS server. Where the stream's place was given to another, reading begins anew:
    /// most answers are whole segments.
    fn dns_segment(&mut self, moment: &Moment<'_>, row: u32, side: Side, segment: &TcpSegment<'_>) {
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
        let mut messages = Vec::new();
        if let Some(stream) = self.dns_streams.get(handle) {
            stream.take(&read_of(moment, segment), |message| messages.push(message.to_vec()));
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
        // A copy in another realm teaches that realm, and is no second question.
        if self.answers.is_copy(answered.client, message, moment.ts_ns) {
            self.tally.mirrored_answers += 1;
            return;
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
            proxied: None,
        })));
    }
}

/// Whom a client means by `target` that asks the proxy at `proxy`: its address, where only its name is known the proxy's.
fn meant(proxy: Socket, target: &Target) -> Socket {
    match target.host {
        Host::Address(ip) => Socket { ip, port: target.port },
        Host::Name(_) => Socket { port: target.port, ..proxy },
    }
}

/// A segment as it is read in order.
pub(crate) fn read_of<'a>(moment: &Moment<'_>, segment: &TcpSegment<'a>) -> Segment<'a> {
    Segment {
        ts_ns: moment.ts_ns,
        seq: data_seq(segment),
        needs: None,
        data: segment.payload,
        missing: segment.missing,
    }
}
