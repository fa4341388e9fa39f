//! Network service headers (RFC 8300): the path through a chain of services, then the packet.

use super::by_nsh;
use super::packet::{Context, Next, Read};
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

const FIXED_BYTES: usize = 8;
const LENGTH_WORDS: u8 = 0x3f;

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [version, length, _, next, p0, p1, p2, _] = *at.array::<FIXED_BYTES>(Failure::NshBad)?;
    let bytes = usize::from(length & LENGTH_WORDS).saturating_mul(4);
    let metadata_bytes = bytes.checked_sub(FIXED_BYTES).ok_or(Failure::NshBad)?;
    if version >> 6 != 0 {
        return Err(Failure::NshBad);
    }
    at.skip(metadata_bytes, Failure::NshBad)?;
    context.tunnel.push(TunnelKind::Nsh, u32::from_be_bytes([0, p0, p1, p2]));
    Ok(by_nsh(next).map_or(Next::End(Fate::NotIp), Next::Into))
}
