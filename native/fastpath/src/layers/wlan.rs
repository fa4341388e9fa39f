//! Wireless LAN (IEEE 802.11): only data frames carry packets, and nearly all of those are encrypted.

use super::llc;
use super::packet::{Context, Next, Read};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate, Note};

const HEADER_BYTES: usize = 24;
const SNAP: [u8; 3] = [0xaa, 0xaa, 0x03];
/// Of the first byte: version, type, and of the subtypes of data those without a payload and those with quality of service.
const VERSION: u8 = 0x03;
const TYPE: u8 = 0x0c;
const TYPE_DATA: u8 = 0x08;
const WITHOUT_PAYLOAD: u8 = 0x40;
const QUALITY: u8 = 0x80;
/// Of the second byte.
const TO_AND_FROM_ACCESS_POINT: u8 = 0x03;
const PROTECTED: u8 = 0x40;
const ORDER: u8 = 0x80;
const FRAGMENT_NUMBER: u8 = 0x0f;
/// Of the first byte about quality: several packets in one frame, each behind two addresses and a length.
const AGGREGATE: u8 = 0x80;

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let frame_control = *at.array::<2>(Failure::WlanShort)?;
    data_frame(frame_control, false, at, context)
}

/// Some drivers fill the header up to a multiple of four bytes, and say so.
pub(super) fn read_padded<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let frame_control = *at.array::<2>(Failure::WlanShort)?;
    data_frame(frame_control, true, at, context)
}

/// Some access points send the first two bytes to their controller the other way round.
pub(super) fn read_swapped<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [flags, kind] = *at.array::<2>(Failure::WlanShort)?;
    data_frame([kind, flags], false, at, context)
}

/// Whether the first byte is that of a data frame of version 0.
pub(super) fn is_data(kind: u8) -> bool {
    kind & (TYPE | VERSION) == TYPE_DATA
}

fn data_frame<'a>([kind, flags]: [u8; 2], is_padded: bool, at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    if !is_data(kind) || kind & WITHOUT_PAYLOAD != 0 {
        return Ok(Next::End(Fate::NotIp));
    }
    let [.., sequence, _] = *at.array::<{ HEADER_BYTES - 2 }>(Failure::WlanShort)?;
    let mut header_bytes = HEADER_BYTES;
    if flags & TO_AND_FROM_ACCESS_POINT == TO_AND_FROM_ACCESS_POINT {
        at.skip(6, Failure::WlanShort)?;
        header_bytes = header_bytes.saturating_add(6);
    }
    let mut is_aggregate = false;
    if kind & QUALITY != 0 {
        let [quality, _] = *at.array::<2>(Failure::WlanShort)?;
        is_aggregate = quality & AGGREGATE != 0;
        let order_bytes = if flags & ORDER != 0 { 4 } else { 0 };
        at.skip(order_bytes, Failure::WlanShort)?;
        header_bytes = header_bytes.saturating_add(2).saturating_add(order_bytes);
    }
    if is_padded {
        at.skip(header_bytes.next_multiple_of(4).saturating_sub(header_bytes), Failure::WlanShort)?;
    }
    // Who decrypts often leaves the flag as it was.
    if flags & PROTECTED != 0 && !at.data().starts_with(&SNAP) {
        return Err(Failure::WlanEncrypted);
    }
    if sequence & FRAGMENT_NUMBER != 0 {
        return Err(Failure::WlanFragment);
    }
    if is_aggregate {
        return first_of_aggregate(at, context);
    }
    Ok(Next::Into(llc::read))
}

/// One packet a frame is what is handed on; that there were more is told.
fn first_of_aggregate<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [.., high, low] = *at.array::<14>(Failure::WlanShort)?;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length.next_multiple_of(4) < at.wire() {
        context.notes.add(Note::WlanAggregate);
    }
    super::limit(at, length, context);
    Ok(Next::Into(llc::read))
}
