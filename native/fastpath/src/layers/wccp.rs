//! Packets that a router hands to a web cache in GRE: in version 2 of the protocol a word stands before the IP packet.

use super::ip;
use super::packet::{Context, Next, Read};
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::Failure;

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    if !matches!(at.peek().map(|first| first >> 4), Some(4 | 6)) {
        at.skip(4, Failure::WccpShort)?;
    }
    context.tunnel.push(TunnelKind::Wccp, 0);
    Ok(Next::Into(ip::read))
}
