//! PPPoE session packets (RFC 2516).

use super::packet::{Context, Next, Read};
use super::ppp;
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::Failure;

/// Version 1, type 1; code 0 is a session packet.
const SESSION: [u8; 2] = [0x11, 0x00];

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [version, code, id_high, id_low, length_high, length_low] = *at.array::<6>(Failure::PppoeBad)?;
    if [version, code] != SESSION {
        return Err(Failure::PppoeBad);
    }
    context.tunnel.push(TunnelKind::Pppoe, u16::from_be_bytes([id_high, id_low]).into());
    super::limit(at, u16::from_be_bytes([length_high, length_low]).into(), context);
    Ok(Next::Into(ppp::read))
}
