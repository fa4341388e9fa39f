//! What is said about one input when it has been read, or so far.

use std::ffi::{OsStr, OsString};

use crate::limits::JUMP_NS_MIN;
use crate::packet::Record;
use crate::problem::{Problem, Problems};

/// One input: what it was and what was read from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputReport {
    /// As it was given, in whatever bytes; "-" is standard input.
    pub path: OsString,
    /// "pcap" or "pcapng", followed by " gzip" or " zstd" for each compression around it.
    pub format: String,
    /// Packets delivered.
    pub packets: u64,
    /// Captured bytes of the packets delivered.
    pub bytes: u64,
    /// The earliest time of a packet delivered, nanoseconds; 0 if there was none.
    pub first_ns: u64,
    /// The latest time of a packet delivered, nanoseconds; 0 if there was none.
    pub last_ns: u64,
    /// Packets read and dropped because their time lies outside the window that was asked for.
    pub outside_window: u64,
    /// Bytes of the (uncompressed) input that belong to no record that could be read.
    pub skipped_bytes: u64,
    /// What was wrong, by kind.
    pub problems: Problems,
}

/// Packets of one input that follow each other without anything odd, and where they end at the latest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// Time of the packet before.
    pub(crate) head_ns: u64,
    /// Time of the one before that.
    pub(crate) before_ns: u64,
    /// A packet behind this time is not one of them.
    pub(crate) last_ns_max: u64,
    packets: u64,
    bytes: u64,
}

impl Stretch {
    pub(crate) fn new(head_ns: u64, last_ns_max: u64) -> Self {
        Self {
            head_ns,
            before_ns: head_ns,
            last_ns_max,
            packets: 0,
            bytes: 0,
        }
    }

    /// Whether a packet of this time is one of them: it is neither older than the one before nor far ahead of it.
    #[inline]
    pub(crate) fn goes_on_at(&self, ts_ns: u64) -> bool {
        // What is older lies, modulo 2^64, far ahead.
        ts_ns.wrapping_sub(self.head_ns) <= JUMP_NS_MIN && ts_ns <= self.last_ns_max
    }

    #[inline]
    pub(crate) fn add(&mut self, ts_ns: u64, captured: usize) {
        self.before_ns = self.head_ns;
        self.head_ns = ts_ns;
        self.packets = self.packets.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add(u64::try_from(captured).unwrap_or(u64::MAX));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.packets == 0
    }
}

/// The running counts of one input.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) first_ns: u64,
    pub(crate) last_ns: u64,
    pub(crate) outside_window: u64,
    pub(crate) skipped_bytes: u64,
    pub(crate) problems: Problems,
}

impl Tally {
    /// Counts a packet that is delivered.
    #[inline]
    pub(crate) fn deliver(&mut self, record: &Record) {
        if self.packets == 0 {
            self.first_ns = record.ts_ns;
        }
        self.packets = self.packets.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add(u64::from(record.captured));
        self.first_ns = self.first_ns.min(record.ts_ns);
        self.last_ns = self.last_ns.max(record.ts_ns);
        if !record.link_known {
            self.problems.add(Problem::UnknownLink);
        }
    }

    /// Counts packets that were delivered behind another.
    pub(crate) fn deliver_stretch(&mut self, stretch: &Stretch) {
        self.packets = self.packets.wrapping_add(stretch.packets);
        self.bytes = self.bytes.wrapping_add(stretch.bytes);
        self.last_ns = self.last_ns.max(stretch.head_ns);
    }

    /// Counts bytes of which no record could be made.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.skipped_bytes = self
            .skipped_bytes
            .saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    pub(crate) fn report(&self, path: &OsStr, format: &str) -> InputReport {
        InputReport {
            path: path.to_owned(),
            format: format.to_owned(),
            packets: self.packets,
            bytes: self.bytes,
            first_ns: self.first_ns,
            last_ns: self.last_ns,
            outside_window: self.outside_window,
            skipped_bytes: self.skipped_bytes,
            problems: self.problems,
        }
    }
}
