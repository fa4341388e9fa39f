//! Classic capture files (draft-ietf-opsawg-pcap): both byte orders, microseconds and nanoseconds, and the variant with
//! longer record headers that early Linux distributions wrote (`0xa1b2cd34`).

use crate::block::Block;
use crate::limits::PACKET_BYTES_MAX;
use crate::order::{Order, index};
use crate::packet::{Packet, Record};
use crate::packets::Packets;
use crate::records::{Header, Records, begins_here};
use crate::report::{Stretch, Tally};
use crate::resync::{Lost, resync};

/// Bytes of the file header.
pub(crate) const FILE_HEADER_BYTES: usize = 24;

const RECORD_HEADER_BYTES: usize = 16;
/// With interface, protocol and packet type behind the usual fields.
const LONG_RECORD_HEADER_BYTES: usize = 24;

/// What the first four bytes of a pcap file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    order: Order,
    unit_ns: u32,
    header_bytes: usize,
}

impl Variant {
    /// The variant with this magic number; `None` if it is not one of pcap's.
    pub(crate) fn of(magic: [u8; 4]) -> Option<Self> {
        [Order::Little, Order::Big].into_iter().find_map(|order| {
            let (unit_ns, header_bytes) = match order.u32(magic) {
                0xa1b2_c3d4 => (1000, RECORD_HEADER_BYTES),
                0xa1b2_3c4d => (1, RECORD_HEADER_BYTES),
                0xa1b2_cd34 => (1000, LONG_RECORD_HEADER_BYTES),
                _ => return None,
            };
            Some(Self {
                order,
                unit_ns,
                header_bytes,
            })
        })
    }

    #[inline]
    fn header(self, bytes: &[u8]) -> Option<Header> {
        let &[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] =
            bytes.first_chunk::<RECORD_HEADER_BYTES>()?;
        let fields = [[a, b, c, d], [e, f, g, h], [i, j, k, l], [m, n, o, p]];
        // One question for the four.
        let [seconds, fraction, captured, wire] = match self.order {
            Order::Little => fields.map(u32::from_le_bytes),
            Order::Big => fields.map(u32::from_be_bytes),
        };
        Some(Header {
            seconds,
            // The product of 32 and 10 bits.
            fraction_ns: u64::from(fraction).wrapping_mul(u64::from(self.unit_ns)),
            captured,
            wire,
        })
    }

    /// Bytes of the record with this header.
    #[inline]
    fn length(self, header: Header) -> usize {
        // A header and 32 bits.
        self.header_bytes.wrapping_add(index(header.captured))
    }
}

/// Whether a record may begin like this. A hole of zeros, as a crash leaves it, would read as empty packets of 1970.
#[inline]
fn may_be(header: Header) -> bool {
    let hole = (header.seconds, header.fraction_ns, header.captured, header.wire) == (0, 0, 0, 0);
    index(header.captured) <= PACKET_BYTES_MAX && !hole
}

/// How those records of a file are read that are as plain as nearly all are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    variant: Variant,
    link: u16,
}

impl Layout {
    /// Where there are no records.
    pub(crate) const NONE: Self = Self {
        variant: Variant {
            order: Order::Little,
            unit_ns: 0,
            header_bytes: RECORD_HEADER_BYTES,
        },
        link: 0,
    };

    /// The packet of the record at the start of `bytes`, and what lies behind it; none where the record is not there as a
    /// whole, is empty, or is odd in any way.
    #[inline]
    pub(crate) fn plain<'a>(&self, bytes: &'a [u8]) -> Option<(Packet<'a>, &'a [u8])> {
        let header = self.variant.header(bytes)?;
        let end = self.variant.length(header);
        let (record, behind) = bytes.split_at_checked(end).filter(|_| header.is_plain())?;
        let packet = Packet {
            ts_ns: header.ts_ns(),
            link: self.link,
            interface: 0,
            data: record.get(self.variant.header_bytes..)?,
            wire_len: header.wire,
        };
        Some((packet, behind))
    }
}

/// Reads the records of one pcap file.
pub(crate) struct Pcap {
    variant: Variant,
    records: Records,
}

impl Pcap {
    /// `header` begins with the file header; `None` if it is cut short. Version and snap length are not looked at: no
    /// record depends on them, and files in which they are wrong exist.
    pub(crate) fn new(variant: Variant, header: &[u8]) -> Option<Self> {
        let network = variant.order.u32_at(header, 20)?;
        // The upper half holds the length of frame check sequences, which simply trail the packet.
        let link = u16::try_from(network & 0xffff).unwrap_or(0);
        Some(Self {
            variant,
            records: Records::new(link),
        })
    }

    /// The next record, or `None` at the end; what is then left in `block` is a record cut short.
    #[inline]
    pub(crate) fn next(&mut self, block: &mut Block, tally: &mut Tally) -> Option<Record> {
        loop {
            let bytes = block.bytes();
            if let Some(header) = self.variant.header(bytes) {
                if may_be(header) && self.variant.length(header) <= bytes.len() {
                    return Some(self.record(header, block, tally));
                }
            }
            if !self.make_whole(block, tally) {
                return None;
            }
        }
    }

    /// Hands to `take` the records that lie whole in memory, one behind the other, up to one that is not as plain as nearly
    /// all are: that one is left to [`Pcap::next`]. Only after a record was delivered. Returns what `take` says.
    #[inline]
    pub(crate) fn run(
        &mut self,
        block: &mut Block,
        stretch: &mut Stretch,
        take: &mut impl FnMut(&mut Packets<'_>) -> bool,
    ) -> bool {
        let Some(link) = self.records.known_link() else {
            return true;
        };
        let bytes = block.bytes();
        let layout = Layout {
            variant: self.variant,
            link,
        };
        let mut packets = Packets::within(bytes, layout, *stretch);
        let goes_on = take(&mut packets);
        *stretch = packets.stretch;
        let used = bytes.len().saturating_sub(packets.rest().len());
        block.take(used);
        goes_on
    }

    /// Brings a whole record to the front, or the next one if this one makes no sense; false at the end.
    #[cold]
    fn make_whole(&self, block: &mut Block, tally: &mut Tally) -> bool {
        block.ensure(self.variant.header_bytes);
        let Some(header) = self.variant.header(block.bytes()) else {
            return false;
        };
        let lost = if !may_be(header) {
            Lost::BadLength
        } else if block.ensure(self.variant.length(header)) {
            return true;
        } else {
            Lost::RunsOver
        };
        resync(block, tally, lost, |bytes| {
            begins_here(bytes, |bytes| self.plausible_length(bytes))
        })
    }

    #[inline]
    fn record(&mut self, header: Header, block: &mut Block, tally: &mut Tally) -> Record {
        let start = block.take(self.variant.length(header));
        let start = start.saturating_add(self.variant.header_bytes);
        self.records.record(header, start, tally)
    }

    /// Bytes of the record that begins here, if its header makes sense.
    fn plausible_length(&self, bytes: &[u8]) -> Option<usize> {
        let header = self.variant.header(bytes)?;
        let makes_sense = self.records.is_plausible(header) && index(header.wire) <= PACKET_BYTES_MAX;
        makes_sense.then(|| self.variant.length(header))
    }
}
