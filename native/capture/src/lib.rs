//! Capture files: pcap, pcapng and snoop, plain or compressed, merged by packet time.
//!
//! For: turning files and standard input into one stream of borrowed packets, without a copy or an allocation a
//! packet. Must not know: what is inside a packet, flows, or Python. Implements draft-ietf-opsawg-pcap,
//! draft-ietf-opsawg-pcapng, RFC 1761 (snoop) and, through their libraries, RFC 1952 (gzip), RFC 8878 (zstd), xz and bzip2.
//!
//! Hostile files are normal here: whatever is wrong is counted as a [`Problem`] of its input and reading goes on where
//! the bytes allow it. Only a file in which nothing at all can be read is an error, and only when it is opened.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )
)]

mod block;
mod clock;
mod error;
mod gzip;
mod input;
mod inputs;
mod limits;
mod link;
mod magic;
mod order;
mod packet;
mod packets;
mod pcap;
mod pcapng;
mod pieces;
mod problem;
mod records;
mod report;
mod resync;
mod snoop;
mod source;

pub use error::CaptureError;
pub use inputs::{Inputs, Manner, Window};
pub use link::{is_link_read, link_name};
pub use packet::Packet;
pub use packets::Packets;
pub use problem::{PROBLEMS, Problem, Problems};
pub use report::InputReport;
pub use source::KeepOn;
