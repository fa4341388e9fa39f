//! The fast path of minesensor: packets in, what may be mining out.
//!
//! Pure: no socket, no file, no clock, no thread. Time is the packets' own.
#![forbid(unsafe_code)]
// Packets are hostile: nothing that they say may end the process.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

pub mod anchors;
pub mod bytes;
pub mod caps;
pub mod certificate;
pub mod clock;
pub mod cursor;
pub mod dns;
pub mod engine;
pub mod fate;
pub mod flow;
mod follow;
pub mod fragments;
mod frames;
mod groups;
pub mod handshake;
pub mod hello;
pub mod host;
pub mod http;
pub mod http_work;
pub mod in_order;
pub mod ja4;
pub mod layers;
pub mod learned;
pub mod looks;
pub mod lru;
mod mirror;
mod names;
pub mod observation;
pub mod plan;
pub mod proxy;
pub mod ring;
pub mod queue;
mod rival;
pub mod segment;
pub mod session;
pub mod side;
pub mod slice;
pub mod stream;
pub mod tally;
mod tcp;
mod tls;
pub mod watch;
