//! A gzip file: its members one after the other, and the zeros that tapes and block devices leave behind the last.

use std::io::{BufRead, Read, Result as IoResult};

use flate2::bufread::GzDecoder;

/// Reads all members as one, as `gzip -d` does: zeros between and behind them belong to none and are no damage.
pub(crate) struct Members<R> {
    /// None behind the last member.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    pub(crate) fn new(stored: R) -> Self {
        Self { member: Some(GzDecoder::new(stored)) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, room: &mut [u8]) -> IoResult<usize> {
        // Each turn ends a member.
        while let Some(member) = self.member.as_mut() {
            let count = member.read(room)?;
            if count > 0 || room.is_empty() {
                return Ok(count);
            }
            let Some(mut stored) = self.member.take().map(GzDecoder::into_inner) else { break };
            if pass_zeros(&mut stored)? {
                self.member = Some(GzDecoder::new(stored));
            }
        }
        Ok(0)
    }
}

/// Passes over zeros; whether anything is behind them.
fn pass_zeros(stored: &mut impl BufRead) -> IoResult<bool> {
    loop {
        let bytes = stored.fill_buf()?;
        if bytes.is_empty() {
            return Ok(false);
        }
        let (zeros, all) = (bytes.iter().take_while(|&&byte| byte == 0).count(), bytes.len());
        stored.consume(zeros);
        if zeros < all {
            return Ok(true);
        }
    }
}
