//! ERF, the record of Endace's capture cards: a time, a kind, lengths, extensions, then a frame of the link it was taken
//! from.

use super::packet::{Context, Next, Read};
use super::{ethernet, ip, ppp};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

/// Of the kind: an extension of eight bytes follows; so says the first byte of each.
const MORE: u8 = 0x80;
const EXTENSION_BYTES: usize = 8;
/// More than any card writes.
const EXTENSIONS_MAX: usize = 16;

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [_, _, _, _, _, _, _, _, kind, ..] = *at.array::<16>(Failure::LinkShort)?;
    skip_extensions(kind & MORE != 0, at)?;
    match kind & !MORE {
        // Serial lines: PPP, or Cisco's HDLC.
        1 | 10 | 15 | 19 => Ok(Next::Into(ppp::read_framed)),
        // Ethernet, with how much of its start was left out, and nothing.
        2 | 11 | 16 | 20 => {
            at.skip(2, Failure::LinkShort)?;
            Ok(Next::Into(ethernet::read))
        }
        22 | 23 => Ok(Next::Into(ip::read)),
        _ => Ok(Next::End(Fate::NotIp)),
    }
}

fn skip_extensions(mut more: bool, at: &mut Cursor<'_>) -> Result<(), Failure> {
    for _ in 0..EXTENSIONS_MAX {
        if !more {
            return Ok(());
        }
        let [first, ..] = *at.array::<EXTENSION_BYTES>(Failure::LinkShort)?;
        more = first & MORE != 0;
    }
    Err(Failure::LinkShort)
}
