//! When a segment of a flow that is not followed is looked at again: what it begins with, and how often.
//!
//! Sessions last for days and most are met in their middle, so that "not mining" is never said for good. One test of
//! the first byte is made for each segment; the search for an anchor behind it is rationed for each flow.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use crate::caps::Caps;
use crate::frames::{AGENT_MAGIC, is_agent_frame};

const SECOND_NS: u64 = 1_000_000_000;
const HOUR_S: u32 = 3600;

/// How many looks a flow has had: eight bytes for its slot.
///
/// Counted in whole seconds of packet time, and in hours that begin with the first look in them. Time that goes
/// backwards is taken as no time at all, so that it never grants a look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    /// Seconds since 1970.
    hour_start_s: u32,
    /// The second of the last look, counted from the start of the hour.
    second: u16,
    in_second: u8,
    in_hour: u8,
}

impl Looks {
    /// Takes one look out of the budget; false if it is spent. A refused look costs nothing.
    pub fn allow(&mut self, now_ns: u64, caps: &Caps) -> bool {
        let second = u32::try_from(now_ns / SECOND_NS).unwrap_or(u32::MAX);
        let elapsed_s = second.saturating_sub(self.hour_start_s);
        if elapsed_s >= HOUR_S {
            *self = Self { hour_start_s: second, ..Self::default() };
        } else if elapsed_s > u32::from(self.second) {
            self.second = u16::try_from(elapsed_s).unwrap_or(u16::MAX);
            self.in_second = 0;
        }
        if self.in_second >= caps.looks_per_second_max || self.in_hour >= caps.looks_per_hour_max {
            return false;
        }
        self.in_second = self.in_second.saturating_add(1);
        self.in_hour = self.in_hour.saturating_add(1);
        true
    }
}

impl Looks {
    /// Spends what is left of the hour.
    pub fn spend(&mut self, now_ns: u64) {
        let second = u32::try_from(now_ns / SECOND_NS).unwrap_or(u32::MAX);
        if second.saturating_sub(self.hour_start_s) >= HOUR_S {
            *self = Self { hour_start_s: second, ..Self::default() };
        }
        self.in_hour = u8::MAX;
    }
}

/// Blank bytes that may stand before the brace: the end of the line before, or a careless client.
const BLANKS_MAX: usize = 4;
/// What version 2 of the PROXY protocol begins with.
const PROXY_SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// What some programs write before their first word: the mark of UTF-8.
const UTF_8_MARK: &[u8] = b"\xef\xbb\xbf";

/// True for a segment that may begin with a mining message: a JSON object, several of them in an array, a BTCAgent frame,
/// or what a proxy puts before the client's bytes (PROXY protocol, both versions).
#[inline]
#[must_use]
pub fn begins_like_mining(payload: &[u8]) -> bool {
    match payload.first() {
        Some(b'{') => true,
        Some(b' ' | b'\t' | b'\r' | b'\n' | b'P' | b'[' | b'\xef' | &AGENT_MAGIC) => begins_less_plainly(payload),
        _ => false,
    }
}

#[inline(never)]
fn begins_less_plainly(payload: &[u8]) -> bool {
    match payload {
        [AGENT_MAGIC, command, low, high, ..] => is_agent_frame(*command, u16::from_le_bytes([*low, *high])),
        [b'P', ..] => {
            [b"PROXY TCP4 ".as_slice(), b"PROXY TCP6 ", b"PROXY UNKNOWN"].iter().any(|start| payload.starts_with(start))
        }
        [b'[', batch @ ..] => begins_with_brace(batch),
        [b'\xef', ..] => payload.strip_prefix(UTF_8_MARK).is_some_and(|marked| marked.first() == Some(&b'{')),
        _ if payload.starts_with(PROXY_SIGNATURE) => true,
        _ => begins_with_brace(payload),
    }
}

/// Whether an object begins behind a few blanks.
fn begins_with_brace(bytes: &[u8]) -> bool {
    let first = bytes.iter().take(BLANKS_MAX + 1).find(|&&byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    first == Some(&b'{')
}

/// Whether what begins like an object does not go on like one. Bytes that look random (keys, signatures) begin with a
/// brace once in 256 segments; behind the brace of an object stand a name, a blank, or nothing yet.
#[must_use]
pub fn is_brace_by_chance(payload: &[u8]) -> bool {
    let behind = payload.trim_ascii_start().strip_prefix(b"{").and_then(<[u8]>::first);
    behind.is_some_and(|byte| !matches!(byte, b'"' | b'}' | b' ' | b'\t' | b'\r' | b'\n'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START_NS: u64 = 1_700_000_000 * SECOND_NS;

    fn granted(times_ns: impl IntoIterator<Item = u64>) -> usize {
        let (mut looks, caps) = (Looks::default(), Caps::default());
        times_ns.into_iter().filter(|&now_ns| looks.allow(now_ns, &caps)).count()
    }

    #[test]
    fn the_budget_fits_eight_bytes() {
        assert_eq!(size_of::<Looks>(), 8);
    }

    #[test]
    fn four_looks_are_granted_in_a_second() {
        assert_eq!(granted((0..100).map(|step| START_NS + step * 1_000_000)), 4);
        assert_eq!(granted((0..200).map(|step| START_NS + step * 10_000_000)), 8);
    }

    #[test]
    fn sixty_four_looks_are_granted_in_an_hour() {
        assert_eq!(granted((0..3600).map(|step| START_NS + step * SECOND_NS)), 64);
        assert_eq!(granted((0..7200).map(|step| START_NS + step * SECOND_NS)), 128);
    }

    #[test]
    fn time_going_backwards_grants_nothing() {
        let back_and_forth = (0..1000).map(|step| if step % 2 == 0 { START_NS } else { START_NS - 7200 * SECOND_NS });
        assert_eq!(granted(back_and_forth), 4);
        let falling = (0..5000).map(|step| START_NS - step * SECOND_NS);
        assert_eq!(granted(falling), 4);
        assert_eq!(granted([u64::MAX, 0, START_NS, u64::MAX, u64::MAX, u64::MAX]), 4);
    }

    #[test]
    fn what_was_spent_comes_back_when_the_hour_is_over() {
        let (mut looks, caps) = (Looks::default(), Caps::default());
        assert!(looks.allow(START_NS, &caps));
        looks.spend(START_NS + 60 * SECOND_NS);
        assert!(!looks.allow(START_NS + 3599 * SECOND_NS, &caps));
        assert!(looks.allow(START_NS + 3600 * SECOND_NS, &caps));
        looks.spend(START_NS + 9000 * SECOND_NS);
        assert!(!looks.allow(START_NS + 12_000 * SECOND_NS, &caps));
    }

    #[test]
    fn a_silent_hour_fills_the_budget_again() {
        let burst = |start_ns: u64| (0..40u64).map(move |step| start_ns + step * SECOND_NS / 4);
        assert_eq!(granted(burst(START_NS).chain(burst(START_NS + 3600 * SECOND_NS))), 80);
    }

    proptest! {
        #[test]
        fn no_second_and_no_hour_of_packet_time_gets_more_than_its_share(
            steps in proptest::collection::vec((0u64..3, 0u64..5_000_000_000), 0..600)
        ) {
            let (mut looks, caps) = (Looks::default(), Caps::default());
            let (mut now_ns, mut latest_s) = (START_NS, 0);
            let mut seconds = std::collections::BTreeMap::<u64, u32>::new();
            for (kind, step_ns) in steps {
                now_ns = if kind == 0 { now_ns - step_ns } else { now_ns + step_ns / 64 };
                latest_s = latest_s.max(now_ns / SECOND_NS);
                if looks.allow(now_ns, &caps) {
                    *seconds.entry(latest_s).or_default() += 1;
                }
            }
            prop_assert!(seconds.values().all(|&count| count <= 4));
            prop_assert!(seconds.values().sum::<u32>() <= 64);
        }

        #[test]
        fn any_bytes_can_begin_a_segment(payload in proptest::collection::vec(any::<u8>(), 0..32)) {
            let plain = payload.first() == Some(&b'{');
            prop_assert!(begins_like_mining(&payload) >= plain);
        }
    }

    #[test]
    fn a_brace_is_there_by_chance_where_no_name_can_follow() {
        for payload in [&b"{\"id\":1"[..], b"{", b"\n{", b"{ \"id\"", b"{}", b"{\r\n", b"\x7f\x01", b"PROXY TCP4 ", b""] {
            assert!(!is_brace_by_chance(payload), "{}", payload.escape_ascii());
        }
        for payload in [&b"{\x30\x82"[..], b"\n{\0", b"{{", b"{1"] {
            assert!(is_brace_by_chance(payload), "{}", payload.escape_ascii());
        }
    }

    #[test]
    fn beginnings() {
        let table: [(&[u8], bool); 36] = [
            (b"{\"id\":1", true),
            (b"{", true),
            (b"\n{", true),
            (b"\r\n{", true),
            (b" \t\r\n{", true),
            (b"     {", false),
            (b" \n", false),
            (b" x{", false),
            (b"", false),
            (b"[{", true),
            (b"[ {\"id\":1", true),
            (b"[", false),
            (b"[[{", false),
            (b"[1,{", false),
            (b"\xef\xbb\xbf{\"id\":1", true),
            (b"\xef\xbb\xbf", false),
            (b"\xef\xbb{", false),
            (b"GET / HTTP/1.1", false),
            (b"POST / HTTP/1.1", false),
            (b"\x16\x03\x01\x02\x00\x01", false),
            (b"PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\n", true),
            (b"PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n", true),
            (b"PROXY UNKNOWN\r\n", true),
            (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", true),
            (b"\r\n\r\n\0\r\nQUIET", false),
            (b"PROXY TCP5 ", false),
            (b"PROXY", false),
            (b"\x7f\x01\x1b\x00\x01\x00cgminer/4.10.0\x00rig01\x00", true),
            (b"\x7f\x02\x0f\x00\x07\x01\x00\x2a\x00\x00\x00\xef\xbe\xad\xde", true),
            (b"\x7f\x05\x0b\x00\x0e\x02\x00\x01\x00\x02\x00", true),
            (b"\x7f\x05\xff\xff\x0e", true),
            (b"\x7f\x10\x0a\x00\x03\x00\x87\x96\x2c\x6b", true),
            (b"\x7f\x05\x0c\x00\x0e", false),
            (b"\x7f\x06\x0b\x00\x0e", false),
            (b"\x7f\x02\x0f", false),
            (b"\x7fELF\x02\x01\x01", false),
        ];
        for (payload, expected) in table {
            assert_eq!(begins_like_mining(payload), expected, "{}", payload.escape_ascii());
        }
    }
}
