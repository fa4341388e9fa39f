//! Mining over HTTP: which messages are searched for the anchors of its dialects, and which wait for more.
//!
//! What an HTTP connection carries is documents, whatever they say; so only requests that may ask for work, and short
//! documents in JSON, are searched, for anchors of their own, out of the same budget of looks as everything else.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use std::sync::Arc;

use memchr::memchr;
use memchr::memmem;

use crate::engine::{Engine, Moment};
use crate::flow::{Slot, seen};
use crate::frames::AGENT_MAGIC;
use crate::http;
use crate::looks::begins_like_mining;
use crate::observation::NameKind;
use crate::plan::Plan;
use crate::session::{Reading, Session};
use crate::side::{SIDES, Side};

const POST: &[u8] = b"POST ";
const LENGTH: &[u8] = b"content-length:";
/// What the paths begin with that miners wait on for the next block: /LP, /long-polling, /longpoll, /listenChannel.
const WAITING_PATHS: [&[u8]; 3] = [b"lp", b"long", b"listen"];
/// A head that is longer is no miner's: theirs are of 300 bytes.
const HEAD_BYTES_MAX: usize = 2048;
/// A body that comes behind its head is waited for if it is no longer than a request for work, or a solution in hex.
const BODY_BYTES_MAX: usize = 4096;
/// How many blanks may end a document.
const BLANKS_MAX: usize = 3;

/// Whether a segment is to be searched for anchors of mining over HTTP. `is_http`: its connection began with a message of
/// HTTP, so that a document may come without its head. Nearly all segments pay one comparison of their first byte.
#[inline]
#[must_use]
pub fn may_hold_work(payload: &[u8], is_http: bool) -> bool {
    match payload.first() {
        Some(b'P' | b'G' | b'H') => begins_message(payload),
        Some(b'{' | b'[') => is_http && ends_document(payload),
        _ => false,
    }
}

/// Whether a segment of a known flow may begin with anything of mining, in lines or over HTTP: one comparison of its first
/// byte for nearly all.
#[inline]
#[must_use]
pub fn is_worth_a_look(payload: &[u8]) -> bool {
    let first = payload.first();
    matches!(first, Some(b'{' | b'[' | b' ' | b'\t' | b'\r' | b'\n' | b'P' | b'G' | b'H' | b'\xef' | &AGENT_MAGIC))
        && may_begin_mining(payload)
}

#[inline(never)]
fn may_begin_mining(payload: &[u8]) -> bool {
    begins_like_mining(payload) || may_hold_work(payload, true)
}

#[inline(never)]
fn begins_message(payload: &[u8]) -> bool {
    begins_request(payload) || (payload.starts_with(b"HTTP/1.") && ends_document(payload))
}

fn begins_request(payload: &[u8]) -> bool {
    // Its first letters may come alone.
    if payload.starts_with(POST) || (!payload.is_empty() && POST.starts_with(payload)) {
        return true;
    }
    let Some(path) = payload.strip_prefix(b"GET /") else { return false };
    let begins = |word: &&[u8]| path.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    WAITING_PATHS.iter().any(begins)
}

/// Whether a document in JSON ends here, as nearly all answers to a miner do: in one segment.
fn ends_document(payload: &[u8]) -> bool {
    let tail = payload.get(payload.len().saturating_sub(BLANKS_MAX.saturating_add(1))..).unwrap_or(payload);
    matches!(tail.trim_ascii_end().last(), Some(b'}' | b']'))
}

/// Whether a message that may hold work does, or may yet when more of it comes.
#[must_use]
pub fn asks(plan: &Plan, payload: &[u8]) -> bool {
    plan.http_anchors().find(payload, 0).is_some() || is_unfinished(payload)
}

/// Whether more must come before it is clear that a request asks for no work: its head is not whole, or a short document
/// in JSON is to follow.
#[must_use]
pub fn is_unfinished(payload: &[u8]) -> bool {
    if !begins_request(payload) {
        return false;
    }
    let Some(end) = memmem::find(payload.get(..HEAD_BYTES_MAX).unwrap_or(payload), b"\r\n\r\n") else {
        return payload.len() < HEAD_BYTES_MAX;
    };
    let (head, body) = payload.split_at_checked(end.saturating_add(4)).unwrap_or((payload, b""));
    let begins_document = body.first().is_none_or(|first| matches!(first, b'{' | b'['));
    match body_bytes(head) {
        Some(bytes) => begins_document && body.len() < bytes && bytes <= BODY_BYTES_MAX,
        // In chunks: the first is the document.
        None => payload.starts_with(POST) && body.is_empty(),
    }
}

/// What the head says of the body's length; none where it says nothing.
fn body_bytes(head: &[u8]) -> Option<usize> {
    let mut rest = head;
    while let Some(end) = memchr(b'\n', rest) {
        let (line, behind) = rest.split_at_checked(end.saturating_add(1))?;
        let split = line.split_at_checked(LENGTH.len());
        if let Some((_, value)) = split.filter(|(name, _)| name.eq_ignore_ascii_case(LENGTH)) {
            return std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok();
        }
        rest = behind;
    }
    None
}

impl Engine {
    /// Looks for an anchor in what is held of a flow that speaks HTTP, and lets it go as soon as it is clear that it asks
    /// for no work. `side` has just spoken.
    #[cold]
    pub(crate) fn hold_http(&mut self, row: u32, side: Side) {
        let plan = Arc::clone(&self.plan);
        let Some(session) = self.sessions.get_mut(row) else { return };
        if let Some(hit) = session.search(side, plan.http_anchors()) {
            self.open_http(row, hit.anchor);
        } else if session.holds_too_much(side, plan.caps().held_bytes_max)
            || !SIDES.into_iter().any(|side| is_unfinished(session.held(side)))
        {
            self.let_go(row);
        }
    }

    /// The flow asks for work, or is handed some: it is a candidate. The name that it asks for is told as of any request.
    fn open_http(&mut self, row: u32, anchor: u16) {
        let Some(session) = self.sessions.get(row) else { return };
        let flow_row = session.row;
        let speaks = SIDES.map(|side| begins_message(session.held(side)));
        let named = SIDES.into_iter().find_map(|side| {
            let host = http::host(session.held(side))?.to_vec();
            Some((side, host, (*session.tunnels.of(side)).unwrap_or_default()))
        });
        self.open(row, Some(anchor));
        for (side, _) in SIDES.into_iter().zip(speaks).filter(|(_, speaks)| *speaks) {
            self.mark(flow_row, side, seen::HTTP);
        }
        let (Some((side, host, tunnel)), Some(realm)) = (named, self.table.get(flow_row).map(Slot::realm)) else { return };
        let moment = Moment { ts_ns: self.clock.packet_ns(), realm, tunnel: &tunnel };
        self.tally.http_requests = self.tally.http_requests.saturating_add(1);
        self.name_met(&moment, flow_row, side, NameKind::HttpHost, &host);
    }
}

/// Whether what is held of a flow, which began behind its time, turns out to be HTTP.
#[cold]
pub fn turns_out_http(session: &mut Session) -> bool {
    let is_http = SIDES.into_iter().any(|side| may_hold_work(session.held(side), false));
    if is_http {
        session.reading = Reading::Http;
        session.search_anew();
    }
    is_http
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_for_work_and_short_documents_are_searched() {
        let yes: [&[u8]; 7] = [
            b"PO",
            b"POST / HTTP/1.1\r\n",
            b"POST ",
            b"GET /LP HTTP/1.1\r\n",
            b"GET /longpoll HTTP/1.1\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n{}\r\n",
            b"HTTP/1.0 200 OK\r\nX: {}",
        ];
        let no: [&[u8]; 9] = [
            b"POSTS",
            b"GET / HTTP/1.1\r\n",
            b"GET /lo",
            b"HTTP/1.1 200 OK\r\n\r\n<html></html>\n",
            b"HTTP/2 {}",
            b"HTTP/1.1 200 OK\r\n\r\n{\"a\":1}\r\n\r\n\r\n",
            b"{}",
            b"",
            b"PUT / HTTP/1.1\r\n",
        ];
        for payload in yes {
            assert!(may_hold_work(payload, false), "{}", payload.escape_ascii());
        }
        for payload in no {
            assert!(!may_hold_work(payload, false), "{}", payload.escape_ascii());
        }
        assert!(may_hold_work(b"{\"method\":\"getwork\"}\n", true));
        assert!(may_hold_work(b"[{}]", true));
        assert!(!may_hold_work(b"{\"method\":\"getw", true));
    }

    #[test]
    fn whatever_mining_may_begin_with_is_worth_a_look() {
        let yes: [&[u8]; 7] =
            [b"{", b" {", b"\r\n\r\n\0\r\nQUIT\n", b"PROXY TCP4 ", b"POST / ", b"GET /LP", b"[{}]"];
        let no: [&[u8]; 5] = [b"", b"  a", b"GET / HTTP/1.1", b"\x17\x03\x03", b"HTTP/1.1 200 OK\r\n"];
        assert!(yes.iter().all(|payload| is_worth_a_look(payload)));
        assert!(!no.iter().any(|payload| is_worth_a_look(payload)));
    }

    #[test]
    fn a_request_is_unfinished_until_its_short_document_is_there() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\ncontent-LENGTH: 10\r\n\r\n";
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        let long = "POST / HTTP/1.1\r\nContent-Length: 5000\r\n\r\n{";
        let cookie = format!("POST / HTTP/1.1\r\nCookie: {}", "a".repeat(HEAD_BYTES_MAX));
        let table = [
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Le", true),
            (head, true),
            (&format!("{head}{{\"a\":1"), true),
            (&format!("{head}{{\"a\":123}}."), false),
            (&format!("{head}a=1&"), false),
            (chunked, true),
            (&format!("{chunked}2c\r\n{{"), false),
            (long, false),
            (&cookie, false),
            ("POS", true),
            ("GET /LP HTTP/1.1\r\nHost", true),
            ("GET /LP HTTP/1.1\r\n\r\n", false),
            ("GET /index HTTP/1.1\r\nHost", false),
            ("{}", false),
            ("", false),
        ];
        for (payload, expected) in table {
            assert_eq!(is_unfinished(payload.as_bytes()), expected, "{payload}");
        }
    }
}
