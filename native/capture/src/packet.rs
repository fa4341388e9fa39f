//! A packet as it stands in a file.

/// One packet, borrowed from the input's buffer until the next one is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Nanoseconds since 1970 (UTC), saturated to the range of the type.
    pub ts_ns: u64,
    /// Link type, as registered for pcap files.
    pub link: u16,
    /// The pcapng interface within its section; 0 in pcap.
    pub interface: u32,
    /// The captured bytes; fewer than `wire_len` when the snap length cut the packet.
    pub data: &'a [u8],
    /// Bytes on the wire; never less than `data` has.
    pub wire_len: u32,
}

/// A packet as a place in the input's buffer: what a reader returns while the buffer may still move.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Record {
    pub(crate) ts_ns: u64,
    pub(crate) start: usize,
    pub(crate) captured: u32,
    pub(crate) wire: u32,
    pub(crate) interface: u32,
    pub(crate) link: u16,
    pub(crate) link_known: bool,
}
