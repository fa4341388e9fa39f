//! FDDI: a byte of control, two addresses, then LLC.

use super::llc;
use super::packet::{Context, Next, Read};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

/// Of the control: what kind of frame; and that of LLC's, whose low bits are a priority.
const KIND: u8 = 0xf0;
const KIND_LLC: u8 = 0x50;

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [control, ..] = *at.array::<13>(Failure::LinkShort)?;
    Ok(if control & KIND == KIND_LLC { Next::Into(llc::read) } else { Next::End(Fate::NotIp) })
}
