//! Whether bytes may be a header, where nothing but the bytes themselves says what they are.
//!
//! Only what the header's own fields say of each other counts; addresses and checksums do not.

use super::by_ethertype;
use crate::cursor::Cursor;

const ETHERNET_BYTES: usize = 14;
const ARP: u16 = 0x0806;
const PPPOE_DISCOVERY: u16 = 0x8863;
const LLDP: u16 = 0x88cc;
/// Short packets are filled up to this on Ethernet, with what no length counts; some taps write a trailer as long.
const PADDING_BYTES_MAX: usize = 46;

/// IP of either version whose lengths fit what is left.
pub(super) fn is_ip(at: &Cursor<'_>) -> bool {
    match *at.data() {
        [version_ihl, _, l0, l1, ..] if version_ihl >> 4 == 4 => {
            let header = usize::from(version_ihl & 0x0f).saturating_mul(4);
            let total = usize::from(u16::from_be_bytes([l0, l1]));
            header >= 20 && header <= total && fills(total, at)
        }
        [version, _, _, _, l0, l1, ..] if version >> 4 == 6 => {
            fills(usize::from(u16::from_be_bytes([l0, l1])).saturating_add(40), at)
        }
        _ => false,
    }
}

/// Whether `bytes` are all that is left, but for padding.
fn fills(bytes: usize, at: &Cursor<'_>) -> bool {
    at.wire().checked_sub(bytes).is_some_and(|rest| rest <= PADDING_BYTES_MAX)
}

/// An Ethernet frame of a type that is read, or of one that every such link carries.
pub(super) fn is_ethernet(mut at: Cursor<'_>) -> bool {
    let Some(&[.., high, low]) = at.data().first_chunk::<ETHERNET_BYTES>() else { return false };
    at = at.behind(ETHERNET_BYTES);
    match u16::from_be_bytes([high, low]) {
        0x0800 | 0x86dd => is_ip(&at),
        ARP | PPPOE_DISCOVERY | LLDP => true,
        length @ 3..0x0600 => fills(length.into(), &at),
        ethertype => by_ethertype(ethertype).is_some(),
    }
}
