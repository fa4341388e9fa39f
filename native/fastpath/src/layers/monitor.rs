//! What drivers and taps write before the frames that they show: radiotap, PPI, and the older Prism and AVS headers of
//! wireless LANs; TZSP where it is the link; netANALYZER's.

use super::packet::{Context, Next, Read};
use super::{by_link, ethernet, tzsp, wlan};
use crate::cursor::Cursor;
use crate::fate::{Failure, Fate};

/// Of radiotap's words of presence: a time, a byte of flags, another word.
const PRESENT_TIME: u32 = 1;
const PRESENT_FLAGS: u32 = 1 << 1;
const PRESENT_MORE: u32 = 1 << 31;
const TIME_BYTES: usize = 8;
const FLAG_PADDED: u8 = 0x20;
/// Before radiotap's words of presence.
const RADIOTAP_BYTES: usize = 4;
const RADIOTAP_WORDS_MAX: usize = 16;
/// Version and length of AVS, in network order.
const AVS_MAGIC: [u8; 3] = [0x80, 0x21, 0x10];
const PRISM_BYTES: u32 = 144;

pub(super) fn read_radiotap<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let &[version, _, l0, l1] = at.data().first_chunk::<4>().ok_or_else(|| short(at))?;
    let length = usize::from(u16::from_le_bytes([l0, l1]));
    if version != 0 || length < RADIOTAP_BYTES.saturating_add(4) {
        return Err(Failure::MonitorBad);
    }
    let is_padded = radiotap_flags(at.data().get(..length).unwrap_or_default()) & FLAG_PADDED != 0;
    at.skip(length, Failure::MonitorBad)?;
    Ok(Next::Into(if is_padded { wlan::read_padded } else { wlan::read }))
}

/// The byte of flags of a radiotap header; 0 where it has none.
fn radiotap_flags(header: &[u8]) -> u8 {
    let word = |number: usize| {
        let place = number.saturating_mul(4).saturating_add(RADIOTAP_BYTES);
        header.get(place..).and_then(|rest| rest.first_chunk::<4>()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
    };
    let words = (0..RADIOTAP_WORDS_MAX).find(|number| word(*number) & PRESENT_MORE == 0).unwrap_or(0).saturating_add(1);
    if word(0) & PRESENT_FLAGS == 0 {
        return 0;
    }
    let mut place = words.saturating_mul(4).saturating_add(RADIOTAP_BYTES);
    if word(0) & PRESENT_TIME != 0 {
        place = place.next_multiple_of(TIME_BYTES).saturating_add(TIME_BYTES);
    }
    header.get(place).copied().unwrap_or(0)
}

/// PPI holds frames of any link type, whose number it gives.
pub(super) fn read_ppi<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let &[_, _, l0, l1, d0, d1, d2, d3] = at.data().first_chunk::<8>().ok_or_else(|| short(at))?;
    let length = usize::from(u16::from_le_bytes([l0, l1]));
    if length < 8 {
        return Err(Failure::MonitorBad);
    }
    at.skip(length, Failure::MonitorBad)?;
    let link = u16::try_from(u32::from_le_bytes([d0, d1, d2, d3])).ok();
    Ok(link.and_then(by_link).map_or(Next::End(Fate::NotIp), Next::Into))
}

/// Prism, or AVS, which some drivers write under its number.
pub(super) fn read_prism<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    let &[a, b, c, _, length @ ..] = at.data().first_chunk::<8>().ok_or_else(|| short(at))?;
    let bytes = if [a, b, c] == AVS_MAGIC { u32::from_be_bytes(length) } else { PRISM_BYTES };
    at.skip(usize::try_from(bytes).unwrap_or(usize::MAX), Failure::MonitorBad)?;
    Ok(Next::Into(wlan::read))
}

pub(super) fn read_tzsp<'a>(at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    tzsp::guess(at, context).map(Next::Into).ok_or_else(|| short(at))
}

/// A header of four bytes, then a frame with its check sequence.
pub(super) fn read_netanalyzer<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    at.skip(4, Failure::MonitorBad)?;
    Ok(Next::Into(ethernet::read))
}

/// The same, and the preamble of the frame is there, too.
pub(super) fn read_netanalyzer_transparent<'a>(at: &mut Cursor<'a>, _: &mut Context) -> Read<'a> {
    at.skip(12, Failure::MonitorBad)?;
    Ok(Next::Into(ethernet::read))
}

fn short(at: &Cursor<'_>) -> Failure {
    if at.missing() > 0 { Failure::SnapCut } else { Failure::MonitorBad }
}
