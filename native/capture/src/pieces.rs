//! What a decompressor says, in pieces of one size; by a thread of its own where there is a core for one.
//!
//! Of one size, because what a decompressor still says before damaged data depends on how much it is asked for at once:
//! the same file must make the same packets with a thread and without.

use std::io::{Error, ErrorKind, Read, Result as IoResult};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use crate::limits::{ASKED_BYTES, PIECES_AHEAD, READ_BYTES};
use crate::source::Reader;

/// A decompressor's bytes, and the failure that came behind them.
#[derive(Default)]
struct Piece {
    bytes: Vec<u8>,
    failure: Option<Error>,
}

impl Piece {
    /// Fills the piece from its beginning, as far as it goes.
    fn read(&mut self, inner: &mut Reader) {
        self.bytes.resize(READ_BYTES, 0);
        let mut end = 0_usize;
        while end < READ_BYTES {
            let room_end = end.saturating_add(ASKED_BYTES).min(READ_BYTES);
            match inner.read(self.bytes.get_mut(end..room_end).unwrap_or_default()) {
                Ok(0) => break,
                Ok(count) => end = end.saturating_add(count).min(room_end),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error);
                    break;
                }
            }
        }
        self.bytes.truncate(end);
    }
}

/// Where the next piece comes from.
enum From {
    Here(Reader),
    /// From a thread, which gets used pieces back. It ends with its input, or when nobody takes its pieces.
    Thread(Receiver<Piece>, Sender<Piece>),
    Nowhere,
}

/// The reader.
pub(crate) struct Pieces {
    from: From,
    piece: Piece,
    start: usize,
    /// A thread is to read ahead once the first piece was not enough: of many inputs only that is ever looked at.
    may_go_ahead: bool,
}

impl Pieces {
    pub(crate) fn new(inner: Reader, may_go_ahead: bool) -> Self {
        Self { from: From::Here(inner), piece: Piece::default(), start: 0, may_go_ahead }
    }

    fn next(&mut self) {
        self.start = 0;
        let is_first = self.piece.bytes.is_empty();
        self.from = match std::mem::replace(&mut self.from, From::Nowhere) {
            From::Here(inner) if self.may_go_ahead && !is_first => go_ahead(inner),
            from => from,
        };
        match &mut self.from {
            From::Here(inner) => self.piece.read(inner),
            From::Thread(filled, used) => {
                let piece = filled.recv().unwrap_or_else(|_| Piece { bytes: Vec::new(), failure: Some(broken_off()) });
                // Where the thread has ended nobody needs it.
                drop(used.send(std::mem::replace(&mut self.piece, piece)));
            }
            From::Nowhere => self.piece.bytes.clear(),
        }
        if self.piece.bytes.len() < READ_BYTES && self.piece.failure.is_none() {
            self.from = From::Nowhere;
        }
    }
}

impl Read for Pieces {
    fn read(&mut self, room: &mut [u8]) -> IoResult<usize> {
        if self.start >= self.piece.bytes.len() {
            if let Some(failure) = self.piece.failure.take() {
                return Err(failure);
            }
            self.next();
        }
        let mut rest = self.piece.bytes.get(self.start..).unwrap_or_default();
        if rest.is_empty() {
            return self.piece.failure.take().map_or(Ok(0), Err);
        }
        let count = rest.read(room)?;
        self.start = self.start.saturating_add(count);
        Ok(count)
    }
}

/// A thread sends its last piece before it ends, unless the decompressor has come to grief.
fn broken_off() -> Error {
    Error::other("the decompressor broke off")
}

/// Lets a thread read on; where there is none to be had, it goes on without.
fn go_ahead(inner: Reader) -> From {
    let (filled, pieces) = sync_channel(PIECES_AHEAD);
    let (used, returned) = channel();
    let (hand_over, taken) = channel();
    match thread::Builder::new().name("decompress".to_owned()).spawn(move || {
        if let Ok(inner) = taken.recv() {
            read_on(inner, &filled, &returned);
        }
    }) {
        Ok(_) => match hand_over.send(inner) {
            Ok(()) => From::Thread(pieces, used),
            Err(refused) => From::Here(refused.0),
        },
        Err(_) => From::Here(inner),
    }
}

/// Reads to the end, a failure, or until nobody takes it any more.
fn read_on(mut inner: Reader, filled: &SyncSender<Piece>, returned: &Receiver<Piece>) {
    loop {
        let mut piece = returned.try_recv().unwrap_or_default();
        piece.failure = None;
        piece.read(&mut inner);
        let is_last = piece.bytes.len() < READ_BYTES;
        if filled.send(piece).is_err() || is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says so much and then fails, or ends; at most `step` bytes a read.
    struct Saying {
        length: usize,
        position: usize,
        step: usize,
        fails: bool,
    }

    impl Read for Saying {
        fn read(&mut self, room: &mut [u8]) -> IoResult<usize> {
            let count = room.len().min(self.step).min(self.length - self.position);
            if count == 0 && self.fails {
                return Err(Error::other("damaged"));
            }
            for byte in room.iter_mut().take(count) {
                *byte = (self.position % 251) as u8;
                self.position += 1;
            }
            Ok(count)
        }
    }

    fn read_all(saying: Saying, may_go_ahead: bool) -> (Vec<u8>, Option<String>) {
        let mut pieces = Pieces::new(Box::new(saying), may_go_ahead);
        let (mut bytes, mut room) = (Vec::new(), vec![0; 100_000]);
        loop {
            match pieces.read(&mut room) {
                Ok(0) => return (bytes, None),
                Ok(count) => bytes.extend_from_slice(&room[..count]),
                Err(error) => return (bytes, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn a_thread_says_what_is_said_without_one() {
        for length in [0, 1, READ_BYTES - 1, READ_BYTES, 3 * READ_BYTES, 5 * READ_BYTES + 7] {
            for (step, fails) in [(usize::MAX, false), (usize::MAX, true), (10_007, false), (10_007, true)] {
                let saying = || Saying { length, position: 0, step, fails };
                let (bytes, failure) = read_all(saying(), false);
                assert!(bytes.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at % 251));
                assert_eq!((bytes.len(), failure.is_some()), (length, fails), "{length} in steps of {step}");
                assert!(read_all(saying(), true) == (bytes, failure));
            }
        }
    }

    #[test]
    fn nothing_is_asked_for_behind_the_end() {
        let mut pieces = Pieces::new(Box::new(Saying { length: 9, position: 0, step: 4, fails: false }), true);
        let mut room = [0; 20];
        assert_eq!([(); 4].map(|()| pieces.read(&mut room).unwrap()), [9, 0, 0, 0]);
    }

    #[test]
    fn who_gives_up_early_leaves_no_thread_behind() {
        struct Told(Sender<()>);
        impl Read for Told {
            fn read(&mut self, room: &mut [u8]) -> IoResult<usize> {
                Ok(room.len())
            }
        }
        impl Drop for Told {
            fn drop(&mut self) {
                self.0.send(()).ok();
            }
        }
        let (gone, told) = channel();
        let mut pieces = Pieces::new(Box::new(Told(gone)), true);
        pieces.read_exact(&mut vec![0; 2 * READ_BYTES]).unwrap();
        assert!(matches!(pieces.from, From::Thread(..)));
        drop(pieces);
        told.recv().unwrap();
    }
}
