//! Frame Relay: an address of two to four bytes, then a network protocol (RFC 2427) or, on Cisco's lines, an EtherType.

use super::packet::{Context, Next, Read};
use super::{by_ethertype, ipv4, ipv6, llc, ppp};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

const ADDRESS_BYTES: [usize; 3] = [2, 3, 4];
/// The last byte of an address.
const LAST: u8 = 0x01;
const CONTROL_UI: u8 = 0x03;
const PADDING: u8 = 0x00;

/// The link type that tells the direction in a byte before the frame.
pub(super) fn read_directed<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    at.skip(1, Failure::FrameRelayShort)?;
    Ok(Next::Into(read))
}

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let ends = |bytes: &&usize| at.data().get(bytes.saturating_sub(1)).is_some_and(|byte| byte & LAST != 0);
    let address_bytes = *ADDRESS_BYTES.iter().find(ends).unwrap_or(&2);
    at.skip(address_bytes, Failure::FrameRelayShort)?;
    if at.peek() == Some(CONTROL_UI) {
        return after_control(at);
    }
    let ethertype = u16::from_be_bytes(*at.array::<2>(Failure::FrameRelayShort)?);
    Ok(by_ethertype(ethertype).map_or(Next::End(Fate::NotIp), Next::Into))
}

fn after_control<'a>(at: &mut Cursor<'a>) -> Read<'a> {
    let [_, mut protocol] = *at.array::<2>(Failure::FrameRelayShort)?;
    if protocol == PADDING {
        [protocol] = *at.array::<1>(Failure::FrameRelayShort)?;
    }
    match protocol {
        0x80 => llc::read_snap(at),
        0x8e => Ok(Next::Into(ipv6::read)),
        0xcc => Ok(Next::Into(ipv4::read)),
        0xcf => Ok(Next::Into(ppp::read)),
        _ => Ok(Next::End(Fate::NotIp)),
    }
}
