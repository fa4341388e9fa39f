//! GRE version 0 (RFC 2784, 2890): optional checksum, key and sequence number, then an EtherType or a type of GRE's own.
//! Version 1 is another protocol under the same number, [`pptp`](super::pptp).

use super::packet::{Context, Layer, Next, Read};
use super::tunnel::TunnelKind;
use super::{by_gre, erspan, pptp};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

pub(super) const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
pub(super) const KEY: u16 = 0x2000;
pub(super) const SEQUENCE: u16 = 0x1000;
const VERSION: u16 = 0x0007;
const KEEPALIVE: u16 = 0;
const ERSPAN: u16 = 0x88be;
const TRANSPARENT_ETHERNET: u16 = 0x6558;

/// In UDP (RFC 8086). Only a port suggests it: of the flags only those of the optional fields may be set, and what
/// follows must be of a type that is read.
pub(super) fn guess(at: &mut Cursor<'_>, _: &mut Context) -> Option<Layer> {
    let &[flags_high, flags_low, type_high, type_low] = at.data().first_chunk::<4>()?;
    let flags = u16::from_be_bytes([flags_high, flags_low]);
    let number = u16::from_be_bytes([type_high, type_low]);
    let is_known = number == ERSPAN || by_gre(number).is_some();
    (flags & !(CHECKSUM | KEY | SEQUENCE) == 0 && is_known).then_some(read)
}

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [flags_high, flags_low, type_high, type_low] = *at.array::<4>(Failure::GreBad)?;
    let flags = u16::from_be_bytes([flags_high, flags_low]);
    let number = u16::from_be_bytes([type_high, type_low]);
    match flags & VERSION {
        0 if flags & ROUTING != 0 => Err(Failure::GreBad),
        0 => read_v0(flags, number, at, context),
        1 => pptp::read(flags, number, at, context),
        _ => Err(Failure::GreVersion),
    }
}

fn read_v0<'a>(flags: u16, number: u16, at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    if flags & CHECKSUM != 0 {
        at.skip(4, Failure::GreBad)?;
    }
    let mut key = 0;
    if flags & KEY != 0 {
        key = u32::from_be_bytes(*at.array::<4>(Failure::GreBad)?);
        if number == TRANSPARENT_ETHERNET {
            // NVGRE (RFC 7637): the key is a 24-bit segment and a flow number.
            context.tags.vni = Some(key >> 8);
        }
    }
    if flags & SEQUENCE != 0 {
        at.skip(4, Failure::GreBad)?;
    }
    context.tunnel.push(TunnelKind::Gre, key);
    match number {
        ERSPAN => erspan::read_v2(flags & SEQUENCE != 0, at, context),
        KEEPALIVE => Ok(Next::End(Fate::NotIp)),
        _ => by_gre(number).map(Next::Into).ok_or(Failure::GrePayload),
    }
}
