//! The walk through a packet's layers, seen from outside.
#![forbid(unsafe_code)]

mod arbitrary;
mod craft;
mod cuts;
mod failures;
mod fragments;
mod ip;
mod links;
mod mirrors;
mod oracle;
mod overlays;
mod stacks;
mod tunnels;

use minesensor_fastpath::fate::{Failure, Fate, Note};
use minesensor_fastpath::layers::{Decoded, Frame, Tags, TcpSegment, Transport, UdpDatagram, Walk, WalkLimits, walk};

pub const ETHERNET: u16 = 1;
pub const RAW: u16 = 101;

/// The walk over a packet captured whole.
pub fn walk_whole(link: u16, data: &[u8]) -> Walk<'_> {
    let wire_len = u32::try_from(data.len()).unwrap();
    walk(&Frame { link, data, wire_len }, &WalkLimits::default())
}

#[track_caller]
pub fn decoded(link: u16, data: &[u8]) -> Decoded<'_> {
    match walk_whole(link, data) {
        Walk::Decoded(decoded) => decoded,
        other => panic!("not decoded: {other:?}"),
    }
}

#[track_caller]
pub fn fate(link: u16, data: &[u8]) -> Fate {
    match walk_whole(link, data) {
        Walk::Done(fate) => fate,
        other => panic!("no fate: {other:?}"),
    }
}

#[track_caller]
pub fn failure(link: u16, data: &[u8]) -> Failure {
    match fate(link, data) {
        Fate::Undecodable(failure) => failure,
        other => panic!("no failure: {other:?}"),
    }
}

#[track_caller]
pub fn tcp_of<'a>(decoded: &Decoded<'a>) -> TcpSegment<'a> {
    match decoded.transport {
        Transport::Tcp(segment) => segment,
        Transport::Udp(_) => panic!("not TCP: {decoded:?}"),
    }
}

#[track_caller]
pub fn udp_of<'a>(decoded: &Decoded<'a>) -> UdpDatagram<'a> {
    match decoded.transport {
        Transport::Udp(datagram) => datagram,
        Transport::Tcp(_) => panic!("not UDP: {decoded:?}"),
    }
}

/// The tags of a frame in which [`craft::plain`] lies behind these layers, with nothing odd about it.
#[track_caller]
pub fn found_in(link: u16, data: &[u8], labels: &[&str]) -> Tags {
    let decoded = decoded(link, data);
    assert_eq!(tcp_of(&decoded).payload, b"in");
    assert_eq!(decoded.tunnel.labels(), labels);
    assert!(decoded.notes.is_empty());
    decoded.tags
}

pub fn notes(decoded: &Decoded<'_>) -> Vec<Note> {
    decoded.notes.iter().collect()
}
