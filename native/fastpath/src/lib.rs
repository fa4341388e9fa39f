//! The fast path of minesensor: packets in, what may be mining out.
//!
//! Pure: no socket, no file, no clock, no thread. Time is the packets' own.
#![forbid(unsafe_code)]

pub mod anchors;
pub mod caps;
pub mod cursor;
pub mod dns;
pub mod fate;
pub mod fragments;
pub mod hello;
pub mod host;
pub mod http;
pub mod layers;
pub mod learned;
pub mod looks;
pub mod plan;
pub mod watch;
