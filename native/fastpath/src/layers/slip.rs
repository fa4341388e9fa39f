//! SLIP (RFC 1055) as BSD captures it: the direction, the compressed header that came, and the packet as it was before.

use super::ip;
use super::packet::{Context, Next, Read};
use crate::cursor::Cursor;
use crate::fate::Failure;

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    at.skip(16, Failure::LinkShort)?;
    Ok(Next::Into(ip::read))
}
