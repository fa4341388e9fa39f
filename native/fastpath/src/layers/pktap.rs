//! PKTAP: what macOS writes before packets of several interfaces. It gives the number of each one's link type.

use super::by_link;
use super::packet::{Context, Next, Read};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

/// Bytes of the oldest header; later ones are longer.
const HEADER_BYTES: usize = 108;

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [l0, l1, l2, l3, _, _, _, _, d0, d1, d2, d3] = *at.array::<12>(Failure::PktapBad)?;
    let length = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
    if length < HEADER_BYTES {
        return Err(Failure::PktapBad);
    }
    at.skip(length.saturating_sub(12), Failure::PktapBad)?;
    let link = u16::try_from(u32::from_le_bytes([d0, d1, d2, d3])).ok();
    Ok(link.and_then(by_link).map_or(Next::End(Fate::NotIp), Next::Into))
}
