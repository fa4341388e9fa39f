//! Pseudowires (RFC 4385, 4448): another link's frames over MPLS or L2TPv3, of which the packet does not say which.
//!
//! Both ends know by configuration whether a control word or a cookie stands before the frame. Here the first place
//! at which an Ethernet frame makes sense is believed.

use super::plausible::is_ethernet;
use crate::cursor::Cursor;

/// The Ethernet frame that begins behind one of these numbers of bytes.
pub(super) fn frame<'a>(at: &Cursor<'a>, places: &[usize]) -> Option<Cursor<'a>> {
    places.iter().map(|place| at.behind(*place)).find(|frame| is_ethernet(*frame))
}
