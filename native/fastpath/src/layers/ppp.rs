//! The PPP protocol field (RFC 1661 §2, §6.5), whole or compressed to one byte, and the framing that may stand before
//! it (RFC 1662).

use super::packet::{Context, Next, Read};
use super::{by_ppp, hdlc};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

const FRAMING: [u8; 2] = [0xff, 0x03];
/// Fragments of a packet that is spread over several links (RFC 1990): beginning and end, both in one that is whole.
const MULTILINK: u16 = 0x003d;
const BEGIN_AND_END: u8 = 0xc0;

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let number = protocol(at)?;
    match number {
        MULTILINK => read_multilink(at),
        _ if is_hidden(number) => Err(Failure::PppHidden),
        _ => Ok(by_ppp(number).map_or(Next::End(Fate::NotIp), Next::Into)),
    }
}

/// With or without address and control; some lines speak Cisco HDLC instead.
pub(super) fn read_framed<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    // No protocol begins with the first byte of it.
    if at.peek() == FRAMING.first().copied() {
        at.skip(FRAMING.len(), Failure::PppShort)?;
    } else if at.peek().is_some_and(hdlc::is_address) {
        return Ok(Next::Into(hdlc::read));
    }
    read(at, context)
}

/// The link type that tells the direction in a byte before the frame.
pub(super) fn read_directed<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    at.skip(1, Failure::PppShort)?;
    Ok(Next::Into(read_framed))
}

/// Whether a protocol that is assigned to PPP stands here, framed or not.
pub(super) fn is_plausible(data: &[u8]) -> bool {
    match *data.strip_prefix(&FRAMING).unwrap_or(data) {
        // One byte: only the network protocols 0x21 to 0x57, which save it in every packet.
        [0x21 | 0x57, ..] => true,
        [0x00, 0x01..=0xfd, ..] | [0x02 | 0x80 | 0x82 | 0xc0 | 0xc2, _, ..] => true,
        _ => false,
    }
}

fn protocol(at: &mut Cursor<'_>) -> Result<u16, Failure> {
    let [high] = *at.array::<1>(Failure::PppShort)?;
    // The low byte of a protocol number is odd, its high byte even: an odd first byte is a compressed field.
    if high & 1 == 1 {
        return Ok(high.into());
    }
    let [low] = *at.array::<1>(Failure::PppShort)?;
    Ok(u16::from_be_bytes([high, low]))
}

/// Only a packet that was not spread is read; its long sequence numbers are the default.
fn read_multilink<'a>(at: &mut Cursor<'a>) -> Read<'a> {
    let [flags, ..] = *at.array::<4>(Failure::PppShort)?;
    if flags & BEGIN_AND_END == BEGIN_AND_END { Ok(Next::Into(read)) } else { Err(Failure::PppHidden) }
}

/// Compressed or encrypted: headers of TCP and IP, whole packets.
fn is_hidden(number: u16) -> bool {
    matches!(
        number,
        0x0003
            | 0x0005
            | 0x002d
            | 0x002f
            | 0x0053
            | 0x0055
            | 0x0061
            | 0x0063
            | 0x0065
            | 0x0067
            | 0x0069
            | 0x00fb
            | 0x00fd
    )
}
