//! Captures crafted in memory, and what is read from them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod craft;
mod damage;
mod formats;
mod merge;
mod mutations;
mod jumps;
mod opening;
mod truncation;
