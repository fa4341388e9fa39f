//! L2TP: version 2 (RFC 2661) carries PPP in UDP, version 3 (RFC 3931) another link's frames in UDP or in IP itself.
//!
//! Control messages and what is no L2TP at all are plain UDP. A tunnel's number is the receiver's own choice and
//! stands in the path only. What version 3 carries, and whether a cookie and a sequence number stand before it, the
//! ends know and the packet does not say: see [`pseudowire`](super::pseudowire).

use super::packet::{Context, Layer, Next, Read};
use super::tunnel::TunnelKind;
use super::{ethernet, ppp, pseudowire};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

const CONTROL: u8 = 0x80;
const LENGTH: u8 = 0x40;
const SEQUENCE: u8 = 0x08;
const OFFSET: u8 = 0x02;
/// Bits that are 0 in every data message.
const RESERVED: u8 = 0x34;
const VERSION: u8 = 0x0f;
/// Cookies of 0, 4 or 8 bytes, with and without a sublayer of 4.
const FRAME_PLACES: [usize; 4] = [0, 4, 8, 12];

pub(super) fn guess(at: &mut Cursor<'_>, context: &mut Context) -> Option<Layer> {
    let whole = *at;
    let [flags, version] = *at.array::<2>(Failure::UdpBad).ok()?;
    if flags & (CONTROL | RESERVED) != 0 {
        return None;
    }
    match version & VERSION {
        2 => data_v2(flags, whole, at, context),
        3 => {
            let [_, _, session @ ..] = *at.array::<6>(Failure::UdpBad).ok()?;
            data_v3(u32::from_be_bytes(session), at, context)
        }
        _ => None,
    }
}

/// Version 3 directly in IP; session 0 is the control channel.
pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let session = u32::from_be_bytes(*at.array::<4>(Failure::L2tpBad)?);
    if session == 0 {
        return Ok(Next::End(Fate::NotIp));
    }
    data_v3(session, at, context).map(Next::Into).ok_or(Failure::L2tpBad)
}

fn data_v2(flags: u8, whole: Cursor<'_>, at: &mut Cursor<'_>, context: &mut Context) -> Option<Layer> {
    if flags & LENGTH != 0 {
        let [l0, l1] = *at.array::<2>(Failure::UdpBad).ok()?;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let taken = whole.wire().checked_sub(at.wire())?;
        if !at.limit(length.checked_sub(taken)?) {
            return None;
        }
    }
    let [_, _, session @ ..] = *at.array::<4>(Failure::UdpBad).ok()?;
    if flags & SEQUENCE != 0 {
        at.skip(4, Failure::UdpBad).ok()?;
    }
    if flags & OFFSET != 0 {
        let [o0, o1] = *at.array::<2>(Failure::UdpBad).ok()?;
        at.skip(u16::from_be_bytes([o0, o1]).into(), Failure::UdpBad).ok()?;
    }
    if !ppp::is_plausible(at.data()) {
        return None;
    }
    context.tunnel.push(TunnelKind::L2tp, u16::from_be_bytes(session).into());
    Some(ppp::read_framed)
}

fn data_v3(session: u32, at: &mut Cursor<'_>, context: &mut Context) -> Option<Layer> {
    *at = pseudowire::frame(at, &FRAME_PLACES)?;
    context.tunnel.push(TunnelKind::L2tp, session);
    Some(ethernet::read)
}
