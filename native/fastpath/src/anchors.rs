//! Anchors: the literals whose presence makes a flow a candidate. One pass over the bytes finds any of them.
//!
//! At most 64, at least 6 bytes each, none inside another: that is what the SIMD search (Teddy) takes, and it is some
//! twenty times faster than an automaton walked byte by byte. Anchors are plain bytes here; what they mean, and for
//! which side they were written, only the signatures know.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use aho_corasick::packed::{self, Searcher};
use aho_corasick::{AhoCorasick, Input, MatchKind};

use crate::plan::{Place, PlanError, bounded};

pub const ANCHORS_MAX: usize = 64;
pub const ANCHOR_BYTES_MIN: usize = 6;
/// No method name or JSON key is longer; the overlap of two looks stays short.
pub const ANCHOR_BYTES_MAX: u64 = 64;
/// Messages are at most 64 KiB long.
const DEPTH_MAX: u64 = 64 * 1024;

/// An anchor was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Row of the plan.
    pub anchor: u16,
    /// Where it begins in the haystack.
    pub at: usize,
}

/// The two ways to search. The automaton is for machines without the vector instructions; left to itself, it would
/// also choose a search for rare single bytes for some sets, and those bytes are not rare in JSON.
enum Search {
    Vector(Searcher),
    Automaton(AhoCorasick),
}

impl Search {
    fn new(patterns: &[&[u8]]) -> Result<Self, PlanError> {
        let mut vector = packed::Config::new().match_kind(packed::MatchKind::LeftmostFirst).builder();
        if let Some(searcher) = vector.extend(patterns).build() {
            return Ok(Self::Vector(searcher));
        }
        Self::automaton(patterns)
    }

    fn automaton(patterns: &[&[u8]]) -> Result<Self, PlanError> {
        AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(patterns)
            .map(Self::Automaton)
            .map_err(|error| PlanError::AnchorsRefused { reason: error.to_string() })
    }

    /// Pattern and start of the leftmost match at or after `from`.
    fn find(&self, haystack: &[u8], from: usize) -> Option<(usize, usize)> {
        let found = match self {
            Self::Vector(searcher) => searcher.find_in(haystack, (from..haystack.len()).into()),
            Self::Automaton(automaton) => automaton.find(Input::new(haystack).range(from..)),
        };
        found.map(|found| (found.pattern().as_usize(), found.start()))
    }
}

/// The compiled anchors of a plan.
pub struct Anchors {
    search: Option<Search>,
    depths: Vec<usize>,
    longest: usize,
    /// Bytes from the start beyond which no anchor may end.
    reach: usize,
}

impl Anchors {
    /// Compiles anchors: pattern, and the offset from the start of the message at which it may begin at most.
    ///
    /// # Errors
    /// More than [`ANCHORS_MAX`], one too short or too long, one inside another, a depth out of range.
    pub fn new(rows: &[(Vec<u8>, u64)]) -> Result<Self, PlanError> {
        bounded("anchors", rows.len(), ANCHORS_MAX)?;
        let depths = rows.iter().enumerate().map(checked_depth).collect::<Result<Vec<_>, _>>()?;
        let patterns: Vec<&[u8]> = rows.iter().map(|(pattern, _)| pattern.as_slice()).collect();
        for (row, pattern) in patterns.iter().enumerate() {
            let holds = |&(other, text): &(usize, &&[u8])| other != row && contains(text, pattern);
            if let Some((inside, _)) = patterns.iter().enumerate().find(holds) {
                return Err(PlanError::AnchorOverlap { row, inside });
            }
        }
        let reach = patterns.iter().zip(&depths).map(|(pattern, &depth)| depth.saturating_add(pattern.len())).max();
        Ok(Self {
            search: if patterns.is_empty() { None } else { Some(Search::new(&patterns)?) },
            longest: patterns.iter().map(|pattern| pattern.len()).max().unwrap_or(0),
            reach: reach.unwrap_or(0),
            depths,
        })
    }

    /// Length of the longest anchor. What was searched before must be searched again from `longest() - 1` bytes
    /// before its end, when more has come.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The leftmost anchor that begins at or after `from` and not deeper than it may; `haystack` begins with the
    /// message. Reads no byte that lies deeper than every anchor may.
    #[must_use]
    pub fn find(&self, haystack: &[u8], from: usize) -> Option<Hit> {
        let search = self.search.as_ref()?;
        let haystack = haystack.get(..self.reach).unwrap_or(haystack);
        let mut from = from;
        // A hit too deep is passed over; each turn begins behind the last one's start, none reads what was read but
        // the hit itself.
        while from < haystack.len() {
            let (anchor, at) = search.find(haystack, from)?;
            if self.depths.get(anchor).is_some_and(|&depth| at <= depth) {
                return Some(Hit { anchor: u16::try_from(anchor).ok()?, at });
            }
            from = at.saturating_add(1);
        }
        None
    }
}

fn checked_depth((row, (pattern, depth)): (usize, &(Vec<u8>, u64))) -> Result<usize, PlanError> {
    let place = Place { table: "anchors", row };
    if pattern.len() < ANCHOR_BYTES_MIN {
        return Err(PlanError::AnchorTooShort { row, bytes: pattern.len(), min: ANCHOR_BYTES_MIN });
    }
    let bytes = u64::try_from(pattern.len()).unwrap_or(u64::MAX);
    place.within("length", bytes, (0, ANCHOR_BYTES_MAX.into()))?;
    let depth = place.within("depth", *depth, (0, DEPTH_MAX.into()))?;
    Ok(usize::try_from(depth).unwrap_or(usize::MAX))
}

fn contains(text: &[u8], pattern: &[u8]) -> bool {
    text.windows(pattern.len()).any(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn anchors(rows: &[(&str, u64)]) -> Result<Anchors, PlanError> {
        let rows: Vec<_> = rows.iter().map(|(pattern, depth)| (pattern.as_bytes().to_vec(), *depth)).collect();
        Anchors::new(&rows)
    }

    fn refused(rows: &[(&str, u64)]) -> PlanError {
        anchors(rows).err().expect("refused")
    }

    fn hit(anchor: u16, at: usize) -> Option<Hit> {
        Some(Hit { anchor, at })
    }

    #[test]
    fn the_leftmost_anchor_is_found() {
        let anchors = anchors(&[("mining.subscribe", 100), ("mining.notify", 100), ("\"job_id\"", 100)]).unwrap();
        let text = br#"{"params":{"job_id":"1"},"method":"mining.notify"}"#;
        assert_eq!(anchors.find(text, 0), hit(2, 11));
        assert_eq!(anchors.find(text, 12), hit(1, 35));
        assert_eq!(anchors.find(text, 36), None);
        assert_eq!(anchors.find(text, 1000), None);
        assert_eq!(anchors.longest(), 16);
    }

    #[test]
    fn case_matters() {
        let anchors = anchors(&[("\"keepalived\"", 100), ("\"KEEPALIVED\"", 100)]).unwrap();
        assert_eq!(anchors.find(b"{\"KEEPALIVED\":1}", 0), hit(1, 1));
        assert_eq!(anchors.find(b"{\"Keepalived\":1}", 0), None);
    }

    #[test]
    fn a_hit_beyond_its_depth_is_passed_over() {
        let anchors = anchors(&[("mining.notify", 4), ("eth_submit", 40)]).unwrap();
        assert_eq!(anchors.find(b"____mining.notify", 0), hit(0, 4));
        assert_eq!(anchors.find(b"_____mining.notify", 0), None);
        assert_eq!(anchors.find(b"_____mining.notify eth_submit", 0), hit(1, 19));
        let far = [b" ".repeat(41), b"eth_submit".to_vec()].concat();
        assert_eq!(anchors.find(&far, 0), None);
        assert_eq!(anchors.find(far.get(1..).unwrap(), 0), hit(1, 40));
    }

    #[test]
    fn an_anchor_that_begins_inside_one_too_deep_is_found() {
        let anchors = anchors(&[("abcdef", 0), ("defghi", 9)]).unwrap();
        assert_eq!(anchors.find(b"_abcdefghi", 0), hit(1, 4));
    }

    #[test]
    fn an_anchor_cut_anywhere_is_found_with_the_overlap() {
        let anchors = anchors(&[("mining.subscribe", 100), ("mining.auth", 100)]).unwrap();
        let text = b"{\"id\":1,\"method\":\"mining.subscribe\"}";
        for cut in 0..=text.len() {
            let before = anchors.find(text.get(..cut).unwrap(), 0);
            let after = anchors.find(text, cut.saturating_sub(anchors.longest() - 1));
            assert_eq!(before.or(after), hit(0, 18), "cut at {cut}");
        }
    }

    #[test]
    fn rules_for_anchors() {
        let crowd: Vec<String> = (0..65).map(|number| format!("anchor{number:02}")).collect();
        let rows: Vec<(&str, u64)> = crowd.iter().map(|pattern| (pattern.as_str(), 0)).collect();
        assert!(anchors(rows.get(..64).unwrap()).is_ok());
        assert!(matches!(refused(&rows), PlanError::TooMany { rows: 65, max: 64, .. }));
        let long = "x".repeat(65);
        assert_eq!(refused(&[("abcde", 0)]), PlanError::AnchorTooShort { row: 0, bytes: 5, min: 6 });
        assert!(matches!(refused(&[(&long, 0)]), PlanError::OutOfRange { field: "length", value: 65, .. }));
        assert!(matches!(refused(&[("abcdef", 65_537)]), PlanError::OutOfRange { field: "depth", .. }));
        assert_eq!(refused(&[("_abcdef", 0), ("abcdef", 0)]), PlanError::AnchorOverlap { row: 1, inside: 0 });
        assert_eq!(refused(&[("abcdef", 0), ("abcdef", 9)]), PlanError::AnchorOverlap { row: 0, inside: 1 });
    }

    #[test]
    fn sixty_four_anchors_are_all_found() {
        let crowd: Vec<String> = (0..64).map(|number| format!("{number:02}mining")).collect();
        let rows: Vec<(&str, u64)> = crowd.iter().map(|pattern| (pattern.as_str(), 1000)).collect();
        let anchors = anchors(&rows).unwrap();
        for (number, pattern) in crowd.iter().enumerate() {
            let text = format!("{}{pattern}{}", "x".repeat(number), "y".repeat(100));
            assert_eq!(anchors.find(text.as_bytes(), 0), hit(number as u16, number));
        }
    }

    proptest! {
        #[test]
        fn both_searches_agree_with_a_plain_one(
            text in proptest::collection::vec(proptest::sample::select(b"abcdef".to_vec()), 0..400),
            from in 0usize..50,
            depth in 0u64..300,
        ) {
            let patterns: [&[u8]; 3] = [b"abcabc", b"bcdbcd", b"fffffff"];
            let rows: Vec<_> = patterns.iter().map(|pattern| (pattern.to_vec(), depth)).collect();
            let plain = (from..text.len().min(depth as usize + 1)).find_map(|at| {
                let rest = text.get(at..)?;
                let anchor = patterns.iter().position(|pattern| rest.starts_with(pattern))?;
                Some(Hit { anchor: anchor as u16, at })
            });
            let mut anchors = Anchors::new(&rows).unwrap();
            prop_assert_eq!(anchors.find(&text, from), plain);
            anchors.search = Some(Search::automaton(&patterns).unwrap());
            prop_assert_eq!(anchors.find(&text, from), plain);
        }
    }
}
