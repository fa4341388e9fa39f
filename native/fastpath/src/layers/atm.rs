//! ATM as machines capture it, without its cells. Sun's write path and circuit, then LLC or an emulated LAN's frame;
//! Linux' write LLC, or on a circuit of its own IP alone (RFC 2684).

use super::packet::{Context, Next, Read};
use super::{ethernet, ip, llc};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

const KIND: u8 = 0x0f;
const KIND_LAN: u8 = 1;
const KIND_LLC: u8 = 2;

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [flags, _, _, _] = *at.array::<4>(Failure::LinkShort)?;
    match flags & KIND {
        KIND_LLC => Ok(Next::Into(llc::read)),
        KIND_LAN => {
            // The number of the LAN's client.
            at.skip(2, Failure::LinkShort)?;
            Ok(Next::Into(ethernet::read))
        }
        _ => Ok(Next::End(Fate::NotIp)),
    }
}

pub(super) fn read_classical<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    Ok(Next::Into(if at.peek() == Some(llc::SAP_SNAP) { llc::read } else { ip::read }))
}
