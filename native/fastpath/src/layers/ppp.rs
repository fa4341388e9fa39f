//! The PPP protocol field (RFC 1661 §2, §6.5), whole or compressed to one byte.

use super::by_ppp;
use super::packet::{Context, Next, Read};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [high] = *at.array::<1>(Failure::PppShort)?;
    // The low byte of a protocol number is odd, its high byte even: an odd first byte is a compressed field.
    let number = if high & 1 == 1 {
        u16::from(high)
    } else {
        let [low] = *at.array::<1>(Failure::PppShort)?;
        u16::from_be_bytes([high, low])
    };
    Ok(by_ppp(number).map_or(Next::End(Fate::NotIp), Next::Into))
}
