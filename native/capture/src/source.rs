//! Where the bytes of an input come from: a file, standard input or any reader, through its compressions.
//!
//! Must not know: what a record is.

use std::ffi::{OsStr, OsString};
use std::fs::{File, metadata};
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result as IoResult, stdin};
use std::os::unix::fs::FileTypeExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;

use bzip2::bufread::MultiBzDecoder;
use lzma_rust2::XzReader;

use crate::error::Refusal;
use crate::gzip::Members;
use crate::limits::{CHUNK_BYTES, LAYERS_MAX, PIPE_WAIT, SNIFF_BYTES, XZ_MEMORY_KIB_MAX, ZSTD_WINDOW_LOG_MAX};
use crate::magic::{Compression, Kind, identify};
use crate::pieces::Pieces;

/// Any reader that one thread may hand to another.
pub(crate) type Reader = Box<dyn Read + Send>;

/// Asked whenever a signal interrupts a read that may wait for long, and now and then while much is read that is no packet;
/// where it says no, the input ends there.
pub type KeepOn = Arc<dyn Fn() -> bool + Send + Sync>;

/// How an input is reached.
pub(crate) enum Origin {
    /// By its path; "-" is standard input.
    Path {
        path: OsString,
        keep_on: KeepOn,
        /// A thread decompresses what is a file.
        reads_ahead: bool,
    },
    /// Through a reader, which can be taken once.
    Stream(OsString, Option<Reader>),
}

/// An input whose first bytes have been seen.
pub(crate) struct Source {
    /// The capture's bytes, out of all compression.
    pub(crate) reader: Reader,
    pub(crate) kind: Kind,
    /// " gzip" and the like, innermost first; empty for a plain file.
    pub(crate) compressions: String,
    /// Bytes in all, as stored; `None` if that cannot be known or if the input cannot be opened twice.
    pub(crate) size: Option<u64>,
}

impl Origin {
    /// Who is asked whether to keep on; a reader is read to its end.
    pub(crate) fn keep_on(&self) -> KeepOn {
        match self {
            Self::Path { keep_on, .. } => Arc::clone(keep_on),
            Self::Stream(..) => Arc::new(|| true),
        }
    }

    pub(crate) fn name(&self) -> &OsStr {
        match self {
            Self::Path { path, .. } => path,
            Self::Stream(name, _) => name,
        }
    }

    /// Opens the input and looks at its first bytes; `read_bytes` counts what is taken from it as stored.
    pub(crate) fn open(&mut self, read_bytes: &Arc<AtomicU64>) -> Result<Source, Refusal> {
        let (stored, size) = match self {
            Self::Path { path, keep_on, .. } if path == "-" => {
                (patient(Box::new(stdin()), keep_on), None)
            }
            Self::Path { path, keep_on, .. } => match open_file(path, keep_on)? {
                (pipe, None) => (patient(pipe, keep_on), None),
                sized => sized,
            },
            Self::Stream(_, reader) => (reader.take().ok_or_else(given_twice)?, None),
        };
        // No pipe is read by another thread: the signals that end the waiting for it come to this one.
        let is_wanted = matches!(self, Self::Path { reads_ahead: true, .. });
        let may_go_ahead = is_wanted && size.is_some();
        let counted = Counted {
            inner: stored,
            read_bytes: Arc::clone(read_bytes),
        };
        unwrap_layers(Box::new(counted), size, may_go_ahead)
    }
}

fn given_twice() -> Refusal {
    Refusal::new("it can be read only once and has been", "give it once")
}

fn open_file(path: &OsStr, keep_on: &KeepOn) -> Result<(Reader, Option<u64>), Refusal> {
    let is_pipe = metadata(path).is_ok_and(|found| found.file_type().is_fifo());
    let opened = if is_pipe { open_pipe(path, keep_on) } else { File::open(path) };
    let file = opened.map_err(|error| unreadable(&error))?;
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    if metadata.is_dir() {
        return Err(Refusal::new("a directory", "name the capture files in it"));
    }
    let size = metadata.is_file().then_some(metadata.len());
    Ok((Box::new(file), size))
}

/// A named pipe is open once somebody writes to it. A thread waits for that, because a signal does not end this waiting:
/// where it is enough, the thread is left behind.
fn open_pipe(path: &OsStr, keep_on: &KeepOn) -> IoResult<File> {
    let (telling, told) = sync_channel(1);
    let path = path.to_owned();
    let waiting = thread::Builder::new().spawn(move || telling.send(File::open(path)))?;
    loop {
        match told.recv_timeout(PIPE_WAIT) {
            Ok(opened) => {
                // A process that has threads is not forked: this one is to be gone. It has nothing left to say.
                drop(waiting.join());
                return opened;
            }
            Err(RecvTimeoutError::Timeout) if keep_on() => {}
            Err(_) => return Err(ErrorKind::Interrupted.into()),
        }
    }
}

fn unreadable(error: &Error) -> Refusal {
    match error.kind() {
        ErrorKind::NotFound => Refusal::new("no such file", "check the name"),
        ErrorKind::PermissionDenied => {
            Refusal::new("may not be read", "ask for permission to read it")
        }
        _ => Refusal::new(
            format!("cannot be read: {error}"),
            "check the file and the disk it is on",
        ),
    }
}

/// Opens one compression after the other until a capture appears.
fn unwrap_layers(stored: Reader, size: Option<u64>, may_go_ahead: bool) -> Result<Source, Refusal> {
    let mut chunks = Chunks::new(stored);
    let mut compressions = String::new();
    for layer in 0..=LAYERS_MAX {
        let start = chunks
            .peek()
            .map_err(|error| broken_start(&error, &compressions))?;
        let kind = identify(start).map_err(|refusal| inside(refusal, &compressions))?;
        let Kind::Compressed(compression) = kind else {
            let is_plain = compressions.is_empty();
            return Ok(Source {
                reader: if is_plain { Box::new(chunks) } else { Box::new(Pieces::new(Box::new(chunks), may_go_ahead)) },
                kind,
                compressions,
                size,
            });
        };
        if layer == LAYERS_MAX {
            break;
        }
        chunks = Chunks::new(decompressor(compression, chunks)?);
        compressions = format!(" {}{compressions}", compression.name());
    }
    Err(Refusal::new(
        "compressed too many times over",
        "unpack it first",
    ))
}

fn decompressor(compression: Compression, mut chunks: Chunks) -> Result<Reader, Refusal> {
    let failed = |error: Error| {
        Refusal::new(
            format!("no memory to decompress it: {error}"),
            "unpack it first",
        )
    };
    chunks.top_up().map_err(|error| unreadable(&error))?;
    Ok(match compression {
        Compression::Gzip => Box::new(Members::new(chunks)),
        Compression::Bzip2 => Box::new(MultiBzDecoder::new(chunks)),
        // It asks for few bytes at a time.
        Compression::Xz => Box::new(XzReader::new_mem_limit(
            BufReader::with_capacity(CHUNK_BYTES, chunks),
            true,
            XZ_MEMORY_KIB_MAX,
        )),
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(chunks).map_err(failed)?;
            decoder
                .window_log_max(ZSTD_WINDOW_LOG_MAX)
                .map_err(failed)?;
            Box::new(decoder)
        }
    })
}

/// The first bytes could not even be decompressed.
fn broken_start(error: &Error, compressions: &str) -> Refusal {
    if error.raw_os_error().is_some() {
        return unreadable(error);
    }
    let outermost = compressions
        .split_whitespace()
        .next_back()
        .unwrap_or("compressed");
    if error.kind() == ErrorKind::UnexpectedEof {
        let what = format!("{} file cut short before its first packet", with_article(outermost));
        return Refusal::new(what, "copy it again from where it was written");
    }
    let what = format!("{} file that cannot be decompressed: {error}", with_article(outermost));
    Refusal::new(
        what,
        "check it with its own tool; what takes more than 128 MiB to decompress is not read: compress it without zstd's --long or a \
         larger dictionary of xz",
    )
}

fn with_article(compression: &str) -> String {
    format!("{} {compression}", if compression == "xz" { "an" } else { "a" })
}

fn inside(refusal: Refusal, compressions: &str) -> Refusal {
    match compressions.split_whitespace().next_back() {
        Some(outermost) => Refusal::new(
            format!("{} file that holds {}", with_article(outermost), refusal.what),
            refusal.remedy,
        ),
        None => refusal,
    }
}

/// A pipe or terminal: its next byte may be long in coming.
fn patient(inner: Reader, keep_on: &KeepOn) -> Reader {
    Box::new(Patient {
        inner,
        keep_on: Arc::clone(keep_on),
        is_over: false,
    })
}

/// Waits for bytes until they come or somebody says that it is enough.
struct Patient {
    inner: Reader,
    keep_on: KeepOn,
    is_over: bool,
}

impl Read for Patient {
    fn read(&mut self, room: &mut [u8]) -> IoResult<usize> {
        while !self.is_over {
            match self.inner.read(room) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    self.is_over = !(self.keep_on)();
                }
                done => return done,
            }
        }
        Ok(0)
    }
}

/// Counts what is read, for the progress of long inputs.
struct Counted {
    inner: Reader,
    read_bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, room: &mut [u8]) -> IoResult<usize> {
        let count = self.inner.read(room)?;
        // A figure for the eye: no other memory depends on it.
        self.read_bytes
            .fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        Ok(count)
    }
}

/// A reader whose first bytes can be looked at, and that hands decompressors full chunks.
///
/// Full, because what a decompressor still returns before damaged data depends on how much it was given at once; the
/// same bytes must make the same packets from a file and from a pipe.
struct Chunks {
    inner: Reader,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// An error met behind bytes that are still to be handed out.
    held: Option<Error>,
}

impl Chunks {
    fn new(inner: Reader) -> Self {
        Self {
            inner,
            bytes: vec![0; CHUNK_BYTES],
            start: 0,
            end: 0,
            held: None,
        }
    }

    fn buffered(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// The first bytes, fewer only if there are no more. Only before anything was read.
    fn peek(&mut self) -> IoResult<&[u8]> {
        self.fill(SNIFF_BYTES)?;
        let count = self.end.min(SNIFF_BYTES);
        Ok(self.bytes.get(..count).unwrap_or_default())
    }

    fn top_up(&mut self) -> IoResult<()> {
        self.fill(CHUNK_BYTES)
    }

    /// Reads until `count` bytes are there, the source ends or fails. A failure behind some bytes waits its turn.
    fn fill(&mut self, count: usize) -> IoResult<()> {
        while self.end < count && self.held.is_none() {
            let room = self.bytes.get_mut(self.end..).unwrap_or_default();
            match self.inner.read(room) {
                Ok(0) => break,
                Ok(read) => self.end = self.end.saturating_add(read).min(self.bytes.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => self.held = Some(error),
            }
        }
        if self.buffered().is_empty() {
            self.held.take().map_or(Ok(()), Err)
        } else {
            Ok(())
        }
    }
}

impl BufRead for Chunks {
    fn fill_buf(&mut self) -> IoResult<&[u8]> {
        if self.buffered().is_empty() {
            self.start = 0;
            self.end = 0;
            self.fill(CHUNK_BYTES)?;
        }
        Ok(self.buffered())
    }

    fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }
}

impl Read for Chunks {
    fn read(&mut self, room: &mut [u8]) -> IoResult<usize> {
        let mut buffered = self.buffered();
        if buffered.is_empty() {
            // Past the first bytes the reader's own, larger buffer takes over.
            return self.held.take().map_or_else(|| self.inner.read(room), Err);
        }
        let count = buffered.read(room)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Is interrupted before every byte, and never ends.
    struct Interrupted(bool);

    impl Read for Interrupted {
        fn read(&mut self, room: &mut [u8]) -> IoResult<usize> {
            self.0 = !self.0;
            if self.0 {
                return Err(ErrorKind::Interrupted.into());
            }
            room[0] = b'x';
            Ok(1)
        }
    }

    #[test]
    fn a_signal_ends_a_waiting_input_only_where_somebody_says_so() {
        let asked = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&asked);
        let keep_on: KeepOn = Arc::new(move || counter.fetch_add(1, Ordering::Relaxed) < 2);
        let mut reader = patient(Box::new(Interrupted(false)), &keep_on);
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"xx");
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }
}
