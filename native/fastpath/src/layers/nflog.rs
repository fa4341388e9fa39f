//! NFLOG: packets that a Linux firewall logged, as a list of fields of which one is the packet.

use super::packet::{Context, Next, Read};
use super::{ipv4, ipv6};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

const FAMILY_IPV4: u8 = 2;
const FAMILY_IPV6: u8 = 10;
const PAYLOAD: u16 = 9;
const FIELD_BYTES: usize = 4;
/// More kinds of fields than there are.
const FIELDS_MAX: usize = 64;
/// Flags in the upper half of a field's kind; in the other byte order it would be larger than any kind.
const KIND_MAX: u16 = 0x00ff;

pub(super) fn read<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let [family, ..] = *at.array::<4>(Failure::NflogBad)?;
    for _ in 0..FIELDS_MAX {
        let [l0, l1, k0, k1] = *at.array::<FIELD_BYTES>(Failure::NflogBad)?;
        // In the byte order of the machine that captured.
        let little = u16::from_le_bytes([k0, k1]) <= KIND_MAX;
        let number = if little { u16::from_le_bytes } else { u16::from_be_bytes };
        let length = usize::from(number([l0, l1])).checked_sub(FIELD_BYTES).ok_or(Failure::NflogBad)?;
        if number([k0, k1]) != PAYLOAD {
            at.skip(length.next_multiple_of(4), Failure::NflogBad)?;
            continue;
        }
        at.limit(length);
        return Ok(match family {
            FAMILY_IPV4 => Next::Into(ipv4::read),
            FAMILY_IPV6 => Next::Into(ipv6::read),
            _ => Next::End(Fate::NotIp),
        });
    }
    Err(Failure::NflogBad)
}
