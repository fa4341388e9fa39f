//! IPv6 and its extension headers (RFC 8200).
//!
//! The destination is the one in the IPv6 header, also where a routing header names a later one: every packet of a
//! flow that passes one point carries the same.

use super::{by_next_header, ipv4};
use super::packet::{Context, Ip, Next, Part, Read};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate, Note, Notes, Other};

const HOP_BY_HOP: u8 = 0;
/// Kinds of options: one byte of padding, and the length of a jumbogram.
const PAD_1: u8 = 0;
const JUMBO: u8 = 0xc2;

/// What later layers need of a header.
pub(super) struct Header {
    pub src: Ip,
    pub dst: Ip,
    pub next_header: u8,
}

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let header = header(at, &mut context.notes)?;
    (context.src, context.dst) = (header.src, header.dst);
    Ok(after(header.next_header))
}

/// Takes the fixed header and cuts what lies behind the payload length.
#[inline(always)]
pub(super) fn header(at: &mut Cursor<'_>, notes: &mut Notes) -> Result<Header, Failure> {
    let [version, _, _, _, l0, l1, next_header, _] = *at.array::<8>(Failure::Ipv6Bad)?;
    let src = Ip(*at.array::<16>(Failure::Ipv6Bad)?);
    let dst = Ip(*at.array::<16>(Failure::Ipv6Bad)?);
    if version >> 4 != 6 {
        return Err(Failure::Ipv6Bad);
    }
    match usize::from(u16::from_be_bytes([l0, l1])) {
        0 if next_header == HOP_BY_HOP && is_jumbogram(at.data()) => return Err(Failure::Ipv6Jumbogram),
        0 => notes.add(Note::LengthOffloaded),
        length => {
            if !at.limit(length) {
                notes.add(Note::LengthBeyondWire);
            }
        }
    }
    Ok(Header { src, dst, next_header })
}

/// Whether these hop-by-hop options hold the jumbo payload option (RFC 2675): then the length of 0 is meant.
#[cold]
fn is_jumbogram(options: &[u8]) -> bool {
    let Some((&[_, units], rest)) = options.split_first_chunk::<2>() else { return false };
    let length = usize::from(units).saturating_mul(8).saturating_add(6);
    let mut left = rest.get(..length).unwrap_or(rest);
    loop {
        left = match *left {
            [PAD_1, ref behind @ ..] => behind,
            [JUMBO, 4, _, _, _, _, ..] => return true,
            [_, length, ref behind @ ..] => behind.get(usize::from(length)..).unwrap_or_default(),
            _ => return false,
        };
    }
}

/// Options and the headers of mobility, host identity and shim6: all begin with the next header and their own length.
pub(super) fn read_options<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [next_header, units, ..] = *at.array::<8>(Failure::Ipv6Extension)?;
    at.skip(usize::from(units).saturating_mul(8), Failure::Ipv6Extension)?;
    Ok(after(next_header))
}

pub(super) fn read_fragment<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [protocol, _, o0, o1, id @ ..] = *at.array::<8>(Failure::Ipv6Extension)?;
    let offset_more = u16::from_be_bytes([o0, o1]);
    let (offset, more) = (u32::from(offset_more & 0xfff8), offset_more & 1 != 0);
    if offset == 0 && !more {
        // RFC 6946: an atomic fragment is a whole datagram and waits for nobody.
        return Ok(after(protocol));
    }
    let id = u32::from_be_bytes(id);
    Ok(Next::Part(Part { v6: true, protocol, id, offset, more, at: *at }))
}

pub(super) fn read_authenticated<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    Ok(after(ipv4::authentication(at)?))
}

fn after<'a>(next_header: u8) -> Next<'a> {
    by_next_header(next_header).map_or(Next::End(Fate::OtherTransport(Other::of(next_header))), Next::Into)
}
