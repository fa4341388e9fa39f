//! Link types that the product decodes. Others are delivered too, and counted by whoever meets their number.

const NULL: u16 = 0;
const ETHERNET: u16 = 1;
const RAW: u16 = 101;
const LOOP: u16 = 108;
const LINUX_SLL: u16 = 113;
const IPV4: u16 = 228;
const IPV6: u16 = 229;
const LINUX_SLL2: u16 = 276;
/// What `DLT_RAW` was before it had a number of its own; old tools wrote it into files.
const RAW_BSD: u16 = 12;
const RAW_OPENBSD: u16 = 14;

/// Whether this link type is one of those the product decodes.
pub(crate) fn is_known(link: u16) -> bool {
    matches!(
        link,
        NULL | ETHERNET | RAW | LOOP | LINUX_SLL | IPV4 | IPV6 | LINUX_SLL2 | RAW_BSD | RAW_OPENBSD
    )
}
