//! TLS flows whose server's name or address stands on a list: the client's fingerprint, and the names of the server's
//! certificate where it is sent in clear. Facts beside what was met, of few flows; no other flow is read for them.

use std::sync::Arc;

use crate::engine::{Engine, Moment};
use crate::flow::{Extra, Slot, Socket, seen};
use crate::handshake::{Flight, ServerFlight};
use crate::hello::{self, Sni};
use crate::ja4::ja4;
use crate::layers::TcpSegment;
use crate::names::read_of;
use crate::observation::{NameKind, Observation, TlsSeen};
use crate::ring::Reusable;
use crate::side::Side;
use crate::stream::Start;
use crate::tcp::data_seq;

/// Flows watched at once, from their ClientHello to their certificate: some 200 ms each. Some 5 KiB each, at most 24.
pub(crate) const TLS_WATCHED_MAX: usize = 512;
/// Names told of one certificate: enough to know whose it is.
const NAMES_TOLD_MAX: usize = 8;

/// The listed thing for which a flow is of interest, and which side met it.
#[derive(Clone)]
pub(crate) struct Interest {
    pub kind: NameKind,
    pub name: Arc<str>,
    pub entry: u32,
    pub client: Side,
    /// Whom the client means: in a tunnel the target, as far as its address is known.
    pub server: Socket,
}

/// A flow that is watched.
#[derive(Default)]
pub(crate) struct TlsWatch {
    interest: Option<Interest>,
    /// The ClientHello, while it is being gathered.
    hello: Option<u32>,
    flight: ServerFlight,
}

impl Reusable for TlsWatch {
    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Engine {
    /// The first that `side` says to `server` is a ClientHello, as far as it goes. `interest`: its server is listed.
    pub(crate) fn first_hello(
        &mut self,
        moment: &Moment<'_>,
        row: u32,
        (side, server): (Side, Socket),
        (segment, sni): (&TcpSegment<'_>, Sni<'_>),
        interest: Option<Interest>,
    ) {
        let named = match sni {
            Sni::Name(name) => self.name_met_for(moment, row, (side, server), (NameKind::Sni, name)),
            _ => None,
        };
        self.tally.client_hellos += u64::from(sni != Sni::NeedMore);
        let interest = named.or(interest.filter(|interest| interest.client == side));
        if let Some(interest) = interest {
            self.watch_tls(moment, row, segment, interest);
        } else if sni == Sni::NeedMore {
            if let Some(handle) = self.hellos.start(segment.payload, behind(segment)) {
                self.set_extra(row, Extra::Hello(handle));
            }
        }
    }

    /// More of a ClientHello to a server of which nothing is known yet.
    pub(crate) fn more_hello(
        &mut self,
        moment: &Moment<'_>,
        row: u32,
        side: Side,
        handle: u32,
        segment: &TcpSegment<'_>,
    ) {
        let Some(verdict) = self.hellos.add(handle, data_seq(segment), segment.payload) else { return };
        self.tally.client_hellos += 1;
        self.set_extra(row, Extra::None);
        if let Some(interest) = verdict.and_then(|name| self.name_met(moment, row, side, NameKind::Sni, &name)) {
            let fingerprint = self.hellos.message(handle).and_then(ja4);
            self.tell_ja4(moment, row, &interest, fingerprint);
            self.start_watch(row, interest, None);
        }
        self.hellos.release(handle);
    }

    /// A flow of interest begins with `segment`, a ClientHello as far as it goes.
    #[cold]
    fn watch_tls(&mut self, moment: &Moment<'_>, row: u32, segment: &TcpSegment<'_>, interest: Interest) {
        if let Some(message) = hello::whole(segment.payload) {
            self.tell_ja4(moment, row, &interest, ja4(message));
            self.start_watch(row, interest, None);
        } else {
            let hello = self.hellos.start(segment.payload, behind(segment));
            self.start_watch(row, interest, hello);
        }
    }

    fn start_watch(&mut self, row: u32, interest: Interest, hello: Option<u32>) {
        let Some(slot) = self.table.get(row) else { return };
        let server = interest.client.other();
        let is_known = slot.has(server, seen::SYN | seen::ACKED) && !slot.has(server, seen::PAYLOAD);
        let start = if is_known { Start::Near(*slot.start.of(server)) } else { Start::Unknown };
        let Some((handle, watch)) = self.tls.take() else { return };
        *watch = TlsWatch { interest: Some(interest), hello, flight: ServerFlight::starting(start) };
        self.set_extra(row, Extra::Tls(handle));
    }

    /// A segment of a flow that is watched.
    pub(crate) fn tls_segment(
        &mut self,
        moment: &Moment<'_>,
        row: u32,
        side: Side,
        handle: u32,
        segment: &TcpSegment<'_>,
    ) {
        let Some(watch) = self.tls.get(handle) else { return };
        let Some(interest) = watch.interest.clone() else { return };
        if side == interest.client {
            if let Some(hello) = watch.hello {
                self.more_of_watched(moment, row, (handle, hello), segment, interest);
            }
            return;
        }
        let names = match watch.flight.take(&read_of(moment, segment)) {
            Flight::NeedMore => return,
            Flight::Nothing => Vec::new(),
            Flight::Names(names) => names,
        };
        if !names.is_empty() {
            self.certificate_met(moment, row, &interest, names);
        }
        self.release(Extra::Tls(handle));
        self.set_extra(row, Extra::None);
    }

    fn more_of_watched(
        &mut self,
        moment: &Moment<'_>,
        row: u32,
        (handle, hello): (u32, u32),
        segment: &TcpSegment<'_>,
        mut interest: Interest,
    ) {
        let Some(verdict) = self.hellos.add(hello, data_seq(segment), segment.payload) else { return };
        // A name before the cut was met and counted then.
        if interest.kind != NameKind::Sni {
            self.tally.client_hellos += 1;
            let ends = (interest.client, interest.server);
            let named = verdict.and_then(|name| self.name_met_for(moment, row, ends, (NameKind::Sni, &name)));
            interest = named.unwrap_or(interest);
        }
        let fingerprint = self.hellos.message(hello).and_then(ja4);
        self.tell_ja4(moment, row, &interest, fingerprint);
        self.hellos.release(hello);
        if let Some(watch) = self.tls.get(handle) {
            (watch.interest, watch.hello) = (Some(interest), None);
        }
    }

    /// A certificate in clear: a listed name in it is told as one that was met, unless it is known of the flow already.
    fn certificate_met(&mut self, moment: &Moment<'_>, row: u32, interest: &Interest, mut names: Vec<String>) {
        let Some(slot) = self.table.get(row) else { return };
        let server = interest.server;
        let listed = names.iter().find_map(|name| {
            let host = name.strip_prefix("*.").unwrap_or(name);
            self.plan.names().lookup(host.as_bytes(), Some(server.port)).map(|entry| (host, entry))
        });
        if let Some((name, entry)) = listed.filter(|(_, entry)| interest.name.is_empty() || *entry != interest.entry) {
            let met = self.seen_on(moment, slot, interest.client, NameKind::Certificate, (name.into(), entry));
            self.out.push_back(Observation::Name(Box::new(met)));
        }
        names.truncate(NAMES_TOLD_MAX);
        let seen = tls_seen(moment, slot, interest);
        self.out.push_back(Observation::Tls(Box::new(TlsSeen { certificate_names: names, ..seen })));
    }

    fn tell_ja4(&mut self, moment: &Moment<'_>, row: u32, interest: &Interest, fingerprint: Option<String>) {
        let (Some(slot), Some(ja4)) = (self.table.get(row), fingerprint) else { return };
        let seen = tls_seen(moment, slot, interest);
        self.out.push_back(Observation::Tls(Box::new(TlsSeen { ja4, ..seen })));
    }

    /// Gives the place of a watched flow back, and the buffer of its ClientHello.
    pub(crate) fn release_tls(&mut self, handle: u32) {
        if let Some(hello) = self.tls.get(handle).and_then(|watch| watch.hello) {
            self.hellos.release(hello);
        }
        self.tls.release(handle);
    }
}

fn tls_seen(moment: &Moment<'_>, slot: &Slot, interest: &Interest) -> TlsSeen {
    TlsSeen {
        ts_ns: moment.ts_ns,
        realm: slot.realm(),
        kind: interest.kind,
        client: slot.socket(interest.client),
        server: interest.server,
        name: Arc::clone(&interest.name),
        ja4: String::new(),
        certificate_names: Vec::new(),
    }
}

/// The sequence number behind a segment's captured payload.
fn behind(segment: &TcpSegment<'_>) -> u32 {
    data_seq(segment).wrapping_add(u32::try_from(segment.payload.len()).unwrap_or(u32::MAX))
}
