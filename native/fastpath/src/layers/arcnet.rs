//! ARCNET as Linux and BSD capture it: IP by RFC 1201, with a number for fragments, or by RFC 1051, without.

use super::packet::{Context, Next, Read};
use super::{ipv4, ipv6};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

const WHOLE: u8 = 0;
/// A short packet that was filled up; the flag stands again behind the filling.
const FILLED: u8 = 0xff;

/// Linux writes two bytes of the hardware's behind the addresses.
pub(super) fn read_linux<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    at.skip(4, Failure::ArcnetShort)?;
    after_addresses(at)
}

pub(super) fn read_bsd<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    at.skip(2, Failure::ArcnetShort)?;
    after_addresses(at)
}

fn after_addresses<'a>(at: &mut Cursor<'a>) -> Read<'a> {
    let [protocol] = *at.array::<1>(Failure::ArcnetShort)?;
    match protocol {
        0xf0 => return Ok(Next::Into(ipv4::read)),
        0xd4 | 0xc4 => {}
        _ => return Ok(Next::End(Fate::NotIp)),
    }
    let [mut flag, _, _] = *at.array::<3>(Failure::ArcnetShort)?;
    if flag == FILLED {
        [_, flag, _, _] = *at.array::<4>(Failure::ArcnetShort)?;
    }
    if flag != WHOLE {
        return Err(Failure::ArcnetFragment);
    }
    Ok(Next::Into(if protocol == 0xc4 { ipv6::read } else { ipv4::read }))
}
