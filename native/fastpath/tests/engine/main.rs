//! The whole engine: packets in, observations out. One program, because each program of tests takes seconds to link.
#![forbid(unsafe_code)]

mod beginnings;
mod behind_http;
mod bounds;
mod circle;
mod common;
mod dns;
mod endings;
mod fates;
mod following;
mod groups;
mod handshake;
mod mirrors;
mod names;
mod over_http;
mod properties;
mod proxies;
mod slices;
mod tls;
