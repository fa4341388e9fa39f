//! Listed host names: found by themselves or by a parent that is listed with all below it.
//!
//! A name is read label by label from the right. Parents of listed names have nodes, too, so that the reading ends at
//! the first label that leads nowhere: for most names met that is the second.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};

use ahash::RandomState;
use hashbrown::HashTable;
use memchr::memrchr;

use crate::host::{HOST_BYTES_MAX, is_host_name};
use crate::plan::{Place, PlanError, bounded};

/// Ten times what the public lists hold together.
const NAMES_MAX: usize = 100_000;

struct Row {
    subtree: bool,
    /// None: any.
    ports: Box<[u16]>,
    entry: u32,
}

impl Row {
    fn fits(&self, exact: bool, port: Option<u16>) -> bool {
        (exact || self.subtree) && (self.ports.is_empty() || port.is_none_or(|port| self.ports.contains(&port)))
    }
}

struct Node {
    /// Lower case, without a trailing dot.
    name: Box<[u8]>,
    /// In the order of the plan; empty for a node that only leads to others.
    rows: Vec<Row>,
}

/// The listed names.
pub struct Names {
    index: HashTable<u32>,
    nodes: Vec<Node>,
    hasher: RandomState,
}

impl Names {
    /// Compiles names: (name, names below it too, ports or none for any, entry). Where two rows fit a host equally
    /// well, the first is taken.
    ///
    /// # Errors
    /// A name that is none or has a single label, port 0, too many rows.
    pub fn new(rows: &[(String, bool, Vec<u16>, u32)]) -> Result<Self, PlanError> {
        bounded("names", rows.len(), NAMES_MAX)?;
        let mut by_name = BTreeMap::<Vec<u8>, Vec<Row>>::new();
        for (row, (name, subtree, ports, entry)) in rows.iter().enumerate() {
            let place = Place { table: "names", row };
            let key = checked_name(row, name)?;
            let ports =
                ports.iter().map(|&port| place.within("port", port, (1, u16::MAX.into()))).collect::<Result<_, _>>()?;
            for (dot, _) in key.iter().enumerate().filter(|&(_, &byte)| byte == b'.') {
                by_name.entry(key.iter().skip(dot).skip(1).copied().collect()).or_default();
            }
            by_name.entry(key).or_default().push(Row { subtree: *subtree, ports, entry: *entry });
        }
        let mut names = Self { index: HashTable::new(), nodes: Vec::new(), hasher: RandomState::new() };
        for (name, rows) in by_name {
            names.add(Node { name: name.into(), rows });
        }
        Ok(names)
    }

    fn add(&mut self, node: Node) {
        let Self { index, nodes, hasher } = self;
        let Ok(number) = u32::try_from(nodes.len()) else { return };
        let hash = hash_name(hasher, &node.name);
        nodes.push(node);
        index.insert_unique(hash, number, |&other| {
            nodes.get(other as usize).map_or(0, |node| hash_name(hasher, &node.name))
        });
    }

    fn node(&self, hash: u64, name: &[u8]) -> Option<&Node> {
        let node = |&number: &u32| self.nodes.get(number as usize);
        let number = self.index.find(hash, |number| node(number).is_some_and(|node| *node.name == *name))?;
        node(number)
    }

    /// The entry of a host name as met on the wire, in any case, with or without a trailing dot. The longest listed
    /// name that fits wins. `port` is where the host is spoken to; without one (DNS) every port fits.
    #[must_use]
    pub fn lookup(&self, host: &[u8], port: Option<u16>) -> Option<u32> {
        if self.nodes.is_empty() {
            return None;
        }
        let host = host.strip_suffix(b".").unwrap_or(host);
        let mut lower = [0; HOST_BYTES_MAX];
        let lower = lower.get_mut(..host.len())?;
        lower.copy_from_slice(host);
        lower.make_ascii_lowercase();
        let mut hasher = self.hasher.build_hasher();
        let (mut best, mut end) = (None, lower.len());
        loop {
            let dot = memrchr(b'.', lower.get(..end)?);
            let start = dot.map_or(0, |dot| dot.saturating_add(1));
            hasher.write(lower.get(start..end)?);
            let Some(node) = self.node(hasher.finish(), lower.get(start..)?) else { break };
            if let Some(row) = node.rows.iter().find(|row| row.fits(dot.is_none(), port)) {
                best = Some(row.entry);
            }
            match dot {
                Some(dot) => end = dot,
                None => break,
            }
        }
        // Asked last, because hardly any name gets so far.
        best.filter(|_| is_host_name(lower))
    }
}

/// The hash of a name as [`Names::lookup`] comes to it: label by label from the right.
fn hash_name(state: &RandomState, name: &[u8]) -> u64 {
    let mut hasher = state.build_hasher();
    for label in name.rsplit(|&byte| byte == b'.') {
        hasher.write(label);
    }
    hasher.finish()
}

/// A name of one label would take a whole top-level domain with it.
fn checked_name(row: usize, name: &str) -> Result<Vec<u8>, PlanError> {
    let bytes = name.as_bytes();
    let bytes = bytes.strip_suffix(b".").unwrap_or(bytes);
    if !bytes.contains(&b'.') || !is_host_name(bytes) {
        return Err(PlanError::BadName { row, name: name.to_owned() });
    }
    Ok(bytes.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(rows: &[(&str, bool, &[u16], u32)]) -> Result<Names, PlanError> {
        let rows: Vec<_> = rows
            .iter()
            .map(|(name, subtree, ports, entry)| (name.to_string(), *subtree, ports.to_vec(), *entry))
            .collect();
        Names::new(&rows)
    }

    fn listed() -> Names {
        names(&[
            ("pool.example", true, &[], 1),
            ("exact.example", false, &[], 2),
            ("EU.Pool.Example", true, &[], 3),
            ("ports.example", true, &[3333, 443], 4),
            ("ports.example", true, &[8080], 5),
            ("web.ports.example", true, &[80], 6),
            ("a.b.c.deep.example.", true, &[], 7),
            ("both.example", false, &[], 8),
            ("both.example", true, &[], 9),
        ])
        .unwrap()
    }

    #[test]
    fn names_match_by_suffix_of_whole_labels() {
        let names = listed();
        let table: [(&[u8], Option<u32>); 24] = [
            (b"pool.example", Some(1)),
            (b"pool.example.", Some(1)),
            (b"POOL.eXample", Some(1)),
            (b"us.pool.example", Some(1)),
            (b"rig.us.POOL.example.", Some(1)),
            (b"eu.pool.example", Some(3)),
            (b"rig.eu.pool.example", Some(3)),
            (b"notpool.example", None),
            (b"pool.example.net", None),
            (b"pool.example..", None),
            (b"example", None),
            (b"exact.example", Some(2)),
            (b"sub.exact.example", None),
            (b"deep.example", None),
            (b"c.deep.example", None),
            (b"a.b.c.deep.example", Some(7)),
            (b"x.a.b.c.deep.example", Some(7)),
            (b"both.example", Some(8)),
            (b"sub.both.example", Some(9)),
            (b"", None),
            (b".", None),
            (b".pool.example", None),
            (b"a..pool.example", None),
            (b"a b.pool.example", None),
        ];
        for (host, expected) in table {
            assert_eq!(names.lookup(host, None), expected, "{}", host.escape_ascii());
            assert_eq!(names.lookup(host, Some(3333)), expected, "{}", host.escape_ascii());
        }
    }

    #[test]
    fn ports_restrict_a_name() {
        let names = listed();
        let table: [(&[u8], Option<u16>, Option<u32>); 7] = [
            (b"ports.example", Some(3333), Some(4)),
            (b"ports.example", Some(443), Some(4)),
            (b"ports.example", Some(8080), Some(5)),
            (b"ports.example", Some(80), None),
            (b"ports.example", None, Some(4)),
            (b"web.ports.example", Some(80), Some(6)),
            (b"web.ports.example", Some(443), Some(4)),
        ];
        for (host, port, expected) in table {
            assert_eq!(names.lookup(host, port), expected, "{} {port:?}", host.escape_ascii());
        }
    }

    #[test]
    fn names_longer_than_names_can_be_do_not_match() {
        let names = listed();
        let of_bytes = |count: usize| {
            let mut host = b"x.".repeat(130);
            host.extend_from_slice(b"pool.example");
            host.split_off(host.len() - count)
        };
        assert_eq!(names.lookup(&of_bytes(252), None), Some(1));
        assert_eq!(names.lookup(&of_bytes(254), None), None);
        let label = |count: usize| [b"y".repeat(count), b".pool.example".to_vec()].concat();
        assert_eq!(names.lookup(&label(63), None), Some(1));
        assert_eq!(names.lookup(&label(64), None), None);
        assert_eq!(names.lookup(&vec![b'.'; 100_000], None), None);
    }

    #[test]
    fn names_that_are_none_are_refused() {
        let long = "x".repeat(64) + ".example";
        for name in ["", ".", "com", "example.", "pool..example", "*.pool.example", "pool.example:80", long.as_str()] {
            let error = names(&[("pool.example", true, &[], 1), (name, true, &[], 2)]).err().expect("refused");
            assert_eq!(error, PlanError::BadName { row: 1, name: name.to_owned() });
        }
        let port = |port| names(&[("pool.example", true, &[port], 1)]).err().expect("refused");
        assert_eq!(port(0).to_string(), "names[0]: port 0 is not in 1..65535");
    }

    #[test]
    fn every_one_of_many_names_is_found() {
        let rows: Vec<_> = (0..10_000).map(|number| (format!("p{number}.example"), true, vec![], number)).collect();
        let names = Names::new(&rows).unwrap();
        for number in 0..10_000 {
            assert_eq!(names.lookup(format!("rig.p{number}.example").as_bytes(), None), Some(number));
            assert_eq!(names.lookup(format!("q{number}.example").as_bytes(), None), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_looked_up(host in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert_eq!(listed().lookup(&host, None), None);
        }

        #[test]
        fn lookup_agrees_with_a_plain_comparison(host in "[ab]?[.]?(pool|eu|exact|both|x)?[.]?(pool|both|exact)?[.]example[.]?") {
            let names = listed();
            let bare = host.strip_suffix('.').unwrap_or(&host);
            let plain = [("pool.example", true, 1), ("exact.example", false, 2), ("eu.pool.example", true, 3), ("both.example", true, 9)]
                .into_iter()
                .filter(|(name, subtree, _)| bare == *name || (*subtree && bare.ends_with(&format!(".{name}"))))
                .max_by_key(|(name, ..)| name.len())
                .map(|(name, _, entry)| if bare == name && entry == 9 { 8 } else { entry })
                .filter(|_| is_host_name(bare.as_bytes()));
            prop_assert_eq!(names.lookup(host.as_bytes(), None), plain);
        }
    }
}
