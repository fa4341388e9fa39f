//! VXLAN (RFC 7348): eight bytes with a segment number, then an Ethernet frame; and VXLAN-GPE
//! (draft-ietf-nvo3-vxlan-gpe), which says what follows.
//!
//! Only a port suggests it, and a host may use that port for itself. So the bits that senders must leave 0 are
//! required to be 0, but for the group policy extension that switches in the field send.

use super::packet::{Context, Layer};
use super::tunnel::TunnelKind;
use super::{by_nsh, ethernet};
use crate::cursor::Cursor;
use crate::fate::Failure;

const SEGMENT_VALID: u8 = 0x08;
const GROUP_POLICY: u8 = 0x80;
const ETHERNET_BYTES: usize = 14;
/// Of VXLAN-GPE: reserved bits, the version, and the mark of what is for the other end itself.
const GPE_ZERO: u8 = 0xf1;
/// Of VXLAN-GPE: the next protocol is told, by the numbers of NSH.
const GPE_NEXT: u8 = 0x04;

pub(super) fn guess(at: &mut Cursor<'_>, context: &mut Context) -> Option<Layer> {
    let [flags, policy, g0, g1, v0, v1, v2, reserved] = *at.array::<8>(Failure::UdpBad).ok()?;
    let plain = flags == SEGMENT_VALID && [policy, g0, g1] == [0; 3];
    let with_policy = flags == SEGMENT_VALID | GROUP_POLICY;
    if !(plain || with_policy) || reserved != 0 || at.wire() < ETHERNET_BYTES {
        return None;
    }
    note(TunnelKind::Vxlan, [v0, v1, v2], context);
    Some(ethernet::read)
}

pub(super) fn guess_gpe(at: &mut Cursor<'_>, context: &mut Context) -> Option<Layer> {
    let [flags, r0, r1, next, v0, v1, v2, reserved] = *at.array::<8>(Failure::UdpBad).ok()?;
    if flags & (GPE_ZERO | SEGMENT_VALID) != SEGMENT_VALID || [r0, r1, reserved] != [0; 3] {
        return None;
    }
    let layer = if flags & GPE_NEXT == 0 { ethernet::read } else { by_nsh(next)? };
    note(TunnelKind::VxlanGpe, [v0, v1, v2], context);
    Some(layer)
}

fn note(kind: TunnelKind, [v0, v1, v2]: [u8; 3], context: &mut Context) {
    let vni = u32::from_be_bytes([0, v0, v1, v2]);
    context.tags.vni = Some(vni);
    context.tunnel.push(kind, vni);
}
