//! EtherIP (RFC 3378): an Ethernet frame in IP.

use super::ethernet;
use super::packet::{Context, Next, Read};
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::Failure;

const VERSION_3: u8 = 3;

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [version, _] = *at.array::<2>(Failure::EtheripBad)?;
    // Some BSD systems wrote the two halves of the byte the other way round.
    if version >> 4 != VERSION_3 && version & 0x0f != VERSION_3 {
        return Err(Failure::EtheripBad);
    }
    context.tunnel.push(TunnelKind::Etherip, 0);
    Ok(Next::Into(ethernet::read))
}
