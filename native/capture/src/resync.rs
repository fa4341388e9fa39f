//! Finding the next record after a length that cannot be.

use crate::block::Block;
use crate::limits::{BLOCK_BYTES_MAX, SEARCH_BYTES_MAX, SEARCH_STEP_BYTES};
use crate::problem::Problem;
use crate::report::Tally;

/// Why the present record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// Its length, or what repeats it, makes no sense.
    BadLength,
    /// It runs beyond the end of the input: a cut file, or a wrong length near its end.
    RunsOver,
}

/// Moves to the next place, after the present one, at which `plausible` holds for the bytes there; false, with the rest
/// given up, if there is none within the bound.
///
/// `plausible` sees [`BLOCK_BYTES_MAX`] bytes, or fewer only if the input ends there: what is found must not depend on
/// how the bytes arrived.
#[cold]
pub(crate) fn resync(
    block: &mut Block,
    tally: &mut Tally,
    lost: Lost,
    plausible: impl Fn(&[u8]) -> bool,
) -> bool {
    let mut searched = 0_usize;
    // The record at the first place is the one that was refused.
    let mut from = 1;
    while searched < SEARCH_BYTES_MAX && block.ensure(1) {
        block.ensure(SEARCH_STEP_BYTES.saturating_add(BLOCK_BYTES_MAX));
        let bytes = block.bytes();
        let places = bytes.len().min(SEARCH_STEP_BYTES);
        let found = (from..places).find(|&at| plausible(lookahead(bytes, at)));
        let passed = found.unwrap_or(places);
        block.take(passed);
        searched = searched.saturating_add(passed);
        tally.skip(passed);
        if found.is_some() {
            tally.problems.add(Problem::BadLength);
            return true;
        }
        from = 0;
    }
    match lost {
        Lost::BadLength => {
            tally.problems.add(Problem::BadLength);
            tally.problems.add(Problem::LostSync);
        }
        // A source that broke off has said so itself; it is the same cut.
        Lost::RunsOver if block.fault().is_some() => {}
        Lost::RunsOver => tally.problems.add(Problem::TruncatedTail),
    }
    block.discard();
    false
}

fn lookahead(bytes: &[u8], at: usize) -> &[u8] {
    let end = at.saturating_add(BLOCK_BYTES_MAX).min(bytes.len());
    bytes.get(at..end).unwrap_or_default()
}
