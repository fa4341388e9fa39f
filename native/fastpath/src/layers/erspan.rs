//! ERSPAN (draft-foschiano-erspan): frames of a mirror port, sent through GRE. Type I has no header of its own.

use super::packet::{Context, Next, Read};
use super::tunnel::TunnelKind;
use super::{ethernet, ip};
use crate::cursor::Cursor;
use crate::fate::Failure;

const VERSION_II: u8 = 1;
const VERSION_III: u8 = 2;
/// Of type III, behind version and session: the kind of frame, and whether eight bytes of the platform follow.
const FRAME_KIND: u8 = 0x7c;
const FRAME_KIND_IP: u8 = 2 << 2;
const PLATFORM: u8 = 0x01;

/// Types I and II, which GRE announces alike: type II has GRE's sequence number.
pub(super) fn read_v2<'a>(with_sequence: bool, at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let session = if with_sequence {
        let [version_vlan, _, high, low, ..] = *at.array::<8>(Failure::ErspanBad)?;
        if version_vlan >> 4 != VERSION_II {
            return Err(Failure::ErspanBad);
        }
        session(high, low)
    } else {
        0
    };
    context.tunnel.push(TunnelKind::Erspan, session);
    Ok(Next::Into(ethernet::read))
}

pub(super) fn read_v3<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [version_vlan, _, high, low, _, _, _, _, _, _, kind_high, kind_low] = *at.array::<12>(Failure::ErspanBad)?;
    if version_vlan >> 4 != VERSION_III {
        return Err(Failure::ErspanBad);
    }
    if kind_low & PLATFORM != 0 {
        at.skip(8, Failure::ErspanBad)?;
    }
    context.tunnel.push(TunnelKind::Erspan, session(high, low));
    let is_ip = kind_high & FRAME_KIND == FRAME_KIND_IP;
    Ok(Next::Into(if is_ip { ip::read } else { ethernet::read }))
}

fn session(high: u8, low: u8) -> u32 {
    u32::from(u16::from_be_bytes([high, low]) & 0x03ff)
}
