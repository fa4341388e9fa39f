//! AYIYA (draft-massar-v6ops-ayiya): IP in UDP behind the sender's identity and a signature, as tunnel brokers spoke it.
//!
//! Only a port suggests it, so the IP packet has to fit the datagram.

use super::ip;
use super::packet::{Context, Layer};
use super::plausible::is_ip;
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::Failure;

/// The operation that carries a packet; the others are the tunnel's own.
const FORWARD: u8 = 1;
/// The identity's length is a power of two; longer ones than 2^9 bytes nobody has.
const IDENTITY_POWER_MAX: u8 = 9;
const NEXT_IPV4: u8 = 4;
const NEXT_IPV6: u8 = 41;

pub(super) fn guess(at: &mut Cursor<'_>, context: &mut Context) -> Option<Layer> {
    let [identity, signature, operation, next, ..] = *at.array::<8>(Failure::UdpBad).ok()?;
    let power = identity >> 4;
    if power > IDENTITY_POWER_MAX || operation & 0x0f != FORWARD || !matches!(next, NEXT_IPV4 | NEXT_IPV6) {
        return None;
    }
    let signature_bytes = usize::from(signature >> 4).saturating_mul(4);
    at.skip((1_usize << power).saturating_add(signature_bytes), Failure::UdpBad).ok()?;
    if !is_ip(at) {
        return None;
    }
    context.tunnel.push(TunnelKind::Ayiya, 0);
    Some(ip::read)
}
