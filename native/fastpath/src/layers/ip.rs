//! IP of either version where only the first nibble tells which, and IP directly in IP (RFC 2003, 2473, 4213).

use super::packet::{Context, Next, Read};
use super::tunnel::TunnelKind;
use super::{ipv4, ipv6};
use crate::cursor::Cursor;
use crate::fate::Failure;

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    match at.peek().map(|first| first >> 4) {
        Some(4) => Ok(Next::Into(ipv4::read)),
        Some(6) => Ok(Next::Into(ipv6::read)),
        None if at.missing() > 0 => Err(Failure::SnapCut),
        _ => Err(Failure::IpVersion),
    }
}

pub(super) fn read_tunnelled_v4<'a>(_: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let kind = if context.src.is_v4() { TunnelKind::Ipip } else { TunnelKind::FourInSix };
    context.tunnel.push(kind, 0);
    Ok(Next::Into(ipv4::read))
}

pub(super) fn read_tunnelled_v6<'a>(_: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let kind = if context.src.is_v4() { TunnelKind::SixInFour } else { TunnelKind::SixInSix };
    context.tunnel.push(kind, 0);
    Ok(Next::Into(ipv6::read))
}
