//! VXLAN (RFC 7348): eight bytes with a segment number, then an Ethernet frame.
//!
//! Only a port suggests it, and a host may use that port for itself. So the bits that senders must leave 0 are
//! required to be 0, but for the group policy extension that switches in the field send.

use super::ethernet;
use super::packet::{Context, Next, Read};
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::Failure;

const SEGMENT_VALID: u8 = 0x08;
const GROUP_POLICY: u8 = 0x80;
const ETHERNET_BYTES: usize = 14;

pub(super) fn guess<'a>(mut at: Cursor<'a>, context: &mut Context) -> Option<Read<'a>> {
    let [
        flags,
        policy_flags,
        group_high,
        group_low,
        segment @ ..,
        reserved,
    ] = *at.array::<8>(Failure::UdpBad).ok()?;
    let plain = flags == SEGMENT_VALID && [policy_flags, group_high, group_low] == [0; 3];
    let with_policy = flags == SEGMENT_VALID | GROUP_POLICY;
    if !(plain || with_policy) || reserved != 0 || at.wire() < ETHERNET_BYTES {
        return None;
    }
    let [a, b, c] = segment;
    let vni = u32::from_be_bytes([0, a, b, c]);
    context.tags.vni = Some(vni);
    context.tunnel.push(TunnelKind::Vxlan, vni);
    Some(Ok(Next::Into(ethernet::read, at)))
}
