//! MPLS label stack entries (RFC 3032). The stack does not say what it carries.
//!
//! IP is what begins like IP and has lengths that fit; else a pseudowire is looked for, behind a control word or
//! without one; else what begins like IP is IP all the same, and its own header says what is wrong with it.

use super::packet::{Context, Layer, Next, Read};
use super::plausible::is_ip;
use super::tunnel::TunnelKind;
use super::{ethernet, ip, pseudowire};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

/// A pseudowire's frame begins at once, or behind its control word.
const FRAME_PLACES: [usize; 2] = [0, 4];
const ASSOCIATED_CHANNEL: u8 = 1;
const ENTRY_BYTES: usize = 4;
/// Entries looked through before a packet is walked: no more layers are walked by default.
const ENTRIES_MAX: usize = 16;

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let entry = u32::from_be_bytes(*at.array::<ENTRY_BYTES>(Failure::MplsShort)?);
    context.tunnel.push(TunnelKind::Mpls, entry >> 12);
    let bottom = entry & 0x100 != 0;
    if bottom { below(at, context) } else { Ok(Next::Into(read)) }
}

/// Labels in UDP (RFC 7510): only a port suggests them, so that the whole stack has to end above IP or a frame.
pub(super) fn guess(at: &mut Cursor<'_>, _: &mut Context) -> Option<Layer> {
    let mut stack = at.data().chunks_exact(ENTRY_BYTES).take(ENTRIES_MAX);
    let bottom = stack.position(|entry| matches!(entry, [_, _, flags, _] if flags & 1 != 0))?;
    let payload = at.behind(bottom.saturating_add(1).saturating_mul(ENTRY_BYTES));
    let is_readable = is_ip(&payload) || pseudowire::frame(&payload, &FRAME_PLACES).is_some();
    is_readable.then_some(read)
}

fn below<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    if !is_ip(at) {
        if let Some(frame) = pseudowire::frame(at, &FRAME_PLACES) {
            *at = frame;
            context.tunnel.push(TunnelKind::Pseudowire, 0);
            return Ok(Next::Into(ethernet::read));
        }
    }
    match at.peek().map(|first| first >> 4) {
        Some(4 | 6) => Ok(Next::Into(ip::read)),
        Some(ASSOCIATED_CHANNEL) => Ok(Next::End(Fate::NotIp)),
        None if at.missing() > 0 => Err(Failure::SnapCut),
        _ => Err(Failure::MplsPayload),
    }
}
