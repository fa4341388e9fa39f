//! Cisco's ISL: a whole Ethernet frame behind a header of its own, which begins like an 802.3 frame to a certain group.

use super::ethernet;
use super::packet::{Context, Next, Read};
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

/// The first five bytes of the address; the sixth holds the kind of the frame and its priority.
const GROUPS: [[u8; 5]; 2] = [[0x01, 0x00, 0x0c, 0x00, 0x00], [0x03, 0x00, 0x0c, 0x00, 0x00]];
const KIND: u8 = 0xf0;
const KIND_ETHERNET: u8 = 0;

/// Whether an 802.3 frame to this address is one of ISL.
pub(super) fn is_group(address: [u8; 6]) -> bool {
    let [start @ .., kind] = address;
    GROUPS.contains(&start) && kind & KIND == KIND_ETHERNET
}

/// Behind the length.
pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [sap, snap, control, _, _, _, high, low, ..] = *at.array::<12>(Failure::SwitchTagBad)?;
    if [sap, snap, control] != [0xaa, 0xaa, 0x03] {
        return Ok(Next::End(Fate::NotIp));
    }
    // The last bit marks what switches say to each other.
    let id = (u16::from_be_bytes([high, low]) >> 1) & 0x0fff;
    if id != 0 {
        context.tags.add_vlan(id);
    }
    context.tunnel.push(TunnelKind::Isl, id.into());
    Ok(Next::Into(ethernet::read))
}
