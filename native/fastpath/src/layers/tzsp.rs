//! TZSP: frames that routers and access points mirror to a collector, behind a list of fields.

use super::packet::{Context, Layer};
use super::tunnel::TunnelKind;
use super::{ethernet, wlan};
use crate::cursor::Cursor;
use crate::fate::Failure;

const VERSION: u8 = 1;
/// A received frame, and one to be sent.
const KIND_MAX: u8 = 1;
const FIELD_PADDING: u8 = 0;
const FIELD_END: u8 = 1;
/// More fields than any sender writes.
const FIELDS_MAX: usize = 64;

pub(super) fn guess(at: &mut Cursor<'_>, context: &mut Context) -> Option<Layer> {
    let [version, kind, p0, p1] = *at.array::<4>(Failure::UdpBad).ok()?;
    if version != VERSION || kind > KIND_MAX {
        return None;
    }
    let layer: Layer = match u16::from_be_bytes([p0, p1]) {
        1 => ethernet::read,
        18 => wlan::read,
        _ => return None,
    };
    skip_fields(at)?;
    context.tunnel.push(TunnelKind::Tzsp, 0);
    Some(layer)
}

/// Each field is a kind, a length and a value; two kinds are a byte alone.
fn skip_fields(at: &mut Cursor<'_>) -> Option<()> {
    for _ in 0..FIELDS_MAX {
        match *at.array::<1>(Failure::UdpBad).ok()? {
            [FIELD_END] => return Some(()),
            [FIELD_PADDING] => {}
            _ => {
                let [length] = *at.array::<1>(Failure::UdpBad).ok()?;
                at.skip(length.into(), Failure::UdpBad).ok()?;
            }
        }
    }
    None
}
