//! BTCAgent's binary frames: a farm's agent sends nothing but these for minutes, and no anchor is in them.
//!
//! A frame is the byte 0x7f, a command, a little-endian length that includes these four bytes, and a body. Chance passes
//! one frame now and then; two of one conversation are none.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use memchr::memchr;

pub(crate) const AGENT_MAGIC: u8 = 0x7f;
const HEADER_BYTES: usize = 4;
/// Frames after which a conversation is worth reading.
pub(crate) const FRAMES_MIN: usize = 2;
/// Lines that may stand between them: a job, or the answers to a login.
const LINES_MAX: usize = 8;

/// True if a frame of this command can have this length, its four bytes of header included.
///
/// The bounds are generous: the lengths written in the agent's documents and those of its code differ, a share of an
/// ETH agent carries the job's name, and a registration two strings.
pub(crate) fn is_agent_frame(command: u8, frame_bytes: u16) -> bool {
    const STRINGS_BYTES_MAX: u16 = 512;
    match command {
        0x01 => (8..=STRINGS_BYTES_MAX).contains(&frame_bytes),
        0x02 | 0x03 | 0x12 | 0x13 | 0x14 => (14..=STRINGS_BYTES_MAX).contains(&frame_bytes),
        0x04 => (6..=8).contains(&frame_bytes),
        // One exponent, a count, and two bytes for each rig.
        0x05 => frame_bytes >= 7 && frame_bytes % 2 == 1,
        0x10 | 0x22 => (8..=16).contains(&frame_bytes),
        _ => false,
    }
}

/// How many whole frames, up to two, `held` begins with: what one side sent from the beginning of a segment on. Lines of
/// JSON may stand between them.
pub(crate) fn frames_of(held: &[u8]) -> usize {
    let (mut rest, mut frames, mut lines) = (held, 0_usize, 0);
    while frames < FRAMES_MIN {
        let behind = match rest {
            [AGENT_MAGIC, command, low, high, ..] => {
                let frame_bytes = u16::from_le_bytes([*low, *high]);
                let behind = rest.get(usize::from(frame_bytes).max(HEADER_BYTES)..);
                let is_whole = behind.is_some() && is_agent_frame(*command, frame_bytes);
                frames = frames.saturating_add(usize::from(is_whole));
                behind.filter(|_| is_whole)
            }
            [b'{', ..] if lines < LINES_MAX => {
                lines = lines.saturating_add(1);
                memchr(b'\n', rest).and_then(|end| rest.get(end.saturating_add(1)..))
            }
            _ => None,
        };
        let Some(behind) = behind else { break };
        rest = behind;
    }
    frames
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SUBMIT: &[u8] = b"\x7f\x02\x0f\x00\x07\x01\x00\x2a\x00\x00\x00\xef\xbe\xad\xde";
    const ANSWER: &[u8] = b"\x7f\x10\x0a\x00\x03\x00\x87\x96\x2c\x6b";

    #[test]
    fn two_whole_frames_are_counted() {
        for held in [[SUBMIT, SUBMIT], [ANSWER, ANSWER], [SUBMIT, ANSWER]] {
            assert_eq!(frames_of(&held.concat()), 2);
        }
        assert_eq!(frames_of(&[SUBMIT, b"{\"id\":null}\n", SUBMIT].concat()), 2);
        assert_eq!(frames_of(&[b"{\"id\":null}\n", SUBMIT, SUBMIT, b"\x7f"].concat()), 2);
    }

    #[test]
    fn what_is_broken_counts_no_further() {
        let cut = SUBMIT.get(..14).unwrap();
        let held: [&[&[u8]]; 6] = [
            &[SUBMIT],
            &[SUBMIT, cut],
            &[SUBMIT, b"\x7f"],
            &[SUBMIT, b"x", SUBMIT],
            &[SUBMIT, b"{\"id\":null}", SUBMIT],
            &[b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00", SUBMIT],
        ];
        for pieces in held {
            assert!(frames_of(&pieces.concat()) < 2, "{pieces:?}");
        }
        assert_eq!(frames_of(&[SUBMIT, b"x"].concat()), 1);
        assert_eq!(frames_of(&[b"{}\n".repeat(9), SUBMIT.repeat(2)].concat()), 0);
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_held(held in proptest::collection::vec(any::<u8>(), 0..64)) {
            let begins = held.first().is_some_and(|first| matches!(first, b'{' | &AGENT_MAGIC));
            prop_assert!(frames_of(&held) == 0 || begins);
        }

        #[test]
        fn frames_of_any_content_are_frames(body in proptest::collection::vec(any::<u8>(), 11)) {
            let frame = [b"\x7f\x02\x0f\x00".as_slice(), &body].concat();
            prop_assert_eq!(frames_of(&frame.repeat(3)), 2);
        }
    }
}
