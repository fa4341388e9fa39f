//! IPv4 (RFC 791). Options are passed over, fragments are handed out, trailers are cut by the total length.

use super::by_protocol;
use super::packet::{Context, Ip, Next, Part, Read};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate, Note, Notes, Other};

const HEADER_BYTES: usize = 20;
/// Of an authentication header, before the signature.
const AUTHENTICATION_BYTES: usize = 12;
const MORE_FRAGMENTS: u16 = 0x2000;
const OFFSET_MASK: u16 = 0x1fff;

/// What later layers need of a header.
pub(super) struct Header {
    pub src: Ip,
    pub dst: Ip,
    pub protocol: u8,
    id: u16,
    flags_offset: u16,
}

impl Header {
    #[inline(always)]
    pub(super) fn is_fragment(&self) -> bool {
        self.flags_offset & (MORE_FRAGMENTS | OFFSET_MASK) != 0
    }
}

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let header = header(at, &mut context.notes)?;
    (context.src, context.dst) = (header.src, header.dst);
    if header.is_fragment() {
        return Ok(Next::Part(part(&header, *at)));
    }
    Ok(after(header.protocol))
}

/// An authentication header (RFC 4302): what it signs is there to be read.
pub(super) fn read_authenticated<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    Ok(after(authentication(at)?))
}

/// Takes an authentication header and returns the protocol of what follows it.
pub(super) fn authentication(at: &mut Cursor<'_>) -> Result<u8, Failure> {
    let [next, words, ..] = *at.array::<AUTHENTICATION_BYTES>(Failure::AuthenticationBad)?;
    let bytes = usize::from(words).saturating_add(2).saturating_mul(4);
    let rest = bytes.checked_sub(AUTHENTICATION_BYTES).ok_or(Failure::AuthenticationBad)?;
    at.skip(rest, Failure::AuthenticationBad)?;
    Ok(next)
}

fn after<'a>(protocol: u8) -> Next<'a> {
    by_protocol(protocol).map_or(Next::End(Fate::OtherTransport(Other::of(protocol))), Next::Into)
}

/// Takes the header with its options, and cuts what lies behind the total length.
#[inline(always)]
pub(super) fn header(at: &mut Cursor<'_>, notes: &mut Notes) -> Result<Header, Failure> {
    let available = at.wire();
    let fixed = at.array::<HEADER_BYTES>(Failure::Ipv4Bad)?;
    let [version_ihl, _, l0, l1, i0, i1, f0, f1, _, protocol, _, _, ends @ ..] = *fixed;
    let header_bytes = usize::from(version_ihl & 0x0f).saturating_mul(4);
    if version_ihl >> 4 != 4 || header_bytes < HEADER_BYTES {
        return Err(Failure::Ipv4Bad);
    }
    let total = usize::from(u16::from_be_bytes([l0, l1]));
    // Total length 0: the sending card fills it in later, the capture saw the packet before.
    if total == 0 {
        notes.add(Note::LengthOffloaded);
    } else if total < header_bytes {
        return Err(Failure::Ipv4Length);
    } else if total > available {
        notes.add(Note::LengthBeyondWire);
    } else {
        at.limit(total.saturating_sub(HEADER_BYTES));
    }
    if header_bytes > HEADER_BYTES {
        at.skip(header_bytes.saturating_sub(HEADER_BYTES), Failure::Ipv4Bad)?;
    }
    let [s0, s1, s2, s3, d0, d1, d2, d3] = ends;
    Ok(Header {
        src: Ip::v4([s0, s1, s2, s3]),
        dst: Ip::v4([d0, d1, d2, d3]),
        protocol,
        id: u16::from_be_bytes([i0, i1]),
        flags_offset: u16::from_be_bytes([f0, f1]),
    })
}

fn part<'a>(header: &Header, at: Cursor<'a>) -> Part<'a> {
    Part {
        v6: false,
        protocol: header.protocol,
        id: header.id.into(),
        offset: u32::from(header.flags_offset & OFFSET_MASK).saturating_mul(8),
        more: header.flags_offset & MORE_FRAGMENTS != 0,
        at,
    }
}
