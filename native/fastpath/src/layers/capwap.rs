//! CAPWAP's data channel (RFC 5415): frames between an access point and its controller.
//!
//! Only a port suggests it. What is encrypted, fragments, and keep-alives are plain UDP.

use super::packet::{Context, Layer};
use super::plausible::is_ethernet;
use super::tunnel::TunnelKind;
use super::{ethernet, wlan};
use crate::cursor::Cursor;
use crate::fate::Failure;

/// The second to fourth byte: length, radio, binding; whether the frame is the radio's own; fragment, keep-alive.
const WIRELESS_BINDING: u8 = 1;
const NATIVE: u8 = 0x01;
const FRAGMENT: u8 = 0x80;
const KEEP_ALIVE: u8 = 0x08;
const FIXED_BYTES: usize = 8;

pub(super) fn guess(at: &mut Cursor<'_>, context: &mut Context) -> Option<Layer> {
    let [preamble, length, binding, flags, ..] = *at.array::<FIXED_BYTES>(Failure::UdpBad).ok()?;
    let header_bytes = usize::from(length >> 3).saturating_mul(4);
    let is_data = preamble == 0 && (binding >> 1) & 0x1f == WIRELESS_BINDING && flags & (FRAGMENT | KEEP_ALIVE) == 0;
    if !is_data {
        return None;
    }
    at.skip(header_bytes.checked_sub(FIXED_BYTES)?, Failure::UdpBad).ok()?;
    let layer: Layer = match *at.data() {
        _ if binding & NATIVE == 0 => is_ethernet(*at).then_some(ethernet::read)?,
        [first, second, ..] if !wlan::is_data(first) && wlan::is_data(second) => wlan::read_swapped,
        _ => wlan::read,
    };
    context.tunnel.push(TunnelKind::Capwap, 0);
    Some(layer)
}
