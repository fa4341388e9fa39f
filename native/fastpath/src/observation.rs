//! What the engine reports, and what it is told back. Plain values; the Python side has the same types by name.

use std::sync::Arc;

use crate::flow::Socket;
use crate::layers::{Ip, TunnelPath};
use crate::proxy::{Target, Via};
use crate::side::{Both, Side};

/// Why a flow is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Fin,
    Rst,
    Idle,
    Evicted,
    PortReused,
    /// The input ended while the flow was alive.
    End,
}

impl Cause {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fin => "fin",
            Self::Rst => "rst",
            Self::Idle => "idle",
            Self::Evicted => "evicted",
            Self::PortReused => "port_reused",
            Self::End => "end",
        }
    }
}

/// Where a listed name or endpoint was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    Dns,
    Sni,
    HttpHost,
    Address,
    Learned,
    /// A proxy was asked for it.
    Proxied,
    /// A server's certificate names it.
    Certificate,
}

impl NameKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Sni => "sni",
            Self::HttpHost => "http_host",
            Self::Address => "address",
            Self::Learned => "learned",
            Self::Proxied => "proxied",
            Self::Certificate => "certificate",
        }
    }
}

pub struct Opened {
    pub flow_id: u64,
    pub ts_ns: u64,
    pub first_ns: u64,
    pub realm: u16,
    pub transport: u8,
    pub sockets: Both<Socket>,
    pub midstream: bool,
    /// Whether it is one of HTTP's messages that an anchor matched.
    pub over_http: bool,
    /// Index of the anchor that matched, among those of its kind; none when every flow is followed.
    pub anchor: Option<u16>,
    pub tunnels: Both<TunnelPath>,
}

pub struct NameSeen {
    pub flow_id: u64,
    pub ts_ns: u64,
    pub realm: u16,
    pub transport: u8,
    pub kind: NameKind,
    pub client: Socket,
    pub server: Socket,
    pub name: Arc<str>,
    pub entry: u32,
    pub age_ns: u64,
    pub addresses: Vec<Ip>,
    /// How the proxy was asked for it, and for which port.
    pub proxied: Option<(Via, u16)>,
}

/// What the handshake of a flow of interest shows; `kind` and `name` are those of what was met on it.
pub struct TlsSeen {
    pub ts_ns: u64,
    pub realm: u16,
    pub kind: NameKind,
    pub client: Socket,
    pub server: Socket,
    pub name: Arc<str>,
    /// Empty where this tells of the certificate.
    pub ja4: String,
    /// In lower case; none where this tells of the fingerprint.
    pub certificate_names: Vec<String>,
}

/// A followed flow goes through a proxy.
pub struct Proxied {
    pub flow_id: u64,
    pub ts_ns: u64,
    pub target: Target,
}

pub enum Observation {
    Opened(Box<Opened>),
    Chunk { flow_id: u64, side: Side, ts_ns: u64, gap: u64, data: Vec<u8> },
    Closed { flow_id: u64, ts_ns: u64, cause: Cause },
    Name(Box<NameSeen>),
    /// The tunnel path of a side whose first packet came after the flow was opened.
    Path { flow_id: u64, side: Side, tunnel: TunnelPath },
    Proxied(Box<Proxied>),
    Tls(Box<TlsSeen>),
}

impl Observation {
    /// The flow it is about; 0 where that is not followed.
    #[must_use]
    pub fn flow_id(&self) -> u64 {
        match self {
            Self::Opened(opened) => opened.flow_id,
            Self::Name(seen) => seen.flow_id,
            Self::Proxied(proxied) => proxied.flow_id,
            Self::Tls(_) => 0,
            Self::Chunk { flow_id, .. } | Self::Closed { flow_id, .. } | Self::Path { flow_id, .. } => *flow_id,
        }
    }
}

/// What is still wanted of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Follow it to its end.
    More,
    /// No payload any more, until more is wanted: its end, and how much went by.
    Enough,
    /// It is nothing; should it look like something again, it is looked at again.
    Ignore,
    /// Follow it to its end, and let each chunk be judged before the next packet is read.
    Closely,
    /// There is no room for it: a new account, and not before the hour is over.
    Later,
}

impl Need {
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::More),
            2 => Some(Self::Enough),
            3 => Some(Self::Ignore),
            4 => Some(Self::Closely),
            5 => Some(Self::Later),
            _ => None,
        }
    }
}
