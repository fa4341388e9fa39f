//! Ethernet II and IEEE 802.3: two addresses, then a type or a length.

use super::isl;
use super::packet::{Context, Next, Read};
use crate::cursor::Cursor;
use crate::fate::Failure;

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let address = at.data().first_chunk::<6>().copied();
    let number = ethertype(at)?;
    if number < 0x0600 && address.is_some_and(isl::is_group) {
        super::limit(at, number.into(), context);
        return Ok(Next::Into(isl::read));
    }
    super::after_ethertype(number, at, context)
}

/// Takes the header and gives its type or length.
#[inline(always)]
pub(super) fn ethertype(at: &mut Cursor<'_>) -> Result<u16, Failure> {
    let [.., high, low] = *at.array::<14>(Failure::EthernetShort)?;
    Ok(u16::from_be_bytes([high, low]))
}
