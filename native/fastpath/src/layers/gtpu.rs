//! GTP-U (3GPP TS 29.281): the user plane of mobile networks, IP behind a tunnel number.
//!
//! Only G-PDU messages carry traffic. Only a port suggests the protocol, so the version, the type, the length and the
//! version of the IP packet inside must all fit.

use super::ip;
use super::packet::{Context, Layer};
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::Failure;

/// Version 1, protocol type GTP, and the spare bit that is 0.
const VERSION_MASK: u8 = 0xf8;
const VERSION_1_GTP: u8 = 0x30;
/// Extension header, sequence number, N-PDU number: any of them brings four bytes.
const OPTIONAL_FIELDS: u8 = 0x07;
const EXTENSION: u8 = 0x04;
const G_PDU: u8 = 0xff;
/// A G-PDU carries at most the PDU session container, the PDCP number and one or two more.
const EXTENSIONS_MAX: usize = 8;

pub(super) fn guess(at: &mut Cursor<'_>, context: &mut Context) -> Option<Layer> {
    let [flags, message, length_high, length_low, teid @ ..] = *at.array::<8>(Failure::UdpBad).ok()?;
    if flags & VERSION_MASK != VERSION_1_GTP || message != G_PDU {
        return None;
    }
    if !at.limit(u16::from_be_bytes([length_high, length_low]).into()) {
        return None;
    }
    if flags & OPTIONAL_FIELDS != 0 {
        let [_, _, _, extension] = *at.array::<4>(Failure::UdpBad).ok()?;
        if flags & EXTENSION != 0 {
            skip_extensions(at, extension)?;
        }
    }
    if !matches!(at.peek()? >> 4, 4 | 6) {
        return None;
    }
    context.tunnel.push(TunnelKind::Gtpu, u32::from_be_bytes(teid));
    Some(ip::read)
}

/// Each extension header is a length in units of four bytes, its content, and the type of the next.
fn skip_extensions(at: &mut Cursor<'_>, mut extension: u8) -> Option<()> {
    for _ in 0..EXTENSIONS_MAX {
        if extension == 0 {
            return Some(());
        }
        let [units] = *at.array::<1>(Failure::UdpBad).ok()?;
        let content_bytes = usize::from(units).checked_mul(4)?.checked_sub(2)?;
        at.skip(content_bytes, Failure::UdpBad).ok()?;
        [extension] = *at.array::<1>(Failure::UdpBad).ok()?;
    }
    None
}
