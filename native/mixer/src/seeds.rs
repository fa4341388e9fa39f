//! The crafted conversations that a mix is made of: one capture file a class, and what must be found in them.

use std::net::IpAddr;
use std::path::Path;

use crate::error::{Error, Result};
use crate::frame::ETHERNET_BYTES;
use crate::pcap;

/// Where the transport header of a seed frame begins: IP headers there have neither options nor extensions.
pub const IPV4_TRANSPORT: usize = ETHERNET_BYTES + 20;
pub const IPV6_TRANSPORT: usize = ETHERNET_BYTES + 40;
pub const TCP: u8 = 6;
const UDP: u8 = 17;

/// A packet of a conversation; `at_ns` counts from its first one.
pub struct SeedPacket {
    pub at_ns: u64,
    pub from_client: bool,
    pub has_payload: bool,
    pub frame: Vec<u8>,
}

/// What a sensor must count in one mining conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Session {
    pub jobs: u64,
    pub submitted: u64,
    pub accepted: u64,
    pub rejected: u64,
}

pub struct Conversation {
    pub packets: Vec<SeedPacket>,
    pub is_ipv6: bool,
    /// Of a mining class only.
    pub session: Option<Session>,
}

/// The address, port and protocol facts of a seed frame.
struct Shape {
    is_ipv6: bool,
    from: (IpAddr, u16),
    to: (IpAddr, u16),
    has_payload: bool,
}

impl Shape {
    /// None if the frame is not plain IP with TCP or UDP in it.
    fn of(frame: &[u8]) -> Option<Self> {
        let is_ipv6 = match frame.get(12..14)? {
            [0x08, 0x00] if frame.get(14) == Some(&0x45) => false,
            [0x86, 0xdd] => true,
            _ => return None,
        };
        let at = if is_ipv6 { IPV6_TRANSPORT } else { IPV4_TRANSPORT };
        let transport = *frame.get(if is_ipv6 { 20 } else { 23 })?;
        let ports = frame.get(at..at + 4)?;
        let port = |place: usize| u16::from_be_bytes([ports[place], ports[place + 1]]);
        let header_bytes = match transport {
            TCP => usize::from(frame.get(at + 12)? >> 4) * 4,
            UDP => 8,
            _ => return None,
        };
        let (source, destination) = addresses(frame, is_ipv6)?;
        let has_payload = frame.len() > at + header_bytes;
        Some(Self { is_ipv6, from: (source, port(0)), to: (destination, port(2)), has_payload })
    }
}

fn addresses(frame: &[u8], is_ipv6: bool) -> Option<(IpAddr, IpAddr)> {
    if is_ipv6 {
        let address = |at: usize| <[u8; 16]>::try_from(frame.get(at..at + 16)?).ok().map(IpAddr::from);
        Some((address(22)?, address(38)?))
    } else {
        let address = |at: usize| <[u8; 4]>::try_from(frame.get(at..at + 4)?).ok().map(IpAddr::from);
        Some((address(26)?, address(30)?))
    }
}

/// The conversations of a class: packets of one pair of sockets that follow each other in `NAME.pcap`.
pub fn load(folder: &Path, name: &str, sessions: Option<&[Session]>) -> Result<Vec<Conversation>> {
    let path = folder.join(format!("{name}.pcap"));
    let file = std::fs::read(&path).map_err(Error::file(&path))?;
    let records = pcap::read(&file).ok_or_else(|| Error::content(&path, "not a seed capture"))?;
    let mut conversations = Vec::new();
    let mut sockets = None;
    let mut began_ns = 0;
    for (number, record) in records.iter().enumerate() {
        let shape = Shape::of(record.frame);
        let shape = shape.ok_or_else(|| Error::content(&path, format!("packet {number} is not a plain seed")))?;
        if sockets != Some((shape.from, shape.to)) && sockets != Some((shape.to, shape.from)) {
            sockets = Some((shape.from, shape.to));
            began_ns = record.ts_ns;
            conversations.push(Conversation { packets: Vec::new(), is_ipv6: shape.is_ipv6, session: None });
        }
        let packet = SeedPacket {
            at_ns: record.ts_ns.saturating_sub(began_ns),
            from_client: sockets == Some((shape.from, shape.to)),
            has_payload: shape.has_payload,
            frame: record.frame.to_vec(),
        };
        if let Some(conversation) = conversations.last_mut() {
            conversation.packets.push(packet);
        }
    }
    if conversations.is_empty() {
        return Err(Error::content(&path, "no conversation in it"));
    }
    if let Some(sessions) = sessions {
        attach(&path, &mut conversations, sessions)?;
    }
    Ok(conversations)
}

fn attach(path: &Path, conversations: &mut [Conversation], sessions: &[Session]) -> Result<()> {
    if conversations.len() != sessions.len() {
        let what = format!("{} conversations, but {} described", conversations.len(), sessions.len());
        return Err(Error::content(path, what));
    }
    for (conversation, session) in conversations.iter_mut().zip(sessions) {
        conversation.session = Some(*session);
    }
    Ok(())
}
