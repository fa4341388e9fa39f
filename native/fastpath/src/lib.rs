//! The fast path of minesensor: packets in, what may be mining out.
//!
//! Pure: no socket, no file, no clock, no thread. Time is the packets' own.
#![forbid(unsafe_code)]

pub mod cursor;
pub mod fate;
pub mod fragments;
pub mod layers;
