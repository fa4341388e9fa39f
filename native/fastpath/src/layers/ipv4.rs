//! IPv4 (RFC 791). Options are passed over, fragments are handed out, trailers are cut by the total length.

use super::packet::{Context, Ip, Next, Part, Read};
use super::{by_protocol, tcp};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate, Note};

const HEADER_BYTES: usize = 20;
const MORE_FRAGMENTS: u16 = 0x2000;
const OFFSET_MASK: u16 = 0x1fff;

#[inline]
pub(super) fn read<'a>(mut at: Cursor<'a>, context: &mut Context) -> Read<'a> {
    let available = at.wire();
    let header = at.array::<HEADER_BYTES>(Failure::Ipv4Bad)?;
    let [
        version_ihl,
        _,
        len_high,
        len_low,
        id_high,
        id_low,
        frag_high,
        frag_low,
        _,
        protocol,
        _,
        _,
        ends @ ..,
    ] = *header;
    let header_bytes = usize::from(version_ihl & 0x0f).saturating_mul(4);
    if version_ihl >> 4 != 4 || header_bytes < HEADER_BYTES {
        return Err(Failure::Ipv4Bad);
    }
    let total = usize::from(u16::from_be_bytes([len_high, len_low]));
    // Total length 0: the sending card fills it in later, the capture saw the packet before.
    if total == 0 {
        context.notes.add(Note::LengthOffloaded);
    } else if total < header_bytes {
        return Err(Failure::Ipv4Length);
    } else if total > available {
        context.notes.add(Note::LengthBeyondWire);
    } else {
        at.limit(total.saturating_sub(HEADER_BYTES));
    }
    if header_bytes > HEADER_BYTES {
        at.skip(header_bytes.saturating_sub(HEADER_BYTES), Failure::Ipv4Bad)?;
    }
    let [s0, s1, s2, s3, d0, d1, d2, d3] = ends;
    context.src = Ip::v4([s0, s1, s2, s3]);
    context.dst = Ip::v4([d0, d1, d2, d3]);
    let fragment = u16::from_be_bytes([frag_high, frag_low]);
    if fragment & (MORE_FRAGMENTS | OFFSET_MASK) != 0 {
        let id = u16::from_be_bytes([id_high, id_low]);
        return Ok(Next::Part(part(protocol, id, fragment, at)));
    }
    if protocol == 6 {
        // The common case goes straight on instead of through the table.
        return tcp::read(at, context);
    }
    Ok(
        by_protocol(protocol).map_or(Next::End(Fate::OtherTransport), |layer| {
            Next::Into(layer, at)
        }),
    )
}

fn part(protocol: u8, id: u16, fragment: u16, at: Cursor<'_>) -> Part<'_> {
    Part {
        v6: false,
        protocol,
        id: id.into(),
        offset: u32::from(fragment & OFFSET_MASK).saturating_mul(8),
        more: fragment & MORE_FRAGMENTS != 0,
        at,
    }
}
