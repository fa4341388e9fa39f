//! What the records of pcap and snoop have in common: headers of whole seconds, a fraction of one, and two lengths; and
//! one link for all records of a file.

use crate::limits::{PACKET_BYTES_MAX, SEARCH_SECONDS_MAX};
use crate::link;
use crate::order::index;
use crate::packet::Record;
use crate::problem::Problem;
use crate::report::Tally;

const NS_PER_SECOND: u64 = 1_000_000_000;

/// The fields of a record header that count.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    pub(crate) seconds: u32,
    /// May lie beyond one second.
    pub(crate) fraction_ns: u64,
    pub(crate) captured: u32,
    pub(crate) wire: u32,
}

impl Header {
    /// 32 bits of seconds and 32 bits of microseconds fit 64 bits of nanoseconds; a fraction beyond one second thereby
    /// carries over.
    #[inline]
    pub(crate) fn ts_ns(self) -> u64 {
        u64::from(self.seconds)
            .wrapping_mul(NS_PER_SECOND)
            .wrapping_add(self.fraction_ns)
    }

    /// Whether nothing about it is odd.
    #[inline]
    pub(crate) fn is_plain(self) -> bool {
        self.fraction_ns < NS_PER_SECOND
            && self.captured <= self.wire
            && index(self.captured).wrapping_sub(1) < PACKET_BYTES_MAX
    }
}

/// What is known of all records of one file.
pub(crate) struct Records {
    link: u16,
    link_known: bool,
    last_seconds: Option<u32>,
}

impl Records {
    pub(crate) fn new(link: u16) -> Self {
        Self {
            link,
            link_known: link::is_link_read(link),
            last_seconds: None,
        }
    }

    /// The link, where its packets are read.
    #[inline]
    pub(crate) fn known_link(&self) -> Option<u16> {
        self.link_known.then_some(self.link)
    }

    /// The record with this header, whose packet begins at `start`; what is odd about it is counted.
    #[inline]
    pub(crate) fn record(&mut self, header: Header, start: usize, tally: &mut Tally) -> Record {
        if header.fraction_ns >= NS_PER_SECOND {
            tally.problems.add(Problem::BadTime);
        }
        if header.wire < header.captured {
            tally.problems.add(Problem::WireLength);
        }
        self.last_seconds = Some(header.seconds);
        Record {
            ts_ns: header.ts_ns(),
            start,
            captured: header.captured,
            wire: header.wire.max(header.captured),
            interface: 0,
            link: self.link,
            link_known: self.link_known,
        }
    }

    /// Whether a header that was searched for may be one: it is plain, and its time is near that of the last record.
    pub(crate) fn is_plausible(&self, header: Header) -> bool {
        let is_near = |last: u32| header.seconds.abs_diff(last) <= SEARCH_SECONDS_MAX;
        header.is_plain() && self.last_seconds.is_none_or(is_near)
    }
}

/// Whether a record begins here, and behind it another one or the end. `plausible_length` gives the length of a record
/// whose header makes sense.
pub(crate) fn begins_here(
    bytes: &[u8],
    plausible_length: impl Fn(&[u8]) -> Option<usize>,
) -> bool {
    match plausible_length(bytes).and_then(|length| bytes.get(length..)) {
        None => false,
        Some([]) => true,
        Some(behind) => plausible_length(behind).is_some(),
    }
}
