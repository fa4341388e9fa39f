//! What can go wrong with the arguments, the seeds and the output; each says what, where and what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub enum Error {
    /// The command line is wrong; the text says how.
    Usage(String),
    /// A file could not be read or written.
    File { path: PathBuf, source: io::Error },
    /// A file was read, and its content is not what it must be.
    Content { path: PathBuf, what: String },
    /// The output stream failed.
    Output(io::Error),
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn usage(what: impl Into<String>) -> Self {
        Self::Usage(what.into())
    }

    pub fn content(path: &Path, what: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), what: what.into() }
    }

    /// For `map_err`: says which file it was.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_owned(), source }
    }

    /// True if the reader of our output went away, which is its right.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(source) if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<io::Error> for Error {
    fn from(source: io::Error) -> Self {
        Self::Output(source)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) => write!(f, "{what}"),
            Self::File { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Content { path, what } => write!(f, "{}: {what}", path.display()),
            Self::Output(source) => write!(f, "output: {source}"),
        }
    }
}
