//! What Juniper's routers write before the packets that they capture themselves: a magic number, flags, extensions.

use super::packet::{Context, Layer, Next, Read};
use super::{ethernet, frame_relay, hdlc, ip, ppp};
use crate::cursor::Cursor;
use crate::fate::Failure;

const MAGIC: [u8; 3] = [0x4d, 0x47, 0x43];
const EXTENSIONS: u8 = 0x80;
/// The link's own header was left out, and four bytes stand for it.
const WITHOUT_LINK: u8 = 0x02;

pub(super) fn read_ethernet<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    read(at, ethernet::read)
}

pub(super) fn read_ppp<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    read(at, ppp::read_framed)
}

pub(super) fn read_frame_relay<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    read(at, frame_relay::read)
}

pub(super) fn read_hdlc<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    read(at, hdlc::read)
}

fn read<'a>(at: &mut Cursor<'a>, link: Layer) -> Read<'a> {
    let [m0, m1, m2, flags] = *at.array::<4>(Failure::JuniperBad)?;
    if [m0, m1, m2] != MAGIC {
        return Err(Failure::JuniperBad);
    }
    if flags & EXTENSIONS != 0 {
        let length = u16::from_be_bytes(*at.array::<2>(Failure::JuniperBad)?);
        at.skip(length.into(), Failure::JuniperBad)?;
    }
    if flags & WITHOUT_LINK != 0 {
        at.skip(4, Failure::JuniperBad)?;
        return Ok(Next::Into(ip::read));
    }
    Ok(Next::Into(link))
}
