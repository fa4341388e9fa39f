//! MPLS label stack entries (RFC 3032). The stack does not say what it carries: the first nibble below it does.

use super::packet::{Context, Next, Read};
use super::tunnel::TunnelKind;
use super::{ipv4, ipv6};
use crate::cursor::Cursor;
use crate::fate::Failure;

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let entry = u32::from_be_bytes(*at.array::<4>(Failure::MplsShort)?);
    context.tunnel.push(TunnelKind::Mpls, entry >> 12);
    let bottom = entry & 0x100 != 0;
    if !bottom {
        return Ok(Next::Into(read));
    }
    match at.peek().map(|first| first >> 4) {
        Some(4) => Ok(Next::Into(ipv4::read)),
        Some(6) => Ok(Next::Into(ipv6::read)),
        Some(_) => Err(Failure::MplsPayload),
        None if at.missing() > 0 => Err(Failure::SnapCut),
        None => Err(Failure::MplsPayload),
    }
}
