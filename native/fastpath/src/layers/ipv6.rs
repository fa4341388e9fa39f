//! IPv6 and its extension headers (RFC 8200).
//!
//! The destination is the one in the IPv6 header, also where a routing header names a later one: every packet of a
//! flow that passes one point carries the same.

use super::packet::{Context, Ip, Next, Part, Read};
use super::{by_next_header, tcp};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate, Note};

const HEADER_BYTES: usize = 40;
const HOP_BY_HOP: u8 = 0;

#[inline]
pub(super) fn read<'a>(mut at: Cursor<'a>, context: &mut Context) -> Read<'a> {
    let header = at.array::<HEADER_BYTES>(Failure::Ipv6Bad)?;
    let ([version, _, _, _, len_high, len_low, next_header, _], ends) = halves(header);
    if version >> 4 != 6 {
        return Err(Failure::Ipv6Bad);
    }
    match usize::from(u16::from_be_bytes([len_high, len_low])) {
        // RFC 2675: length 0 and hop-by-hop options is how a jumbogram begins.
        0 if next_header == HOP_BY_HOP => return Err(Failure::Ipv6Jumbogram),
        0 => context.notes.add(Note::LengthOffloaded),
        length => super::limit(&mut at, length, context),
    }
    (context.src, context.dst) = ends;
    if next_header == 6 {
        return tcp::read(at, context);
    }
    Ok(after(next_header, at))
}

/// Hop-by-hop options, routing and destination options: all begin with the next header and their own length.
pub(super) fn read_options<'a>(mut at: Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [next_header, units, ..] = *at.array::<8>(Failure::Ipv6Extension)?;
    at.skip(usize::from(units).saturating_mul(8), Failure::Ipv6Extension)?;
    Ok(after(next_header, at))
}

pub(super) fn read_fragment<'a>(mut at: Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [next_header, _, offset_high, offset_low, id @ ..] =
        *at.array::<8>(Failure::Ipv6Extension)?;
    let offset_more = u16::from_be_bytes([offset_high, offset_low]);
    let (offset, more) = (offset_more & 0xfff8, offset_more & 1 != 0);
    if offset == 0 && !more {
        // RFC 6946: an atomic fragment is a whole datagram and waits for nobody.
        return Ok(after(next_header, at));
    }
    let id = u32::from_be_bytes(id);
    Ok(Next::Part(Part {
        v6: true,
        protocol: next_header,
        id,
        offset: offset.into(),
        more,
        at,
    }))
}

fn after(next_header: u8, at: Cursor<'_>) -> Next<'_> {
    by_next_header(next_header).map_or(Next::End(Fate::OtherTransport), |layer| {
        Next::Into(layer, at)
    })
}

/// The first eight bytes, and the two addresses.
#[inline]
fn halves(header: &[u8; HEADER_BYTES]) -> ([u8; 8], (Ip, Ip)) {
    let (mut first, mut src, mut dst) = ([0; 8], [0; 16], [0; 16]);
    let (head, ends) = header.split_at(8);
    let (from, to) = ends.split_at(16);
    first.copy_from_slice(head);
    src.copy_from_slice(from);
    dst.copy_from_slice(to);
    (first, (Ip(src), Ip(dst)))
}
