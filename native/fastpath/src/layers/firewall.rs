//! What the packet filter and the IPsec stack of the BSDs write before the packets that they let be captured.

use super::loopback::by_family;
use super::packet::{Context, Next, Read};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

/// The filter's log: its own length, which is filled up to four bytes, and an address family.
pub(super) fn read_log<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [length, family, _, _] = *at.array::<4>(Failure::LinkShort)?;
    at.skip(usize::from(length).next_multiple_of(4).saturating_sub(4), Failure::LinkShort)?;
    Ok(by_family(family.into()).map_or(Next::End(Fate::NotIp), Next::Into))
}

/// Behind IPsec, in clear: an address family in the byte order of the machine, the association, flags.
pub(super) fn read_decrypted<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [f0, f1, f2, f3, ..] = *at.array::<12>(Failure::LinkShort)?;
    let family = u32::from_be_bytes([f0, f1, f2, f3]);
    Ok(by_family(family).map_or(Next::End(Fate::NotIp), Next::Into))
}
