//! Captures of Solaris' snoop (RFC 1761): all integers are big-endian, records are filled up to four bytes.

use crate::block::Block;
use crate::limits::{PACKET_BYTES_MAX, SEARCH_SECONDS_MAX};
use crate::link;
use crate::order::{Order, index};
use crate::packet::Record;
use crate::problem::Problem;
use crate::report::Tally;
use crate::resync::{Lost, resync};

/// What the file begins with.
pub(crate) const SIGNATURE: &[u8; 8] = b"snoop\0\0\0";
/// Bytes of the file header.
pub(crate) const FILE_HEADER_BYTES: usize = 16;

const RECORD_HEADER_BYTES: usize = 24;
/// The one that the RFC describes. Later numbers are of a maker who writes other records.
const VERSION: u32 = 2;
/// What fills a record up: to four bytes, and some write eight.
const FILLING_BYTES_MAX: usize = 7;
/// A number that no link type has: packets of links that the RFC numbers and nobody reads are counted by it.
const LINK_UNKNOWN: u16 = u16::MAX;

const NS_PER_SECOND: u64 = 1_000_000_000;
const NS_PER_MICROSECOND: u64 = 1000;

/// The fields of a record header that count.
#[derive(Clone, Copy)]
struct Header {
    wire: u32,
    captured: u32,
    length: u32,
    seconds: u32,
    microseconds: u32,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let word = |place: usize| Order::Big.u32_at(bytes, place);
        Some(Self {
            wire: word(0)?,
            captured: word(4)?,
            length: word(8)?,
            // The packets dropped so far stand between.
            seconds: word(16)?,
            microseconds: word(20)?,
        })
    }

    /// Whether a record may begin like this.
    fn may_be(self) -> bool {
        let filling = index(self.length)
            .checked_sub(RECORD_HEADER_BYTES)
            .and_then(|rest| rest.checked_sub(index(self.captured)));
        index(self.captured) <= PACKET_BYTES_MAX
            && filling.is_some_and(|bytes| bytes <= FILLING_BYTES_MAX)
    }
}

/// Reads the records of one snoop file.
pub(crate) struct Snoop {
    link: u16,
    link_known: bool,
    last_seconds: Option<u32>,
}

impl Snoop {
    /// `header` begins with the file header; `None` if it is cut short or of another version.
    pub(crate) fn new(header: &[u8]) -> Option<Self> {
        if Order::Big.u32_at(header, 8)? != VERSION {
            return None;
        }
        let link = match Order::Big.u32_at(header, 12)? {
            // 802.3, Ethernet.
            0 | 4 => 1,
            // Token ring, FDDI.
            2 => 6,
            8 => 10,
            _ => LINK_UNKNOWN,
        };
        Some(Self {
            link,
            link_known: link::is_link_read(link),
            last_seconds: None,
        })
    }

    /// The next record, or `None` at the end; what is then left in `block` is a record cut short.
    pub(crate) fn next(&mut self, block: &mut Block, tally: &mut Tally) -> Option<Record> {
        loop {
            block.ensure(RECORD_HEADER_BYTES);
            let header = Header::read(block.bytes())?;
            let lost = if !header.may_be() {
                Lost::BadLength
            } else if block.ensure(index(header.length)) {
                return Some(self.record(header, block, tally));
            } else {
                Lost::RunsOver
            };
            if !resync(block, tally, lost, |bytes| self.plausible(bytes)) {
                return None;
            }
        }
    }

    fn record(&mut self, header: Header, block: &mut Block, tally: &mut Tally) -> Record {
        let start = block
            .take(index(header.length))
            .saturating_add(RECORD_HEADER_BYTES);
        let fraction_ns = u64::from(header.microseconds).saturating_mul(NS_PER_MICROSECOND);
        if fraction_ns >= NS_PER_SECOND {
            tally.problems.add(Problem::BadTime);
        }
        if header.wire < header.captured {
            tally.problems.add(Problem::WireLength);
        }
        self.last_seconds = Some(header.seconds);
        Record {
            ts_ns: u64::from(header.seconds)
                .saturating_mul(NS_PER_SECOND)
                .saturating_add(fraction_ns),
            start,
            captured: header.captured,
            wire: header.wire.max(header.captured),
            interface: 0,
            link: self.link,
            link_known: self.link_known,
        }
    }

    /// Whether a record begins here: a header that makes sense, and behind it another one or the end.
    fn plausible(&self, bytes: &[u8]) -> bool {
        let Some(header) = self.plausible_header(bytes) else {
            return false;
        };
        match bytes.get(index(header.length)..) {
            None => false,
            Some([]) => true,
            Some(behind) => self.plausible_header(behind).is_some(),
        }
    }

    fn plausible_header(&self, bytes: &[u8]) -> Option<Header> {
        let header = Header::read(bytes)?;
        let near = self
            .last_seconds
            .is_none_or(|last| header.seconds.abs_diff(last) <= SEARCH_SECONDS_MAX);
        let lengths = header.captured > 0 && header.captured <= header.wire && header.may_be();
        let fraction_ns = u64::from(header.microseconds).saturating_mul(NS_PER_MICROSECOND);
        (near && lengths && fraction_ns < NS_PER_SECOND).then_some(header)
    }
}
