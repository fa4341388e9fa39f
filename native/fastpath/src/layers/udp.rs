//! UDP (RFC 768), and the tunnels that travel in it.

use super::by_udp_port;
use super::packet::{Context, Next, Read, Transport, UdpDatagram};
use crate::cursor::Cursor;
use crate::fate::{Failure, Note, Notes};

const HEADER_BYTES: usize = 8;

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let datagram = datagram(at, &mut context.notes)?;
    if let Some((guess, not_so)) = by_udp_port(datagram.src_port, datagram.dst_port) {
        let mut inner = *at;
        if let Some(next) = guess(&mut inner, context) {
            *at = inner;
            return Ok(Next::Into(next));
        }
        context.notes.add(not_so);
    }
    Ok(Next::Arrived(Transport::Udp(datagram)))
}

/// Takes the header and cuts what lies behind the length.
#[inline(always)]
pub(super) fn datagram<'a>(at: &mut Cursor<'a>, notes: &mut Notes) -> Result<UdpDatagram<'a>, Failure> {
    let [sp0, sp1, dp0, dp1, l0, l1, _, _] = *at.array::<HEADER_BYTES>(Failure::UdpBad)?;
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    // Length 0 is left to the network card, as an IP length of 0 is.
    if length != 0 {
        let payload_bytes = length.checked_sub(HEADER_BYTES).ok_or(Failure::UdpBad)?;
        if !at.limit(payload_bytes) {
            notes.add(Note::LengthBeyondWire);
        }
    }
    Ok(UdpDatagram {
        src_port: u16::from_be_bytes([sp0, sp1]),
        dst_port: u16::from_be_bytes([dp0, dp1]),
        payload: at.data(),
        missing: at.missing(),
    })
}
