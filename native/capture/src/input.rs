//! One input from its first packet to its last, and what was wrong with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::block::Block;
use crate::error::Refusal;
use crate::limits::{JUMP_NS_MIN, LAST_JUMP_NS_MAX};
use crate::magic::Kind;
use crate::order::index;
use crate::packet::{Packet, Record};
use crate::packets::Packets;
use crate::pcap::{FILE_HEADER_BYTES, Pcap};
use crate::pcapng::{Pcapng, SECTION_START_BYTES};
use crate::problem::Problem;
use crate::report::{InputReport, Stretch, Tally};
use crate::snoop::{self, Snoop};
use crate::source::{KeepOn, Origin, Source};

enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
    Snoop(Snoop),
}

/// The parts of an input that exist only while it is open.
struct Open {
    block: Block,
    format: Format,
}

/// What is kept while the head is a packet whose time jumped ahead: its bytes, because the packet behind it was read
/// already and may have moved the buffer, and that packet.
struct Jumped {
    bytes: Vec<u8>,
    next: Option<Record>,
}

/// One input. While it is open and not at its end it has a head: the packet to be delivered next.
pub(crate) struct Input {
    origin: Origin,
    format_name: String,
    size: Option<u64>,
    read_bytes: Arc<AtomicU64>,
    open: Option<Open>,
    asleep: bool,
    head: Record,
    /// The time of the packet before the head.
    before_ns: u64,
    jumped: Option<Box<Jumped>>,
    tally: Tally,
}

impl Input {
    /// Opens an input and reads as far as its first packet.
    pub(crate) fn new(mut origin: Origin) -> Result<Self, Refusal> {
        let read_bytes = Arc::new(AtomicU64::new(0));
        let source = origin.open(&read_bytes)?;
        let size = source.size;
        let (open, format_name) = start(source, origin.keep_on())?;
        let (head, tally) = (Record::default(), Tally::default());
        let mut input = Self {
            origin,
            format_name,
            size,
            read_bytes,
            open: Some(open),
            asleep: false,
            head,
            before_ns: 0,
            jumped: None,
            tally,
        };
        input.advance();
        Ok(input)
    }

    /// Reads the next packet into the head and returns its time; `None` at the end of the input.
    #[inline]
    pub(crate) fn advance(&mut self) -> Option<u64> {
        let next = match self.jumped.take() {
            None => self.read(),
            Some(jumped) => jumped.next,
        };
        let Some(record) = next else {
            self.finish();
            return None;
        };
        let head_ns = self.head.ts_ns;
        // One time that is too early makes no jump of the next.
        let latest_ns = head_ns.max(self.before_ns);
        self.before_ns = head_ns;
        if record.ts_ns > latest_ns.saturating_add(JUMP_NS_MIN) {
            self.jump(record, latest_ns);
            return Some(self.head.ts_ns);
        }
        if record.ts_ns < head_ns {
            self.tally.problems.add(Problem::TimeBackwards);
        }
        self.head = record;
        Some(record.ts_ns)
    }

    #[inline]
    fn read(&mut self) -> Option<Record> {
        let open = self.open.as_mut()?;
        match &mut open.format {
            Format::Pcap(pcap) => pcap.next(&mut open.block, &mut self.tally),
            Format::Pcapng(pcapng) => pcapng.next(&mut open.block, &mut self.tally),
            Format::Snoop(snoop) => snoop.next(&mut open.block, &mut self.tally),
        }
    }

    /// Makes a packet the head whose time lies far ahead of `latest_ns`. Its time is believed if the packet behind it
    /// does not go back: one wrong time must not end everything that goes on.
    #[cold]
    fn jump(&mut self, mut record: Record, latest_ns: u64) {
        let bytes = self.bytes(&record).to_vec();
        let next = self.read();
        let goes_on = match next {
            Some(next) => next.ts_ns.saturating_add(JUMP_NS_MIN) >= record.ts_ns,
            // The first packet is the last one, too: there is nothing against it.
            None => latest_ns == 0 || record.ts_ns.saturating_sub(latest_ns) <= LAST_JUMP_NS_MAX,
        };
        if !goes_on {
            self.tally.problems.add(Problem::TimeAhead);
            let first_ns = next.map_or(record.ts_ns, |next| next.ts_ns);
            record.ts_ns = if latest_ns == 0 { first_ns } else { latest_ns };
        }
        self.head = record;
        self.jumped = Some(Box::new(Jumped { bytes, next }));
    }

    /// The captured bytes of a record that was read last.
    fn bytes(&self, record: &Record) -> &[u8] {
        let open = self.open.as_ref();
        open.map_or(&[], |open| open.block.at(record.start, index(record.captured)))
    }

    /// The time of the head; `None` if there is none.
    pub(crate) fn head_ns(&self) -> Option<u64> {
        self.open.as_ref().map(|_| self.head.ts_ns)
    }

    /// Counts the head as delivered and returns it.
    #[inline]
    pub(crate) fn deliver(&mut self) -> Option<Packet<'_>> {
        let open = self.open.as_ref()?;
        self.tally.deliver(&self.head);
        Some(Packet {
            ts_ns: self.head.ts_ns,
            link: self.head.link,
            interface: self.head.interface,
            data: match &self.jumped {
                None => open.block.at(self.head.start, index(self.head.captured)),
                Some(jumped) => &jumped.bytes,
            },
            wire_len: self.head.wire,
        })
    }

    /// Delivers what follows a delivered head to `take`, up to `last_ns_max` and as long as nothing is odd. Returns what
    /// `take` says. The last packet delivered is then the head.
    #[inline]
    pub(crate) fn run(
        &mut self,
        last_ns_max: u64,
        take: &mut impl FnMut(&mut Packets<'_>) -> bool,
    ) -> bool {
        let Some(Open {
            block,
            format: Format::Pcap(pcap),
        }) = self.open.as_mut().filter(|_| self.jumped.is_none())
        else {
            return true;
        };
        let mut stretch = Stretch::new(self.head.ts_ns, last_ns_max);
        let goes_on = pcap.run(block, &mut stretch, take);
        if !stretch.is_empty() {
            self.tally.deliver_stretch(&stretch);
            self.head.ts_ns = stretch.head_ns;
            self.before_ns = stretch.before_ns;
        }
        goes_on
    }

    /// Counts the head as outside the window.
    pub(crate) fn drop_head(&mut self) {
        self.tally.outside_window = self.tally.outside_window.saturating_add(1);
    }

    /// Closes a regular file that has only been opened; [`Input::wake`] opens it again. Others stay open.
    pub(crate) fn sleep(&mut self) {
        if self.size.is_some() {
            self.asleep = true;
            self.open = None;
            self.jumped = None;
            self.tally = Tally::default();
            self.read_bytes.store(0, Ordering::Relaxed);
        }
    }

    /// Opens an input that slept, and reads as far as its first packet.
    #[inline]
    pub(crate) fn wake(&mut self) {
        if std::mem::take(&mut self.asleep) {
            self.open_again();
        }
    }

    #[cold]
    fn open_again(&mut self) {
        let opened = self.origin.open(&self.read_bytes);
        match opened.and_then(|source| start(source, self.origin.keep_on())) {
            Ok((open, _)) => {
                (self.head, self.before_ns) = (Record::default(), 0);
                self.open = Some(open);
                self.advance();
            }
            // It was there a moment ago: removed, replaced, or no file descriptor is left.
            Err(_) => self.tally.problems.add(Problem::ReadFailed),
        }
    }

    /// Bytes read and bytes in all, as stored; the second is `None` if unknown.
    pub(crate) fn progress(&self) -> (u64, Option<u64>) {
        (self.read_bytes.load(Ordering::Relaxed), self.size)
    }

    pub(crate) fn report(&self) -> InputReport {
        self.tally.report(self.origin.name(), &self.format_name)
    }

    /// At the end: counts what stopped the reading, and frees buffers and file descriptor.
    #[cold]
    fn finish(&mut self) {
        let Some(open) = self.open.take() else { return };
        let rest = open.block.bytes().len();
        self.tally.skip(rest);
        match open.block.fault() {
            Some(fault) => self.tally.problems.add(fault),
            None if rest > 0 => self.tally.problems.add(Problem::TruncatedTail),
            None => {}
        }
    }
}

/// Reads the header that stands before the first packet.
fn start(source: Source, keep_on: KeepOn) -> Result<(Open, String), Refusal> {
    let mut block = Block::new(source.reader);
    let (format, name) = match source.kind {
        Kind::Pcap(variant) => {
            block.ensure(FILE_HEADER_BYTES);
            let pcap = Pcap::new(variant, block.bytes()).map(Format::Pcap);
            block.take(FILE_HEADER_BYTES);
            (pcap, "pcap")
        }
        Kind::Snoop => {
            block.ensure(snoop::FILE_HEADER_BYTES);
            let snoop = Snoop::new(block.bytes()).map(Format::Snoop);
            block.take(snoop::FILE_HEADER_BYTES);
            (snoop, "snoop")
        }
        // Told apart already: what is left to be is pcapng.
        Kind::Pcapng | Kind::Compressed(_) => {
            block.ensure(SECTION_START_BYTES);
            (Pcapng::new(block.bytes(), keep_on).map(Format::Pcapng), "pcapng")
        }
    };
    let format = format.ok_or_else(|| {
        let what = format!("a {name} file whose header is cut short or damaged");
        Refusal::new(what, "copy it again from where it was written")
    })?;
    Ok((
        Open { block, format },
        format!("{name}{}", source.compressions),
    ))
}
