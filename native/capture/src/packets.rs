//! Packets of one input that lie whole in memory, one behind the other.

use crate::packet::Packet;
use crate::pcap::Layout;
use crate::report::Stretch;

/// Packets at hand. Those that were not taken come again, here or elsewhere; a copy that was left behind takes them again.
#[derive(Clone, Copy, Debug)]
pub struct Packets<'a> {
    /// The first one, where it is not among the others.
    alone: Option<Packet<'a>>,
    /// The records of the others.
    rest: &'a [u8],
    layout: Layout,
    /// What was taken of the others.
    pub(crate) stretch: Stretch,
}

impl<'a> Packets<'a> {
    /// A packet alone.
    pub(crate) fn one(packet: Packet<'a>) -> Self {
        Self {
            alone: Some(packet),
            rest: &[],
            layout: Layout::NONE,
            stretch: Stretch::new(packet.ts_ns, packet.ts_ns),
        }
    }

    /// The records at the start of `bytes` that follow the stretch and are as plain as nearly all are.
    pub(crate) fn within(bytes: &'a [u8], layout: Layout, stretch: Stretch) -> Self {
        Self {
            alone: None,
            rest: bytes,
            layout,
            stretch,
        }
    }

    /// Bytes that were not taken.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Packets<'a> {
    type Item = Packet<'a>;

    #[inline]
    fn next(&mut self) -> Option<Packet<'a>> {
        match self.layout.plain(self.rest) {
            Some((packet, behind)) if self.stretch.goes_on_at(packet.ts_ns) => {
                self.stretch.add(packet.ts_ns, packet.data.len());
                self.rest = behind;
                Some(packet)
            }
            _ => self.alone.take(),
        }
    }
}
