//! Captures of Solaris' snoop (RFC 1761): all integers are big-endian, records are filled up to four bytes.

use crate::block::Block;
use crate::limits::PACKET_BYTES_MAX;
use crate::order::{Order, index};
use crate::packet::Record;
use crate::records::{self, Records, begins_here};
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

const NS_PER_MICROSECOND: u64 = 1000;

/// A record's header, and the bytes of the whole record as it says.
#[derive(Clone, Copy)]
struct Header {
    fields: records::Header,
    length: usize,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let word = |place: usize| Order::Big.u32_at(bytes, place);
        // The packets dropped so far stand before the time.
        let fields = records::Header {
            wire: word(0)?,
            captured: word(4)?,
            seconds: word(16)?,
            fraction_ns: u64::from(word(20)?).saturating_mul(NS_PER_MICROSECOND),
        };
        Some(Self {
            fields,
            length: index(word(8)?),
        })
    }

    /// Whether a record may begin like this.
    fn may_be(self) -> bool {
        let captured = index(self.fields.captured);
        let filling = self
            .length
            .checked_sub(RECORD_HEADER_BYTES)
            .and_then(|rest| rest.checked_sub(captured));
        captured <= PACKET_BYTES_MAX && filling.is_some_and(|bytes| bytes <= FILLING_BYTES_MAX)
    }
}

/// Reads the records of one snoop file.
pub(crate) struct Snoop {
    records: Records,
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
            records: Records::new(link),
        })
    }

    /// The next record, or `None` at the end; what is then left in `block` is a record cut short.
    pub(crate) fn next(&mut self, block: &mut Block, tally: &mut Tally) -> Option<Record> {
        loop {
            block.ensure(RECORD_HEADER_BYTES);
            let header = Header::read(block.bytes())?;
            let lost = if !header.may_be() {
                Lost::BadLength
            } else if block.ensure(header.length) {
                return Some(self.record(header, block, tally));
            } else {
                Lost::RunsOver
            };
            let begins = |bytes: &[u8]| begins_here(bytes, |bytes| self.plausible_length(bytes));
            if !resync(block, tally, lost, begins) {
                return None;
            }
        }
    }

    fn record(&mut self, header: Header, block: &mut Block, tally: &mut Tally) -> Record {
        let start = block.take(header.length).saturating_add(RECORD_HEADER_BYTES);
        self.records.record(header.fields, start, tally)
    }

    /// Bytes of the record that begins here, if its header makes sense.
    fn plausible_length(&self, bytes: &[u8]) -> Option<usize> {
        let header = Header::read(bytes)?;
        let makes_sense = self.records.is_plausible(header.fields) && header.may_be();
        makes_sense.then_some(header.length)
    }
}
