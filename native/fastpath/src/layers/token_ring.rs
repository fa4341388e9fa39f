//! Token ring (IEEE 802.5): addresses, the way through bridges where the sender gave one, then LLC.

use super::llc;
use super::packet::{Context, Next, Read};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

/// Of the frame control: the kind, and that of frames that carry something.
const KIND: u8 = 0xc0;
const KIND_LLC: u8 = 0x40;
/// Of the source address: a way follows. Of the way's first byte: its length.
const WAY: u8 = 0x80;
const WAY_BYTES: u8 = 0x1f;

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [_, control, _, _, _, _, _, _, source, ..] = *at.array::<14>(Failure::TokenRingShort)?;
    if source & WAY != 0 {
        let way_bytes = at.peek().map_or(1, |first| first & WAY_BYTES);
        at.skip(way_bytes.into(), Failure::TokenRingShort)?;
    }
    Ok(if control & KIND == KIND_LLC { Next::Into(llc::read) } else { Next::End(Fate::NotIp) })
}
