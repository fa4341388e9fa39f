//! One interface of a pcapng section: its link type, snap length and clock.

use crate::clock::Clock;
use crate::link;
use crate::order::Order;

const OPTION_END: u16 = 0;
const OPTION_RESOLUTION: u16 = 9;
const OPTION_OFFSET: u16 = 14;

/// What an interface description block says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) link: u16,
    pub(super) link_known: bool,
    /// The most that was captured of a packet; 0 means no limit.
    pub(super) snap_bytes: u32,
    pub(super) clock: Clock,
}

impl Interface {
    /// Reads the body of an interface description; `None` if it is too short. Options that are cut or make no sense end
    /// the list, as if they were not there.
    pub(super) fn read(order: Order, body: &[u8]) -> Option<Self> {
        let link = order.u16_at(body, 0)?;
        let snap_bytes = order.u32_at(body, 4)?;
        let (mut resolution, mut offset_seconds) = (6, 0);
        // Each turn takes at least four bytes of a body that is bounded.
        let mut rest = body.get(8..)?;
        while let Some((code, value, behind)) = next_option(order, rest) {
            match (code, value) {
                (OPTION_END, _) => break,
                (OPTION_RESOLUTION, [byte]) => resolution = *byte,
                (OPTION_OFFSET, &[a, b, c, d, e, f, g, h]) => {
                    offset_seconds = order.i64([a, b, c, d, e, f, g, h])
                }
                _ => {}
            }
            rest = behind;
        }
        let clock = Clock::new(resolution, offset_seconds);
        Some(Self {
            link,
            link_known: link::is_link_read(link),
            snap_bytes,
            clock,
        })
    }

    /// Stands for a description that could not be read.
    pub(super) fn unknown() -> Self {
        Self {
            link: u16::MAX,
            link_known: false,
            snap_bytes: 0,
            clock: Clock::default(),
        }
    }
}

/// Code, value and what is behind the padded value.
fn next_option(order: Order, bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let code = order.u16_at(bytes, 0)?;
    let length = usize::from(order.u16_at(bytes, 2)?);
    let rest = bytes.get(4..)?;
    let padded = length.checked_next_multiple_of(4)?;
    Some((
        code,
        rest.get(..length)?,
        rest.get(padded..).unwrap_or_default(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(options: &[u8]) -> Vec<u8> {
        [&[1, 0, 0, 0, 0xff, 0xff, 0, 0], options].concat()
    }

    #[test]
    fn options_set_the_clock() {
        let options = [
            &[2, 0, 3, 0, b'e', b't', b'h', 0][..],
            &[9, 0, 1, 0, 9, 0, 0, 0],
            &[14, 0, 8, 0, 5, 0, 0, 0, 0, 0, 0, 0],
            &[0, 0, 0, 0],
            &[9, 0, 1, 0, 3, 0, 0, 0],
        ]
        .concat();
        let interface = Interface::read(Order::Little, &body(&options)).unwrap();
        assert_eq!(interface.clock, Clock::new(9, 5));
        assert_eq!((interface.link, interface.snap_bytes), (1, 65_535));
    }

    #[test]
    fn options_that_make_no_sense_change_nothing() {
        let table: [&[u8]; 5] = [
            &[9, 0, 2, 0, 9, 9, 0, 0],
            &[14, 0, 4, 0, 1, 0, 0, 0],
            &[9, 0, 255, 255, 9],
            &[9, 0, 1],
            &[9, 0, 1, 0],
        ];
        for options in table {
            let interface = Interface::read(Order::Little, &body(options)).unwrap();
            assert_eq!(interface.clock, Clock::default(), "{options:?}");
        }
    }

    #[test]
    fn a_description_without_snap_length_is_none() {
        assert_eq!(Interface::read(Order::Little, &[1, 0, 0, 0, 0, 0, 0]), None);
    }
}
