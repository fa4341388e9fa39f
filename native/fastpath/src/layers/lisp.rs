//! LISP (RFC 9300): eight bytes in UDP, then an IP packet whose lengths have to fit.

use super::ip;
use super::packet::{Context, Layer};
use super::plausible::is_ip;
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::Failure;

/// Instance number present, in the low byte of the flags; then the last word begins with it.
const INSTANCE: u8 = 0x08;

pub(super) fn guess(at: &mut Cursor<'_>, context: &mut Context) -> Option<Layer> {
    let [flags, _, _, _, i0, i1, i2, _] = *at.array::<8>(Failure::UdpBad).ok()?;
    if !is_ip(at) {
        return None;
    }
    let instance = if flags & INSTANCE != 0 { u32::from_be_bytes([0, i0, i1, i2]) } else { 0 };
    context.tunnel.push(TunnelKind::Lisp, instance);
    Some(ip::read)
}
