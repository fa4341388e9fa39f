//! Next-generation capture files (draft-ietf-opsawg-pcapng): sections of either byte order, their interfaces, and
//! enhanced, simple and obsolete packet blocks. All other blocks are passed over.

mod interface;

use crate::block::Block;
use crate::limits::{BLOCK_BYTES_MAX, INTERFACES_MAX, PACKET_BYTES_MAX, PASSED_BYTES_MAX, SKIPPED_BLOCK_BYTES_MAX};
use crate::order::{Order, index};
use crate::packet::Record;
use crate::problem::Problem;
use crate::report::Tally;
use crate::resync::{Lost, resync};
use crate::source::KeepOn;

use interface::Interface;

/// The section header's type reads the same in both byte orders.
pub(crate) const SECTION: u32 = 0x0a0d_0d0a;
/// A section of another major version may look like anything (section 4.1 of the draft).
const VERSION_MAJOR: u16 = 1;
/// Bytes of a section header that tell its byte order; the major version follows.
pub(crate) const SECTION_START_BYTES: usize = 12;

const INTERFACE: u32 = 1;
const PACKET: u32 = 2;
const SIMPLE: u32 = 3;
const NAMES: u32 = 4;
const STATISTICS: u32 = 5;
const ENHANCED: u32 = 6;
const SECRETS: u32 = 10;
const CUSTOM: u32 = 0xbad;
const CUSTOM_NO_COPY: u32 = 0x4000_0bad;

/// Type and length before a block's body, the length again behind it.
const HEAD_BYTES: usize = 8;
const TAIL_BYTES: usize = 4;
const FRAME_BYTES: usize = HEAD_BYTES + TAIL_BYTES;
/// Bytes before the packet in an enhanced or obsolete block, head included.
const PACKET_HEAD_BYTES: usize = 28;

/// The byte order of the section that begins here; `None` if none does.
pub(crate) fn section_order(bytes: &[u8]) -> Option<Order> {
    let start = bytes.first_chunk::<SECTION_START_BYTES>()?;
    [Order::Little, Order::Big].into_iter().find(|order| {
        order.u32_at(start, 0) == Some(SECTION)
            && order.u32_at(start, HEAD_BYTES) == Some(0x1a2b_3c4d)
    })
}

/// Whether a block may have this length at all.
fn may_be_length(total: u32, bytes_max: usize) -> bool {
    total % 4 == 0 && (FRAME_BYTES..=bytes_max).contains(&index(total))
}

/// A packet as its block describes it, before its interface has been looked up.
struct Described {
    interface: u32,
    ticks: Option<u64>,
    offset: usize,
    captured: u32,
    wire: u32,
}

/// Reads the blocks of one pcapng file.
pub(crate) struct Pcapng {
    order: Order,
    /// The section is of a version that is not ours: whatever its blocks look like, they are passed over.
    is_foreign: bool,
    interfaces: Vec<Interface>,
    last_ns: u64,
    /// Bytes without a packet since it was last asked whether to keep on.
    passed_bytes: usize,
    keep_on: KeepOn,
}

impl Pcapng {
    /// `start` begins with the first section header; `None` if its byte order cannot be told.
    pub(crate) fn new(start: &[u8], keep_on: KeepOn) -> Option<Self> {
        Some(Self {
            order: section_order(start)?,
            is_foreign: false,
            interfaces: Vec::new(),
            last_ns: 0,
            passed_bytes: 0,
            keep_on,
        })
    }

    /// The next packet, or `None` at the end; what is then left in `block` is a block cut short.
    #[inline]
    pub(crate) fn next(&mut self, block: &mut Block, tally: &mut Tally) -> Option<Record> {
        loop {
            match self.agreed(block.bytes()) {
                Some(found) => {
                    if let Some(record) = self.block(found, block, tally) {
                        return Some(record);
                    }
                    self.pass(found.1);
                }
                None if self.make_whole(block, tally) => {}
                None => return None,
            }
            if self.passed_bytes >= PASSED_BYTES_MAX && !self.is_wanted() {
                block.discard();
                return None;
            }
        }
    }

    fn pass(&mut self, bytes: usize) {
        self.passed_bytes = self.passed_bytes.saturating_add(bytes);
    }

    #[cold]
    fn is_wanted(&mut self) -> bool {
        self.passed_bytes = 0;
        (self.keep_on)()
    }

    /// Type and length of a block that stands here whole, with the same length at both of its ends.
    #[inline]
    fn agreed(&self, bytes: &[u8]) -> Option<(u32, usize)> {
        let kind = self.order.u32_at(bytes, 0)?;
        let total = self.order.u32_at(bytes, 4)?;
        let length = index(total);
        // A section may be of another byte order than the one before it, which is then still set.
        let order_known = kind != SECTION || section_order(bytes) == Some(self.order);
        let agreed = may_be_length(total, BLOCK_BYTES_MAX)
            && self.order.u32_at(bytes, length.saturating_sub(TAIL_BYTES)) == Some(total);
        (agreed && order_known).then_some((kind, length))
    }

    /// Brings a whole block to the front, or the next one if this one makes no sense; false at the end.
    #[cold]
    fn make_whole(&mut self, block: &mut Block, tally: &mut Tally) -> bool {
        if !block.ensure(SECTION_START_BYTES) {
            // No block is that short, and the byte order of a section cannot be told.
            return false;
        }
        let bytes = block.bytes();
        self.order = section_order(bytes).unwrap_or(self.order);
        let (Some(kind), Some(total)) = (self.order.u32_at(bytes, 0), self.order.u32_at(bytes, 4))
        else {
            return false;
        };
        let lost = if !may_be_length(total, SKIPPED_BLOCK_BYTES_MAX) {
            Lost::BadLength
        } else if index(total) > BLOCK_BYTES_MAX {
            match self.pass_over(kind, total, block) {
                Ok(()) => return true,
                Err(lost) => lost,
            }
        } else if !block.ensure(index(total)) {
            Lost::RunsOver
        } else if self.agreed(block.bytes()).is_some() {
            return true;
        } else {
            Lost::BadLength
        };
        resync(block, tally, lost, |bytes| plausible(self.order, bytes))
    }

    /// Passes over a block larger than what is looked into.
    #[cold]
    fn pass_over(&mut self, kind: u32, total: u32, block: &mut Block) -> Result<(), Lost> {
        self.pass(index(total));
        // A packet or a description of this size is no such thing: its length is wrong.
        if !matches!(kind, NAMES..=STATISTICS | SECRETS | CUSTOM | CUSTOM_NO_COPY) {
            return Err(Lost::BadLength);
        }
        if !block.skip(index(total).saturating_sub(TAIL_BYTES)) || !block.ensure(TAIL_BYTES) {
            return Err(Lost::RunsOver);
        }
        if self.order.u32_at(block.bytes(), 0) != Some(total) {
            return Err(Lost::BadLength);
        }
        block.take(TAIL_BYTES);
        Ok(())
    }

    /// Takes one whole block; a packet if it holds one that can be delivered.
    #[inline]
    fn block(
        &mut self,
        (kind, length): (u32, usize),
        block: &mut Block,
        tally: &mut Tally,
    ) -> Option<Record> {
        let bytes = block
            .bytes()
            .get(..length.saturating_sub(TAIL_BYTES))
            .unwrap_or_default();
        let described = match kind {
            _ if self.is_foreign && kind != SECTION => {
                block.take(length);
                return None;
            }
            ENHANCED => self.enhanced(bytes),
            SIMPLE => self.simple(bytes),
            PACKET => self.obsolete(bytes),
            _ => {
                self.other(kind, bytes, tally);
                block.take(length);
                return None;
            }
        };
        let usable = described.filter(|packet| {
            let end = packet.offset.saturating_add(index(packet.captured));
            index(packet.captured) <= PACKET_BYTES_MAX && end <= bytes.len()
        });
        let start = block.take(length);
        match usable {
            Some(packet) => self.record(&packet, start, tally),
            None => {
                tally.problems.add(Problem::BadBlock);
                None
            }
        }
    }

    #[inline]
    fn record(&mut self, packet: &Described, start: usize, tally: &mut Tally) -> Option<Record> {
        let Some(interface) = self.interfaces.get(index(packet.interface)) else {
            tally.problems.add(Problem::UnknownInterface);
            return None;
        };
        match packet.ticks.map(|ticks| interface.clock.stamp(ticks)) {
            Some(stamp) => {
                self.last_ns = stamp.ns;
                if stamp.clamped {
                    tally.problems.add(Problem::BadTime);
                }
            }
            None => tally.problems.add(Problem::NoTime),
        }
        if packet.wire < packet.captured {
            tally.problems.add(Problem::WireLength);
        }
        Some(Record {
            ts_ns: self.last_ns,
            start: start.saturating_add(packet.offset),
            captured: packet.captured,
            wire: packet.wire.max(packet.captured),
            interface: packet.interface,
            link: interface.link,
            link_known: interface.link_known,
        })
    }

    #[inline]
    fn enhanced(&self, bytes: &[u8]) -> Option<Described> {
        let head = bytes.first_chunk::<PACKET_HEAD_BYTES>()?;
        Some(Described {
            interface: self.order.u32_at(head, 8)?,
            ..self.timed(head)?
        })
    }

    fn obsolete(&self, bytes: &[u8]) -> Option<Described> {
        let head = bytes.first_chunk::<PACKET_HEAD_BYTES>()?;
        // Behind the interface stand 16 bits of a drop count.
        Some(Described {
            interface: u32::from(self.order.u16_at(head, 8)?),
            ..self.timed(head)?
        })
    }

    /// The fields that enhanced and obsolete packet blocks have in common.
    #[inline]
    fn timed(&self, head: &[u8; PACKET_HEAD_BYTES]) -> Option<Described> {
        let high = u64::from(self.order.u32_at(head, 12)?);
        let low = u64::from(self.order.u32_at(head, 16)?);
        Some(Described {
            interface: 0,
            ticks: Some((high << 32) | low),
            offset: PACKET_HEAD_BYTES,
            captured: self.order.u32_at(head, 20)?,
            wire: self.order.u32_at(head, 24)?,
        })
    }

    /// A simple packet has neither time nor captured length: the latter follows from the first interface.
    fn simple(&self, bytes: &[u8]) -> Option<Described> {
        const OFFSET: usize = 12;
        let wire = self.order.u32_at(bytes, HEAD_BYTES)?;
        let snap = self
            .interfaces
            .first()
            .map_or(0, |interface| interface.snap_bytes);
        // Never more than stands there: some writers cut packets without saying so in the description.
        let there = u32::try_from(bytes.len().saturating_sub(OFFSET)).unwrap_or(u32::MAX);
        let captured = if snap == 0 { wire } else { wire.min(snap) }.min(there);
        Some(Described {
            interface: 0,
            ticks: None,
            offset: OFFSET,
            captured,
            wire,
        })
    }

    /// A block without a packet.
    #[cold]
    fn other(&mut self, kind: u32, bytes: &[u8], tally: &mut Tally) {
        match kind {
            SECTION => {
                self.interfaces.clear();
                // A block too short for its version is of ours: what follows will tell.
                let version = self.order.u16_at(bytes, SECTION_START_BYTES);
                self.is_foreign = version.is_some_and(|major| major != VERSION_MAJOR);
                if self.is_foreign {
                    tally.problems.add(Problem::SectionVersion);
                }
            }
            INTERFACE if self.interfaces.len() >= INTERFACES_MAX => {
                tally.problems.add(Problem::TooManyInterfaces)
            }
            INTERFACE => {
                let body = bytes.get(HEAD_BYTES..).unwrap_or_default();
                let interface = Interface::read(self.order, body).unwrap_or_else(|| {
                    tally.problems.add(Problem::BadBlock);
                    // Kept all the same: the numbers of the interfaces behind it depend on it.
                    Interface::unknown()
                });
                self.interfaces.push(interface);
            }
            _ => {}
        }
    }
}

/// Whether a block that we know begins here, with the same length at both of its ends.
fn plausible(order: Order, bytes: &[u8]) -> bool {
    let section = section_order(bytes);
    let order = section.unwrap_or(order);
    let (Some(kind), Some(total)) = (order.u32_at(bytes, 0), order.u32_at(bytes, 4)) else {
        return false;
    };
    let known = matches!(
        kind,
        INTERFACE..=ENHANCED | SECRETS | CUSTOM | CUSTOM_NO_COPY
    ) || section.is_some();
    known
        && may_be_length(total, BLOCK_BYTES_MAX)
        && order.u32_at(bytes, index(total).saturating_sub(TAIL_BYTES)) == Some(total)
}
