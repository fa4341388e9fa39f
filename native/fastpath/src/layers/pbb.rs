//! Provider backbone bridging (IEEE 802.1ah): a service number, then the customer's Ethernet frame.

use super::ethernet;
use super::packet::{Context, Next, Read};
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::Failure;

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [_, service @ ..] = *at.array::<4>(Failure::PbbShort)?;
    let [high, middle, low] = service;
    let service = u32::from_be_bytes([0, high, middle, low]);
    // The service keeps customers apart as a VXLAN segment does, and is the same both ways.
    context.tags.vni = Some(service);
    context.tunnel.push(TunnelKind::Pbb, service);
    Ok(Next::Into(ethernet::read))
}
