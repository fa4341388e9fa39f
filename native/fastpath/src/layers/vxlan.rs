//! VXLAN (RFC 7348): eight bytes with a segment number, then an Ethernet frame.
//!
//! Only a port suggests it, and a host may use that port for itself. So the bits that senders must leave 0 are
//! required to be 0, but for the group policy extension that switches in the field send.

use super::ethernet;
use super::packet::{Context, Layer};
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::Failure;

const SEGMENT_VALID: u8 = 0x08;
const GROUP_POLICY: u8 = 0x80;
const ETHERNET_BYTES: usize = 14;

pub(super) fn guess(at: &mut Cursor<'_>, context: &mut Context) -> Option<Layer> {
    let [flags, policy, g0, g1, v0, v1, v2, reserved] = *at.array::<8>(Failure::UdpBad).ok()?;
    let plain = flags == SEGMENT_VALID && [policy, g0, g1] == [0; 3];
    let with_policy = flags == SEGMENT_VALID | GROUP_POLICY;
    if !(plain || with_policy) || reserved != 0 || at.wire() < ETHERNET_BYTES {
        return None;
    }
    let vni = u32::from_be_bytes([0, v0, v1, v2]);
    context.tags.vni = Some(vni);
    context.tunnel.push(TunnelKind::Vxlan, vni);
    Some(ethernet::read)
}
