//! IEEE 802.2 LLC with SNAP (RFC 1042): how IP travels in frames that carry a length instead of a type.

use super::packet::{Context, Layer, Next, Read};
use super::{by_ethertype, ethernet, ipv4};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

/// Unnumbered information, the only frame that carries IP.
const CONTROL_UI: u8 = 0x03;
const SAP_IP: u8 = 0x06;
pub(super) const SAP_SNAP: u8 = 0xaa;

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    match *at.array::<3>(Failure::LlcShort)? {
        [SAP_SNAP, SAP_SNAP, CONTROL_UI] => read_snap(at),
        [SAP_IP, SAP_IP, CONTROL_UI] => Ok(Next::Into(ipv4::read)),
        _ => Ok(Next::End(Fate::NotIp)),
    }
}

/// Behind the three bytes that announce it: an organisation and a number of its own.
pub(super) fn read_snap<'a>(at: &mut Cursor<'a>) -> Read<'a> {
    let layer: Option<Layer> = match *at.array::<5>(Failure::LlcShort)? {
        // 00-00-F8 is bridge-tunnel encapsulation (802.1H); both say that an EtherType follows.
        [0, 0, 0 | 0xf8, high, low] => by_ethertype(u16::from_be_bytes([high, low])),
        // A bridged Ethernet frame (RFC 2427), with or without its check sequence.
        [0, 0x80, 0xc2, 0, 1 | 7] => Some(ethernet::read),
        _ => None,
    };
    Ok(layer.map_or(Next::End(Fate::NotIp), Next::Into))
}
