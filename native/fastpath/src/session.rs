//! Followed flows: two streams each, the payload held until an anchor matches, and the bounded table of them.
//!
//! Each state has its bound: *held* (looked at, nothing matched yet), *young* (a candidate that the pipeline has not
//! settled), *watched* and *settled* (followed to the end, with and without a judgement between each two packets) and
//! *resting* (its payload goes by). A flood of first messages displaces flows that are held or young, nothing else: who
//! is followed and who must rest, the pipeline decides.

use std::collections::HashMap;

use ahash::RandomState;

use crate::anchors::{Anchors, Hit};
use crate::layers::TunnelPath;
use crate::lru::Lists;
use crate::mirror::RecentSegments;
use crate::proxy::Target;
use crate::rival::Rival;
use crate::side::{Both, SIDES, Side};
use crate::stream::{Delivery, Start, Stream};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum State {
    Held = 0,
    Young = 1,
    Watched = 2,
    Settled = 3,
    Resting = 4,
}

const STATES: usize = 5;
/// Ids of flows are this far apart: the place below is for the slice.
pub const FLOW_ID_STEP: u64 = 256;
/// Pieces held of a flow: a login typed by hand comes byte by byte, and its anchor is within some thirty.
const HELD_PIECES_MAX: usize = 128;

struct HeldPiece {
    side: Side,
    ts_ns: u64,
    gap: u64,
    len: usize,
}

/// How a flow begins to be followed.
#[derive(Clone, Copy)]
pub struct Beginning {
    pub start: Start,
    pub reading: Reading,
}

/// How what is held of a flow is judged: as lines and frames, as those behind documents of HTTP, where both sides must
/// say some, or as messages of HTTP itself, which have anchors of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Lines,
    Behind,
    Http,
}

/// Payload kept while nothing has matched: contiguous by side for the search, with the order of arrival beside it.
#[derive(Default)]
struct Held {
    bytes: Both<Vec<u8>>,
    searched: Both<usize>,
    pieces: Vec<HeldPiece>,
}

pub struct Session {
    /// The flow's row in the flow table.
    pub row: u32,
    /// Grows with the packets; never twice the same. The lowest byte is the slice.
    pub flow_id: u64,
    state: State,
    pub reading: Reading,
    pub streams: Both<Stream>,
    pub tunnels: Both<Option<TunnelPath>>,
    /// What a proxy was asked for before, on this connection, and by which side.
    pub proxied: Option<Box<(Side, Target)>>,
    /// Another connection that claims this one's key.
    pub rival: Option<Box<Rival>>,
    /// Since when the head of each stream's buffer has waited for a hole to fill or for the other side.
    waiting_since: Both<Option<u64>>,
    /// A side that must be there, for its connection was seen to begin, was waited for in vain.
    alone: bool,
    /// An alarm is set for this session: never more than one.
    pub has_alarm: bool,
    /// What came last of each side, to know what comes twice.
    pub(crate) recent: Both<RecentSegments>,
    held: Held,
    /// What waits in its streams, as it was counted last.
    counted_bytes: usize,
}

impl Session {
    #[must_use]
    pub fn new(row: u32, streams: Both<Stream>, reading: Reading) -> Self {
        Self { row, flow_id: 0, state: State::Held, reading, streams, tunnels: Both::default(), proxied: None, rival: None, waiting_since: Both::default(), alone: false, has_alarm: false, recent: Both::default(), held: Held::default(), counted_bytes: 0 }
    }

    /// The numbers that both sides go on with.
    #[must_use]
    pub fn next(&self) -> Both<Option<u32>> {
        Both { a: self.streams.a.next(), b: self.streams.b.next() }
    }

    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// The next in-order delivery of either side. An answer waits for its question where the other side was `seen` to
    /// send packets, or is `known` to have begun and may yet come.
    pub fn pull(&mut self, seen: &Both<bool>, known: &Both<bool>) -> Option<(Side, Delivery)> {
        SIDES.into_iter().find_map(|side| {
            let is_awaited = *seen.of(side.other()) || (*known.of(side.other()) && !self.alone);
            let (own, peer) = self.streams.split_mut(side);
            let peer_next = if is_awaited { peer.read_up_to() } else { None };
            let delivery = own.pull(peer_next)?;
            *self.waiting_since.of_mut(side) = None;
            Some((side, delivery))
        })
    }

    /// Since when the stream that has waited longest does; none where nothing waits. Each head of a buffer waits for
    /// itself, because a direction of which the capture is ahead has something waiting all the time.
    pub fn waits_since(&mut self, now_ns: u64) -> Option<u64> {
        let waits = |side: Side| {
            let since = self.waiting_since.of_mut(side);
            *since = self.streams.of(side).is_waiting().then(|| since.unwrap_or(now_ns));
            *since
        };
        SIDES.into_iter().filter_map(waits).min()
    }

    /// A side whose head has waited from `since_ns` on or longer.
    #[must_use]
    pub fn waits_from(&self, since_ns: u64) -> Option<Side> {
        SIDES.into_iter().find(|&side| self.waiting_since.of(side).is_some_and(|since| since <= since_ns))
    }

    /// Gives up what `side` waits for, be it a hole of its own or data of the other side that was acknowledged
    /// unseen, and returns what was behind. None only if nothing waits. Of a side that is not `there`, no packet was
    /// seen at all: nothing is missing of it.
    pub fn force(&mut self, side: Side, is_there: bool) -> Option<Delivery> {
        *self.waiting_since.of_mut(side) = None;
        self.alone = true;
        let (own, peer) = self.streams.split_mut(side);
        own.skip_hole();
        if let Some(needs) = own.needs().filter(|_| is_there) {
            peer.skip_to(needs);
        }
        own.pull(None)
    }

    /// Keeps a delivery until an anchor matches.
    pub fn hold(&mut self, side: Side, delivery: &Delivery) {
        self.held.bytes.of_mut(side).extend_from_slice(&delivery.data);
        let piece = HeldPiece { side, ts_ns: delivery.ts_ns, gap: delivery.gap, len: delivery.data.len() };
        self.held.pieces.push(piece);
    }

    /// The first bytes held of a side.
    #[must_use]
    pub fn held(&self, side: Side) -> &[u8] {
        self.held.bytes.of(side)
    }

    /// Whether more would be held than may be: bytes of `side`, or pieces, each of which takes more than its bytes.
    #[must_use]
    pub fn holds_too_much(&self, side: Side, held_bytes_max: usize) -> bool {
        self.held(side).len() > held_bytes_max || self.held.pieces.len() > HELD_PIECES_MAX
    }

    /// Looks for an anchor in what was held of `side` since the last look.
    pub fn search(&mut self, side: Side, anchors: &Anchors) -> Option<Hit> {
        let bytes = self.held.bytes.of(side);
        let searched = self.held.searched.of_mut(side);
        let from = searched.saturating_sub(anchors.longest().saturating_sub(1));
        *searched = bytes.len();
        anchors.find(bytes, from)
    }

    /// What was held is to be searched for other anchors than before.
    pub fn search_anew(&mut self) {
        self.held.searched = Both::default();
    }

    /// What was held of each side, with the time of its first piece, and whether anything is missing in it.
    pub fn release_by_side(&mut self) -> (Both<(Vec<u8>, u64)>, bool) {
        let Held { bytes, pieces, .. } = std::mem::take(&mut self.held);
        let first_ns = |side: Side| pieces.iter().find(|piece| piece.side == side).map_or(0, |piece| piece.ts_ns);
        let times = Both { a: first_ns(Side::A), b: first_ns(Side::B) };
        (Both { a: (bytes.a, times.a), b: (bytes.b, times.b) }, pieces.iter().any(|piece| piece.gap > 0))
    }

    /// All that was held, in the order of its arrival; nothing is held any more.
    pub fn release(&mut self) -> Vec<(Side, Delivery)> {
        let held = std::mem::take(&mut self.held);
        let mut at = Both { a: 0usize, b: 0usize };
        let mut released = Vec::with_capacity(held.pieces.len());
        for piece in held.pieces {
            let start = *at.of(piece.side);
            let end = start.saturating_add(piece.len);
            *at.of_mut(piece.side) = end;
            let data = held.bytes.of(piece.side).get(start..end).unwrap_or_default().to_vec();
            released.push((piece.side, Delivery { ts_ns: piece.ts_ns, gap: piece.gap, data }));
        }
        released
    }
}

/// The sessions, each in the list of its state, oldest use first.
pub struct Sessions {
    rows: Vec<Option<Box<Session>>>,
    by_flow: HashMap<u64, u32, RandomState>,
    free: Vec<u32>,
    lists: Lists<STATES>,
    max: [usize; STATES],
    last_id: u64,
    waiting_bytes: usize,
}

impl Sessions {
    /// `followed_max` bounds those that are watched and those that are settled, each for itself. Who is held waits for a
    /// segment or two, with kilobytes of payload: a quarter of `young_max` is enough for them.
    #[must_use]
    pub fn new(young_max: usize, followed_max: usize, resting_max: usize) -> Self {
        let [young_max, followed_max, resting_max] = [young_max, followed_max, resting_max].map(|max| max.max(1));
        let max = [young_max.div_ceil(4), young_max, followed_max, followed_max, resting_max];
        Self { rows: Vec::new(), by_flow: HashMap::default(), free: Vec::new(), lists: Lists::new(), max, last_id: 0, waiting_bytes: 0 }
    }

    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.lists.len(state as usize)
    }

    #[must_use]
    pub fn has_room(&self, state: State) -> bool {
        self.max.get(state as usize).is_some_and(|&max| self.count(state) < max)
    }

    /// The session that must give way before another enters `state`; none if there is room.
    #[must_use]
    pub fn crowded(&self, state: State) -> Option<u32> {
        if self.has_room(state) { None } else { self.lists.oldest(state as usize) }
    }

    /// The most sessions there can be.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.max.iter().sum()
    }

    /// Adds a session and gives it its id, `id` or where that is not above all before, the next of its kind; returns its
    /// row.
    pub fn add(&mut self, mut session: Session, id: u64) -> u32 {
        self.last_id = if id > self.last_id { id } else { self.last_id.saturating_add(FLOW_ID_STEP) };
        session.flow_id = self.last_id;
        let (list, flow_id) = (session.state as usize, session.flow_id);
        let row = self.free.pop().unwrap_or_else(|| {
            self.rows.push(None);
            u32::try_from(self.rows.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(place) = self.rows.get_mut(row as usize) {
            *place = Some(Box::new(session));
        }
        self.by_flow.insert(flow_id, row);
        self.lists.push(list, row);
        row
    }

    #[must_use]
    pub fn row_of(&self, flow_id: u64) -> Option<u32> {
        self.by_flow.get(&flow_id).copied()
    }

    #[must_use]
    pub fn get(&self, row: u32) -> Option<&Session> {
        self.rows.get(row as usize).and_then(|place| place.as_deref())
    }

    #[must_use]
    pub fn get_mut(&mut self, row: u32) -> Option<&mut Session> {
        self.rows.get_mut(row as usize).and_then(|place| place.as_deref_mut())
    }

    /// What waits in the streams of all sessions.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Counts anew what waits in a session.
    pub fn count_waiting(&mut self, row: u32) {
        let Some(session) = self.rows.get_mut(row as usize).and_then(|place| place.as_deref_mut()) else { return };
        let bytes = session.streams.a.waiting_bytes().saturating_add(session.streams.b.waiting_bytes());
        self.waiting_bytes = self.waiting_bytes.saturating_sub(session.counted_bytes).saturating_add(bytes);
        session.counted_bytes = bytes;
    }

    pub fn touch(&mut self, row: u32) {
        if let Some(state) = self.get(row).map(Session::state) {
            self.lists.to_back(state as usize, row);
        }
    }

    pub fn promote(&mut self, row: u32, state: State) {
        let Some(session) = self.rows.get_mut(row as usize).and_then(|place| place.as_deref_mut()) else { return };
        self.lists.remove(session.state as usize, row);
        session.state = state;
        self.lists.push(state as usize, row);
    }

    pub fn remove(&mut self, row: u32) -> Option<Box<Session>> {
        let session = self.rows.get_mut(row as usize)?.take()?;
        self.lists.remove(session.state as usize, row);
        self.waiting_bytes = self.waiting_bytes.saturating_sub(session.counted_bytes);
        self.by_flow.remove(&session.flow_id);
        self.free.push(row);
        Some(session)
    }
}
