//! Packets of one input that lie whole in memory, one behind the other: the next can be looked at before it is taken.

use crate::packet::Packet;
use crate::pcap::Layout;
use crate::report::Stretch;

/// Packets at hand. Those that were not taken come again, here or elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Packets<'a> {
    /// The one that comes next.
    next: Option<Packet<'a>>,
    /// From the next one's record on.
    rest: &'a [u8],
    /// Behind the next one's record.
    behind: &'a [u8],
    layout: Layout,
    /// What was taken.
    pub(crate) stretch: Stretch,
}

impl<'a> Packets<'a> {
    /// A packet alone.
    pub(crate) fn one(packet: Packet<'a>) -> Self {
        Self {
            next: Some(packet),
            rest: &[],
            behind: &[],
            layout: Layout::NONE,
            stretch: Stretch::new(packet.ts_ns, packet.ts_ns),
        }
    }

    /// The records at the start of `bytes` that follow the stretch and are as plain as nearly all are.
    #[inline]
    pub(crate) fn within(bytes: &'a [u8], layout: Layout, stretch: Stretch) -> Self {
        let mut packets = Self {
            next: None,
            rest: bytes,
            behind: bytes,
            layout,
            stretch,
        };
        packets.look();
        packets
    }

    /// The packet that comes next.
    #[inline]
    #[must_use]
    pub fn peek(&self) -> Option<Packet<'a>> {
        self.next
    }

    /// Takes the packet that comes next: it counts as delivered.
    #[inline]
    pub fn advance(&mut self) {
        if let Some(packet) = self.next {
            self.stretch.add(packet.ts_ns, packet.data.len());
            self.rest = self.behind;
            self.look();
        }
    }

    /// Bytes that were not taken.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    fn look(&mut self) {
        let found = self.layout.plain(self.rest);
        let found = found.filter(|(packet, _)| self.stretch.goes_on_at(packet.ts_ns));
        (self.next, self.behind) = match found {
            Some((packet, behind)) => (Some(packet), behind),
            None => (None, self.rest),
        };
    }
}

impl<'a> Iterator for Packets<'a> {
    type Item = Packet<'a>;

    #[inline]
    fn next(&mut self) -> Option<Packet<'a>> {
        let packet = self.peek();
        self.advance();
        packet
    }
}
