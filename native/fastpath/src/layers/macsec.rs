//! MACsec (IEEE 802.1AE): a tag that numbers and signs a frame. Where it only signs, the frame is there to be read.

use super::packet::{Context, Read};
use super::tunnel::TunnelKind;
use crate::cursor::Cursor;
use crate::fate::Failure;

const VERSION: u8 = 0x80;
const CHANNEL: u8 = 0x20;
/// Encrypted, or changed by a cipher that does not encrypt.
const HIDDEN: u8 = 0x0c;
const CHECK_BYTES: usize = 16;

pub(super) fn read<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    let [flags, _, _, _, _, _] = *at.array::<6>(Failure::MacsecBad)?;
    if flags & VERSION != 0 {
        return Err(Failure::MacsecBad);
    }
    if flags & HIDDEN != 0 {
        return Err(Failure::MacsecEncrypted);
    }
    if flags & CHANNEL != 0 {
        at.skip(8, Failure::MacsecBad)?;
    }
    let [high, low] = *at.array::<2>(Failure::MacsecBad)?;
    at.limit(at.wire().saturating_sub(CHECK_BYTES));
    context.tunnel.push(TunnelKind::Macsec, 0);
    super::after_ethertype(u16::from_be_bytes([high, low]), at, context)
}
