//! The one error of this crate: an input in which nothing can be read.

use std::ffi::{OsStr, OsString};
use std::fmt;

/// An input that could not be opened, or is no capture: what it is, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureError {
    /// As it was given, in whatever bytes; "-" is standard input.
    pub path: OsString,
    /// What was found there, as words that complete "this is …" or "this …".
    pub what: String,
    /// What the user can do.
    pub remedy: String,
}

impl fmt::Display for CaptureError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}; {}", self.path, self.what, self.remedy)
    }
}

impl std::error::Error for CaptureError {}

/// A [`CaptureError`] before its path is known.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) what: String,
    pub(crate) remedy: String,
}

impl Refusal {
    pub(crate) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    pub(crate) fn at(self, path: &OsStr) -> CaptureError {
        CaptureError {
            path: path.to_owned(),
            what: self.what,
            remedy: self.remedy,
        }
    }
}
