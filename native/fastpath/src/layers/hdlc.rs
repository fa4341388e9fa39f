//! Cisco's HDLC: address, control, EtherType.

use super::by_ethertype;
use super::packet::{Context, Next, Read};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

/// To one, and to all.
pub(super) fn is_address(byte: u8) -> bool {
    matches!(byte, 0x0f | 0x8f)
}

/// The link type that tells the direction in a byte before the frame.
pub(super) fn read_directed<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    at.skip(1, Failure::HdlcShort)?;
    Ok(Next::Into(read))
}

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [_, _, high, low] = *at.array::<4>(Failure::HdlcShort)?;
    Ok(by_ethertype(u16::from_be_bytes([high, low])).map_or(Next::End(Fate::NotIp), Next::Into))
}
