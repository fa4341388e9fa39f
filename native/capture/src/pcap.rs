//! Classic capture files (draft-ietf-opsawg-pcap): both byte orders, microseconds and nanoseconds, and the variant with
//! longer record headers that early Linux distributions wrote (`0xa1b2cd34`).

use crate::block::Block;
use crate::limits::{PACKET_BYTES_MAX, SEARCH_SECONDS_MAX};
use crate::link;
use crate::order::{Order, index};
use crate::packet::{Packet, Record};
use crate::packets::Packets;
use crate::problem::Problem;
use crate::report::{Stretch, Tally};
use crate::resync::{Lost, resync};

/// Bytes of the file header.
pub(crate) const FILE_HEADER_BYTES: usize = 24;

const RECORD_HEADER_BYTES: usize = 16;
/// With interface, protocol and packet type behind the usual fields.
const LONG_RECORD_HEADER_BYTES: usize = 24;

const NS_PER_SECOND: u64 = 1_000_000_000;

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
}

/// The fields of a record header that count.
#[derive(Clone, Copy)]
struct Header {
    seconds: u32,
    fraction: u32,
    captured: u32,
    wire: u32,
}

impl Header {
    #[inline]
    fn read(order: Order, bytes: &[u8]) -> Option<Self> {
        let &[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] =
            bytes.first_chunk::<RECORD_HEADER_BYTES>()?;
        let fields = [[a, b, c, d], [e, f, g, h], [i, j, k, l], [m, n, o, p]];
        // One question for the four.
        let [seconds, fraction, captured, wire] = match order {
            Order::Little => fields.map(u32::from_le_bytes),
            Order::Big => fields.map(u32::from_be_bytes),
        };
        Some(Self {
            seconds,
            fraction,
            captured,
            wire,
        })
    }

    /// Whether a record may begin like this. A hole of zeros, as a crash leaves it, would read as empty packets of 1970.
    #[inline]
    fn may_be(self) -> bool {
        let hole = (self.seconds, self.fraction, self.captured, self.wire) == (0, 0, 0, 0);
        index(self.captured) <= PACKET_BYTES_MAX && !hole
    }
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
        let header = Header::read(self.variant.order, bytes)?;
        // None of these products and sums of 32 bits can leave 64.
        let fraction_ns =
            u64::from(header.fraction).wrapping_mul(u64::from(self.variant.unit_ns));
        let captured = index(header.captured);
        let is_plain = fraction_ns < NS_PER_SECOND
            && header.captured <= header.wire
            && captured.wrapping_sub(1) < PACKET_BYTES_MAX;
        let end = self.variant.header_bytes.wrapping_add(captured);
        let (record, behind) = bytes.split_at_checked(end).filter(|_| is_plain)?;
        let packet = Packet {
            ts_ns: u64::from(header.seconds)
                .wrapping_mul(NS_PER_SECOND)
                .wrapping_add(fraction_ns),
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
    link: u16,
    link_known: bool,
    last_seconds: Option<u32>,
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
            link,
            link_known: link::is_link_read(link),
            last_seconds: None,
        })
    }

    /// The next record, or `None` at the end; what is then left in `block` is a record cut short.
    #[inline]
    pub(crate) fn next(&mut self, block: &mut Block, tally: &mut Tally) -> Option<Record> {
        loop {
            let bytes = block.bytes();
            if let Some(header) = Header::read(self.variant.order, bytes) {
                if header.may_be() && self.length(header) <= bytes.len() {
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
        if !self.link_known {
            return true;
        }
        let bytes = block.bytes();
        let layout = Layout {
            variant: self.variant,
            link: self.link,
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
        let Some(header) = Header::read(self.variant.order, block.bytes()) else {
            return false;
        };
        let lost = if !header.may_be() {
            Lost::BadLength
        } else if block.ensure(self.length(header)) {
            return true;
        } else {
            Lost::RunsOver
        };
        resync(block, tally, lost, |bytes| self.plausible(bytes))
    }

    /// Bytes of the record with this header.
    #[inline]
    fn length(&self, header: Header) -> usize {
        self.variant
            .header_bytes
            .saturating_add(index(header.captured))
    }

    #[inline]
    fn record(&mut self, header: Header, block: &mut Block, tally: &mut Tally) -> Record {
        let length = self.length(header);
        let start = block.take(length).saturating_add(self.variant.header_bytes);
        // 32 bits of seconds and 32 bits of microseconds fit 64 bits of nanoseconds; a fraction beyond one second
        // thereby carries over.
        let fraction_ns =
            u64::from(header.fraction).saturating_mul(u64::from(self.variant.unit_ns));
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

    /// Whether a record begins here: a header that makes sense, and behind its data another one or the end.
    fn plausible(&self, bytes: &[u8]) -> bool {
        let Some(header) = self.plausible_header(bytes) else {
            return false;
        };
        let length = self.length(header);
        match bytes.get(length..) {
            None => false,
            Some([]) => true,
            Some(behind) => self.plausible_header(behind).is_some(),
        }
    }

    fn plausible_header(&self, bytes: &[u8]) -> Option<Header> {
        let header = Header::read(self.variant.order, bytes)?;
        let near = self
            .last_seconds
            .is_none_or(|last| header.seconds.abs_diff(last) <= SEARCH_SECONDS_MAX);
        let fraction_ns =
            u64::from(header.fraction).saturating_mul(u64::from(self.variant.unit_ns));
        let lengths = header.captured > 0
            && header.captured <= header.wire
            && index(header.wire) <= PACKET_BYTES_MAX;
        (near && lengths && fraction_ns < NS_PER_SECOND).then_some(header)
    }
}
