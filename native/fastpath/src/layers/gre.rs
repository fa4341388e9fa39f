//! GRE version 0 (RFC 2784, 2890): optional checksum, key and sequence number, then an EtherType.

use super::by_ethertype;
use super::packet::{Context, Next, Read};
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::Failure;

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const VERSION: u16 = 0x0007;
const TRANSPARENT_ETHERNET: u16 = 0x6558;

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [flags_high, flags_low, type_high, type_low] = *at.array::<4>(Failure::GreBad)?;
    let flags = u16::from_be_bytes([flags_high, flags_low]);
    let ethertype = u16::from_be_bytes([type_high, type_low]);
    if flags & VERSION != 0 {
        return Err(Failure::GreVersion);
    }
    if flags & ROUTING != 0 {
        return Err(Failure::GreBad);
    }
    if flags & CHECKSUM != 0 {
        at.skip(4, Failure::GreBad)?;
    }
    let mut key = 0;
    if flags & KEY != 0 {
        key = u32::from_be_bytes(*at.array::<4>(Failure::GreBad)?);
        if ethertype == TRANSPARENT_ETHERNET {
            // NVGRE (RFC 7637): the key is a 24-bit segment and a flow number.
            context.tags.vni = Some(key >> 8);
        }
    }
    if flags & SEQUENCE != 0 {
        at.skip(4, Failure::GreBad)?;
    }
    context.tunnel.push(TunnelKind::Gre, key);
    by_ethertype(ethertype).map(Next::Into).ok_or(Failure::GrePayload)
}
