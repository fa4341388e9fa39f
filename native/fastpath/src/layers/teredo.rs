//! Teredo (RFC 4380): IPv6 in UDP, with an authentication header, an origin, both or neither before it.
//!
//! Only a port suggests it, so the IPv6 packet has to fit the datagram; trailers (RFC 6081) may follow it.

use super::ipv6;
use super::packet::{Context, Layer};
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::Failure;

const AUTHENTICATION: [u8; 2] = [0, 1];
/// Nonce and confirmation, behind the two variable fields.
const NONCE_BYTES: usize = 9;
const ORIGIN: [u8; 2] = [0, 0];
const ORIGIN_BYTES: usize = 8;
const IPV6_BYTES: usize = 40;

pub(super) fn guess(at: &mut Cursor<'_>, context: &mut Context) -> Option<Layer> {
    if at.data().starts_with(&AUTHENTICATION) {
        let [_, _, identifier, value] = *at.array::<4>(Failure::UdpBad).ok()?;
        let fields = usize::from(identifier).saturating_add(usize::from(value));
        at.skip(fields.saturating_add(NONCE_BYTES), Failure::UdpBad).ok()?;
    }
    if at.data().starts_with(&ORIGIN) {
        at.skip(ORIGIN_BYTES, Failure::UdpBad).ok()?;
    }
    let &[version, _, _, _, l0, l1] = at.data().first_chunk::<6>()?;
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    if version >> 4 != 6 || length.saturating_add(IPV6_BYTES) > at.wire() {
        return None;
    }
    context.tunnel.push(TunnelKind::Teredo, 0);
    Some(ipv6::read)
}
