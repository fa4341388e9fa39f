//! TCP (RFC 9293). Options are passed over, also when the capture cut them off.

use super::packet::{Context, Next, Read, TcpSegment, Transport};
use crate::cursor::Cursor;
use crate::fate::Failure;

const HEADER_BYTES: usize = 20;

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    Ok(Next::Arrived(Transport::Tcp(segment(at)?)))
}

#[inline(always)]
pub(super) fn segment<'a>(at: &mut Cursor<'a>) -> Result<TcpSegment<'a>, Failure> {
    let header = at.array::<HEADER_BYTES>(Failure::TcpBad)?;
    let [sp0, sp1, dp0, dp1, s0, s1, s2, s3, a0, a1, a2, a3, offset, flags, ..] = *header;
    let header_bytes = usize::from(offset >> 4).saturating_mul(4);
    let options_bytes = header_bytes.checked_sub(HEADER_BYTES).ok_or(Failure::TcpBad)?;
    at.skip_unseen(options_bytes, Failure::TcpBad)?;
    Ok(TcpSegment {
        src_port: u16::from_be_bytes([sp0, sp1]),
        dst_port: u16::from_be_bytes([dp0, dp1]),
        seq: u32::from_be_bytes([s0, s1, s2, s3]),
        ack: u32::from_be_bytes([a0, a1, a2, a3]),
        flags,
        payload: at.data(),
        missing: at.missing(),
    })
}
