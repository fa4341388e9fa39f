//! The watch sets: what is known by name or by address, looked up and never searched for.
//!
//! Entries are numbers; which pool they stand for, and why, only the pipeline knows.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod addresses;
mod names;

pub use addresses::Addresses;
pub use names::Names;
