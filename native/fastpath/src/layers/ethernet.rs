//! Ethernet II and IEEE 802.3: two addresses, then a type or a length.

use super::packet::{Context, Read};
use crate::cursor::Cursor;
use crate::fate::Failure;

#[inline]
pub(super) fn read<'a>(mut at: Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [.., high, low] = *at.array::<14>(Failure::EthernetShort)?;
    super::after_ethertype(u16::from_be_bytes([high, low]), at, context)
}
