//! Linux cooked captures: the header libpcap writes when it listens on all interfaces, versions 1 and 2; and what Solaris
//! writes before the packets of its zones.

use super::packet::{Context, Next, Read};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

/// On a netlink device the protocol is a netlink family, not an EtherType.
const ARPHRD_NETLINK: [u8; 2] = [0x03, 0x38];

/// Protocol numbers below 0x0600 are Linux's own; this one is an 802.2 LLC frame.
const PROTOCOL_LLC: u16 = 0x0004;

pub(super) fn read_v1<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [_, _, device_high, device_low, .., high, low] = *at.array::<16>(Failure::CookedShort)?;
    after([device_high, device_low], u16::from_be_bytes([high, low]), at, context)
}

pub(super) fn read_v2<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let header = at.array::<20>(Failure::CookedShort)?;
    let [high, low, _, _, _, _, _, _, device_high, device_low, ..] = *header;
    after([device_high, device_low], u16::from_be_bytes([high, low]), at, context)
}

/// Solaris: version, family, lengths, interfaces and zones.
pub(super) fn read_ipnet<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    at.skip(24, Failure::CookedShort)?;
    Ok(Next::Into(super::ip::read))
}

fn after<'a>(device: [u8; 2], protocol: u16, at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    match (device, protocol) {
        (ARPHRD_NETLINK, _) => Ok(Next::End(Fate::NotIp)),
        (_, PROTOCOL_LLC) => Ok(Next::Into(super::llc::read)),
        (_, ..0x0600) => Ok(Next::End(Fate::NotIp)),
        _ => super::after_ethertype(protocol, at, context),
    }
}
