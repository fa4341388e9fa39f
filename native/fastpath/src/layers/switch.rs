//! Tags that switches put into frames for themselves, and that a mirror port may show: each is of fixed size and is
//! followed by an EtherType or by the frame.

use super::ethernet;
use super::packet::{Context, Next, Read};
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

/// The only version and kind of Cisco's metadata: a security group.
const METADATA_VERSION: u8 = 1;
/// A frame's two addresses.
const ADDRESSES_BYTES: usize = 12;
/// Of Arista's own headers the one with the time of capture, and the bytes of a time of 48 or of 64 bits.
const ARISTA_TIME: [u8; 2] = [0, 1];
const ARISTA_48_BITS: u8 = 0x20;

/// Cisco VN-Tag (802.1BR's forerunner).
pub(super) fn read_vntag<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [_, _, _, _, high, low] = *at.array::<6>(Failure::SwitchTagBad)?;
    context.tunnel.push(TunnelKind::Vntag, 0);
    super::after_ethertype(u16::from_be_bytes([high, low]), at, context)
}

/// Port extenders (IEEE 802.1BR): the E-Tag.
pub(super) fn read_etag<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [_, _, _, _, _, _, high, low] = *at.array::<8>(Failure::SwitchTagBad)?;
    context.tunnel.push(TunnelKind::Etag, 0);
    super::after_ethertype(u16::from_be_bytes([high, low]), at, context)
}

/// Cisco FabricPath: the frame follows whole.
pub(super) fn read_fabricpath<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    at.skip(2, Failure::SwitchTagBad)?;
    context.tunnel.push(TunnelKind::Fabricpath, 0);
    Ok(Next::Into(ethernet::read))
}

/// Cisco metadata: version, length and one option, the security group.
pub(super) fn read_metadata<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [version, _, _, _, _, _, high, low] = *at.array::<8>(Failure::SwitchTagBad)?;
    if version != METADATA_VERSION {
        return Err(Failure::SwitchTagBad);
    }
    context.tunnel.push(TunnelKind::CiscoMetadata, 0);
    super::after_ethertype(u16::from_be_bytes([high, low]), at, context)
}

/// Arista's time of capture.
pub(super) fn read_arista<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [s0, s1, _, version] = *at.array::<4>(Failure::SwitchTagBad)?;
    if [s0, s1] != ARISTA_TIME {
        return Ok(Next::End(Fate::NotIp));
    }
    at.skip(if version == ARISTA_48_BITS { 6 } else { 8 }, Failure::SwitchTagBad)?;
    let [high, low] = *at.array::<2>(Failure::SwitchTagBad)?;
    context.tunnel.push(TunnelKind::Arista, 0);
    super::after_ethertype(u16::from_be_bytes([high, low]), at, context)
}

/// TRILL (RFC 6325): six bytes and options, then the frame.
pub(super) fn read_trill<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [first, second, ..] = *at.array::<6>(Failure::SwitchTagBad)?;
    let options_words = (u16::from_be_bytes([first, second]) >> 6) & 0x1f;
    at.skip(usize::from(options_words).saturating_mul(4), Failure::SwitchTagBad)?;
    context.tunnel.push(TunnelKind::Trill, 0);
    Ok(Next::Into(ethernet::read))
}

/// Link types of Linux's distributed switches: a tag of four bytes behind the addresses (Broadcom, Marvell).
pub(super) fn read_dsa<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    tagged(4, at, context)
}

/// The same with an EtherType of its own and two bytes before the tag.
pub(super) fn read_edsa<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    tagged(8, at, context)
}

/// The same before the addresses.
pub(super) fn read_dsa_before<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    at.skip(4, Failure::SwitchTagBad)?;
    Ok(Next::Into(ethernet::read))
}

fn tagged<'a>(tag_bytes: usize, at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    at.skip(ADDRESSES_BYTES.saturating_add(tag_bytes), Failure::SwitchTagBad)?;
    let [high, low] = *at.array::<2>(Failure::SwitchTagBad)?;
    super::after_ethertype(u16::from_be_bytes([high, low]), at, context)
}
