//! The flow table: one slot for each (realm, inner five-tuple), fixed memory, expiry by packet time.
//!
//! Knows ports and times, not payload. Every order that can be seen from outside (expiry, eviction) comes from
//! [`Lists`](crate::lru::Lists), never from the hash.

mod hasher;
mod index;
mod key;
mod slot;
mod table;

pub use key::{Key, Socket};
pub use slot::{CLASSES, Class, Extra, Slot, seen};
pub use table::{Found, Left, NO_GUESS, Past, Table};

pub const TCP: u8 = 6;
pub const UDP: u8 = 17;
