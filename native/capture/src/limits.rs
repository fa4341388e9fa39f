//! Every bound of this crate, with its unit and its reason.

use std::time::Duration;

/// Captured bytes of one packet. libpcap calls more than this bogus (`MAXIMUM_SNAPLEN`); the largest honest packet is
/// an offloaded segment of 64 KiB, GRO of "BIG TCP" makes 192 KiB.
pub(crate) const PACKET_BYTES_MAX: usize = 256 * 1024;

/// One pcapng block that is looked into: the largest packet, its header, and options up to as much again (one comment
/// may take 64 KiB). Larger blocks are passed over.
pub(crate) const BLOCK_BYTES_MAX: usize = 2 * PACKET_BYTES_MAX;

/// One pcapng block that is passed over. Session keys and name tables of some MiB exist; Wireshark refuses more than
/// 16 MiB too. A longer claim is taken for a broken length, or one wrong byte would swallow the rest of the file.
pub(crate) const SKIPPED_BLOCK_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Bytes asked of a file at once. Fits the second-level cache of any server core, so that what was just read is still
/// there when it is looked at; larger reads measured no faster.
pub(crate) const READ_BYTES: usize = 256 * 1024;

/// The first read: enough for the first packets of most files, so that a folder of a thousand files opens quickly.
pub(crate) const FIRST_READ_BYTES: usize = 16 * 1024;

/// Reads go to the start of a page and ask for whole pages. A kernel copy whose target lies a few bytes behind its
/// source, modulo the page, runs at a quarter of the speed on processors with fast short `rep movsb`; a large
/// allocation, which begins 16 bytes into a page, is just that.
pub(crate) const PAGE_BYTES: usize = 4096;

/// The most one input ever holds of its file. See [`SEARCH_STEP_BYTES`].
pub(crate) const BUFFER_BYTES_MAX: usize = 1024 * 1024;

/// Places that are tried at once when a lost record boundary is searched. With the largest block behind the last place
/// this takes three quarters of the buffer; the free quarter keeps moving bytes in it cheap however often one searches.
pub(crate) const SEARCH_STEP_BYTES: usize = 256 * 1024;

/// How far a lost record boundary is searched before the rest of the file is given up. A hole left by a crash is some
/// file-system blocks wide; after this much that cannot be read the file is something else.
pub(crate) const SEARCH_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A packet this far ahead of the one before it is looked at twice. Flows begin to be forgotten after 20 s of silence, so
/// that a wrong time beyond this would end what goes on; a link with longer pauses is quiet enough to look ahead.
pub(crate) const JUMP_NS_MIN: u64 = 60 * 1_000_000_000;

/// The last packet of an input has none behind it that could confirm its time: it is believed this far ahead.
pub(crate) const LAST_JUMP_NS_MAX: u64 = 24 * 3600 * 1_000_000_000;

/// A record found by searching lies this near in time to the last good one, or it is payload that looks like a record.
pub(crate) const SEARCH_SECONDS_MAX: u32 = 30 * 24 * 3600;

/// Interfaces of one pcapng section. A host has some tens, merged files some hundreds.
pub(crate) const INTERFACES_MAX: usize = 4096;

/// Base-2 logarithm of the zstd window: 128 MiB. `zstd --ultra -22` and `--long` make this at most, and the zstd tool
/// itself refuses more unless told: the window is memory that the file chooses.
pub(crate) const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Memory of the decompressor of xz, in KiB: its dictionary, which the file chooses, and what goes with it. `xz -9` makes a
/// dictionary of 64 MiB; as with zstd, one of 128 MiB is read and no larger one.
pub(crate) const XZ_MEMORY_KIB_MAX: u32 = 129 * 1024;

/// Compressed layers around a capture: `x.pcap.gz` and, once more, a compressed archive of such files.
pub(crate) const LAYERS_MAX: usize = 2;

/// Compressed bytes handed to a decompressor at once.
pub(crate) const CHUNK_BYTES: usize = 64 * 1024;

/// Bytes asked of a decompressor at once: what it has read when it meets damage within them is lost.
pub(crate) const ASKED_BYTES: usize = 64 * 1024;

/// Pieces of [`READ_BYTES`] that a thread which decompresses may be ahead of who reads them: a few batches' work. 1 MiB for
/// each of [`OPEN_MAX`] inputs.
pub(crate) const PIECES_AHEAD: usize = 4;

/// How long the opening of a named pipe is waited for before it is asked whether to keep on.
pub(crate) const PIPE_WAIT: Duration = Duration::from_millis(100);

/// Bytes looked at to tell what a file is; the longest signature has 16.
pub(crate) const SNIFF_BYTES: usize = 64;

/// Inputs kept open from the start. With more of them each is closed after its first packet and opened again when its
/// time comes: a folder of thousands of hourly files must not need thousands of file descriptors.
pub(crate) const OPEN_MAX: usize = 64;

/// Packets outside the window that are passed over at once: some milliseconds of work, and a second where a disk is slow. Who
/// reads a long capture for its last minute is to see how far it is, and to be able to end it.
pub(crate) const OUTSIDE_AT_ONCE_MAX: usize = 1 << 16;

/// Bytes of pcapng blocks without a packet that are passed over before it is asked whether to keep on. Honest files hold some
/// MiB of them; a small compressed file may hold terabytes.
pub(crate) const PASSED_BYTES_MAX: usize = 16 * 1024 * 1024;
