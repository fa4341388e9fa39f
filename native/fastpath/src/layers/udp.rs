//! UDP (RFC 768), and the tunnels that travel in it.

use super::by_udp_port;
use super::packet::{Context, Next, Read, Transport, UdpDatagram};
use crate::cursor::Cursor;
use crate::fate::Failure;

const HEADER_BYTES: usize = 8;

pub(super) fn read<'a>(mut at: Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [sp0, sp1, dp0, dp1, len_high, len_low, _, _] =
        *at.array::<HEADER_BYTES>(Failure::UdpBad)?;
    match usize::from(u16::from_be_bytes([len_high, len_low])) {
        // Left to the network card, as an IP length of 0 is.
        0 => {}
        length => super::limit(
            &mut at,
            length.checked_sub(HEADER_BYTES).ok_or(Failure::UdpBad)?,
            context,
        ),
    }
    let dst_port = u16::from_be_bytes([dp0, dp1]);
    if let Some((guess, not_so)) = by_udp_port(dst_port) {
        if let Some(inner) = guess(at, context) {
            return inner;
        }
        context.notes.add(not_so);
    }
    Ok(Next::Arrived(Transport::Udp(UdpDatagram {
        src_port: u16::from_be_bytes([sp0, sp1]),
        dst_port,
        payload: at.data(),
        missing: at.missing(),
    })))
}
