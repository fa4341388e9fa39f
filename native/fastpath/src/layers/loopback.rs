//! NULL and LOOP links: an address family in the byte order of the machine that captured, or in network order; or an
//! EtherType, as some drivers of tunnels write.

use super::packet::{Context, Layer, Next, Read};
use super::{ipv4, ipv6};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let word = *at.array::<4>(Failure::LoopbackShort)?;
    let [_, _, ethertype @ ..] = word;
    match u16::from_be_bytes(ethertype) {
        0x0800 => return Ok(Next::Into(ipv4::read)),
        0x86dd => return Ok(Next::Into(ipv6::read)),
        _ => {}
    }
    Ok(by_family(u32::from_be_bytes(word)).map_or(Next::End(Fate::NotIp), Next::Into))
}

/// By the address family of some system, in either byte order.
pub(super) fn by_family(family: u32) -> Option<Layer> {
    // Families are small numbers: when the high half is not 0, the word is the other way round.
    let family = if family > 0xffff { family.swap_bytes() } else { family };
    match family {
        2 => Some(ipv4::read),
        // Linux; NetBSD and OpenBSD; FreeBSD; macOS.
        10 | 24 | 28 | 30 => Some(ipv6::read),
        _ => None,
    }
}
