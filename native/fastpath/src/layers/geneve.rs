//! Geneve (RFC 8926): a segment number and options, then what an EtherType says.
//!
//! Only a port suggests it: the version must be 0, the reserved bits 0, and what follows of a type that is read.

use super::by_ethertype;
use super::packet::{Context, Layer};
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::Failure;

const VERSION: u8 = 0xc0;
const OPTIONS_WORDS: u8 = 0x3f;
/// Behind "control" and "critical options present".
const RESERVED: u8 = 0x3f;

pub(super) fn guess(at: &mut Cursor<'_>, context: &mut Context) -> Option<Layer> {
    let [options, flags, t0, t1, v0, v1, v2, reserved] = *at.array::<8>(Failure::UdpBad).ok()?;
    if options & VERSION != 0 || flags & RESERVED != 0 || reserved != 0 {
        return None;
    }
    let layer = by_ethertype(u16::from_be_bytes([t0, t1]))?;
    at.skip(usize::from(options & OPTIONS_WORDS).saturating_mul(4), Failure::UdpBad).ok()?;
    let vni = u32::from_be_bytes([0, v0, v1, v2]);
    context.tags.vni = Some(vni);
    context.tunnel.push(TunnelKind::Geneve, vni);
    Some(layer)
}
