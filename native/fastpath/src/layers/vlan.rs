//! IEEE 802.1Q tags, and the service tags of 802.1ad and its forerunners (0x9100, 0x9200).

use super::packet::{Context, Read, Tags};
use super::tunnel::{TunnelKind, TunnelPath};
use crate::cursor::Cursor;
use crate::fate::Failure;

pub(super) fn read_customer<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    read(at, context, TunnelKind::Vlan)
}

pub(super) fn read_service<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    read(at, context, TunnelKind::Qinq)
}

fn read<'a>(at: &mut Cursor<'a>, context: &mut Context, kind: TunnelKind) -> Read<'a> {
    let number = tag(at, kind, &mut context.tags, &mut context.tunnel)?;
    super::after_ethertype(number, at, context)
}

/// Takes a tag, records it, and gives the type or length behind it.
#[inline(always)]
pub(super) fn tag(
    at: &mut Cursor<'_>,
    kind: TunnelKind,
    tags: &mut Tags,
    tunnel: &mut TunnelPath,
) -> Result<u16, Failure> {
    let [tci_high, tci_low, type_high, type_low] = *at.array::<4>(Failure::VlanShort)?;
    let id = u16::from_be_bytes([tci_high, tci_low]) & 0x0fff;
    // VLAN id 0 is a priority tag: the frame is in no VLAN.
    if id != 0 {
        tags.add_vlan(id);
        tunnel.push(kind, id.into());
    }
    Ok(u16::from_be_bytes([type_high, type_low]))
}
