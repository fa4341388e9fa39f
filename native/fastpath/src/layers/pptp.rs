//! GRE version 1: PPTP (RFC 2637), PPP behind a call number; and EoIP, which routers of one maker made of its header:
//! an Ethernet frame behind a tunnel number.

use super::gre::{CHECKSUM, KEY, SEQUENCE};
use super::packet::{Context, Next, Read};
use super::tunnel::TunnelKind;
use super::{ethernet, ppp};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

const ACKNOWLEDGEMENT: u16 = 0x0080;
const PPP: u16 = 0x880b;
const EOIP: u16 = 0x6400;

/// `flags` and `number` are the first four bytes of the header, which were taken.
pub(super) fn read<'a>(flags: u16, number: u16, at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    if flags & KEY == 0 || flags & CHECKSUM != 0 || !matches!(number, PPP | EOIP) {
        return Err(Failure::GreVersion);
    }
    let [l0, l1, id @ ..] = *at.array::<4>(Failure::GreBad)?;
    let length = u16::from_be_bytes([l0, l1]);
    if number == PPP {
        for _ in [SEQUENCE, ACKNOWLEDGEMENT].into_iter().filter(|bit| flags & bit != 0) {
            at.skip(4, Failure::GreBad)?;
        }
    }
    if length == 0 {
        // An acknowledgement alone, or a keep-alive.
        return Ok(Next::End(Fate::NotIp));
    }
    super::limit(at, length.into(), context);
    if number == PPP {
        context.tunnel.push(TunnelKind::Pptp, u16::from_be_bytes(id).into());
        Ok(Next::Into(ppp::read_framed))
    } else {
        // Alone among its neighbours, the tunnel number stands in the order of small processors.
        context.tunnel.push(TunnelKind::Eoip, u16::from_le_bytes(id).into());
        Ok(Next::Into(ethernet::read))
    }
}
