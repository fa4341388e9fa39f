//! Whom a client asks a proxy to connect it with: HTTP CONNECT (RFC 9110 §9.3.6), SOCKS5 (RFC 1928, RFC 1929), SOCKS4
//! and 4a. Knows no list; the caller brings what the client sent, from its first byte.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use std::fmt;
use std::net::IpAddr;
use std::str;

use memchr::memchr;

use crate::bytes::Bytes;
use crate::host::is_host_name;
use crate::in_order::InOrder;
use crate::layers::Ip;
use crate::ring::Reusable;
use crate::side::Side;
use crate::segment::Segment;
use crate::stream::Start;

/// What a client says before and with its request: a greeting (257), user and password (513), the request (262).
const REQUEST_BYTES_MAX: usize = 1100;
const CONNECT: &[u8] = b"CONNECT ";
const SOCKS4: u8 = 4;
const SOCKS5: u8 = 5;
/// The version of the user and password that may come between greeting and request.
const PASSWORD: u8 = 1;
const COMMAND_CONNECT: u8 = 1;
const ADDRESS_V4: u8 = 1;
const ADDRESS_NAME: u8 = 3;
const ADDRESS_V6: u8 = 4;

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    HttpConnect,
    Socks4,
    Socks5,
}

impl Via {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HttpConnect => "http_connect",
            Self::Socks4 => "socks4",
            Self::Socks5 => "socks5",
        }
    }
}

/// Where the client wants to go: a host name in lower case, or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub via: Via,
    pub host: Host,
    pub port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    Name(String),
    Address(Ip),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

impl Host {
    /// A name, or an address that is written as one; none for what is neither.
    fn of_text(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok()?;
        // IPv6 stands in brackets before a port (RFC 3986 §3.2.2).
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        match bare.parse() {
            Ok(IpAddr::V4(address)) => return Some(Self::Address(Ip::v4(address.octets()))),
            Ok(IpAddr::V6(address)) => return Some(Self::Address(Ip(address.octets()))),
            Err(_) => {}
        }
        is_host_name(text.as_bytes()).then(|| Self::Name(text.trim_end_matches('.').to_ascii_lowercase()))
    }
}

/// What the client's first bytes ask for.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    For(Target),
    NeedMore,
    /// No request for a connection.
    Nothing,
}

/// Whether the first payload of a side may begin such a request.
#[inline]
#[must_use]
pub fn may_ask(payload: &[u8]) -> bool {
    match payload {
        [b'C', ..] => payload.starts_with(CONNECT),
        [SOCKS4, COMMAND_CONNECT, ..] => true,
        // The greeting: at least one way to authenticate, and nothing behind them but the next step.
        [SOCKS5, methods, rest @ ..] => {
            let next = rest.get(usize::from(*methods));
            *methods > 0 && next.is_none_or(|next| matches!(*next, PASSWORD | SOCKS5))
        }
        _ => false,
    }
}

/// Reads what the client sent so far, from its first byte.
#[must_use]
pub fn asked(sent: &[u8]) -> Asked {
    let target = match sent.first() {
        Some(&b'C') => connect(sent),
        Some(&SOCKS4) => socks4(sent),
        Some(&SOCKS5) => socks5(sent),
        _ => Some(None),
    };
    match target {
        Some(Some(target)) if target.port > 0 => Asked::For(target),
        Some(_) => Asked::Nothing,
        None if sent.len() >= REQUEST_BYTES_MAX => Asked::Nothing,
        None => Asked::NeedMore,
    }
}

/// `None`: the end is missing. `Some(None)`: it is something else. So for all that follow.
type Read = Option<Option<Target>>;

fn connect(sent: &[u8]) -> Read {
    let line = sent.get(..memchr(b'\n', sent)?)?.trim_ascii_end();
    let is_http = line.ends_with(b" HTTP/1.1") || line.ends_with(b" HTTP/1.0");
    let authority =
        line.strip_prefix(CONNECT).filter(|_| is_http).and_then(|rest| rest.split(|&byte| byte == b' ').next());
    Some(authority.and_then(|authority| {
        let colon = authority.iter().rposition(|&byte| byte == b':')?;
        let (host, port) = authority.split_at_checked(colon)?;
        let port = str::from_utf8(port.get(1..)?).ok()?.parse().ok()?;
        Some(Target { via: Via::HttpConnect, host: Host::of_text(host)?, port })
    }))
}

fn socks4(sent: &[u8]) -> Read {
    let mut rest = Bytes(sent);
    let [_, command, high, low, address @ ..] = rest.array::<8>()?;
    if command != COMMAND_CONNECT {
        return Some(None);
    }
    let user_end = memchr(0, rest.0)?;
    rest.take(user_end.saturating_add(1))?;
    // 4a: an address that cannot be says that a name follows.
    let host = match address {
        [0, 0, 0, last] if last > 0 => {
            let end = memchr(0, rest.0)?;
            Host::of_text(rest.take(end)?)
        }
        _ => Some(Host::Address(Ip::v4(address))),
    };
    Some(host.map(|host| Target { via: Via::Socks4, host, port: u16::from_be_bytes([high, low]) }))
}

fn socks5(sent: &[u8]) -> Read {
    let mut rest = Bytes(sent);
    let [_, methods] = rest.array()?;
    rest.take(methods.into())?;
    if rest.0.first()? == &PASSWORD {
        let [_, user_bytes] = rest.array()?;
        rest.take(user_bytes.into())?;
        let [password_bytes] = rest.array()?;
        rest.take(password_bytes.into())?;
    }
    let [version, command, _, kind] = rest.array()?;
    if version != SOCKS5 || command != COMMAND_CONNECT {
        return Some(None);
    }
    let host = match kind {
        ADDRESS_V4 => Some(Host::Address(Ip::v4(rest.array()?))),
        ADDRESS_V6 => Some(Host::Address(Ip(rest.array()?))),
        ADDRESS_NAME => {
            let [name_bytes] = rest.array()?;
            Host::of_text(rest.take(name_bytes.into())?)
        }
        _ => return Some(None),
    };
    let port = u16::from_be_bytes(rest.array()?);
    Some(host.map(|host| Target { via: Via::Socks5, host, port }))
}

/// The client's side of a flow to a proxy, until its request is known, and the request then.
#[derive(Default)]
pub struct ProxyStream {
    /// The client.
    pub side: Option<Side>,
    pub target: Option<Target>,
    segments: InOrder,
    sent: Vec<u8>,
}

impl Reusable for ProxyStream {
    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl ProxyStream {
    /// The next segment is to be the first of `side`, whose stream begins at `start`.
    pub fn begin(&mut self, side: Side, start: Start) {
        (self.side, self.segments) = (Some(side), InOrder::starting(start));
    }

    /// Takes a segment of the client. [`Asked::For`] is said once for each request: a proxy that wants to be told a
    /// password is asked by CONNECT again.
    pub fn take(&mut self, segment: &Segment<'_>) -> Asked {
        let Self { segments, sent, .. } = self;
        let mut gaps = 0;
        segments.take(segment, |gap, data| {
            gaps |= gap;
            let room = REQUEST_BYTES_MAX.saturating_sub(sent.len());
            sent.extend_from_slice(data.get(..room).unwrap_or(data));
        });
        if self.target.is_some() && !self.sent.starts_with(CONNECT) {
            self.sent.clear();
            return Asked::NeedMore;
        }
        let asked = if gaps > 0 { Asked::Nothing } else { asked(&self.sent) };
        if let Asked::For(target) = &asked {
            self.target = Some(target.clone());
            self.sent = Vec::new();
        }
        asked
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(via: Via, host: &str, port: u16) -> Asked {
        Asked::For(Target { via, host: Host::Name(host.to_owned()), port })
    }

    fn address(via: Via, text: &str, port: u16) -> Asked {
        Asked::For(Target { via, host: Host::of_text(text.as_bytes()).unwrap(), port })
    }

    #[test]
    fn requests_name_their_target() {
        let table: [(&[u8], Asked); 16] = [
            (b"CONNECT Pool.Example:3333 HTTP/1.1\r\nHost: x\r\n\r\n", name(Via::HttpConnect, "pool.example", 3333)),
            (b"CONNECT 203.0.113.5:3333 HTTP/1.0\r\n", address(Via::HttpConnect, "203.0.113.5", 3333)),
            (b"CONNECT [2001:db8::5]:3333 HTTP/1.0\n", address(Via::HttpConnect, "2001:db8::5", 3333)),
            (b"CONNECT pool.example HTTP/1.1\r\n", Asked::Nothing),
            (b"CONNECT pool.example:0 HTTP/1.1\r\n", Asked::Nothing),
            (b"CONNECT pool.example:99999 HTTP/1.1\r\n", Asked::Nothing),
            (b"CONNECT pool example:1\r\n", Asked::Nothing),
            (b"\x05\x01\x00\x05\x01\x00\x01\xcb\x00\x71\x05\x0d\x05", address(Via::Socks5, "203.0.113.5", 3333)),
            (
                b"\x05\x02\x00\x02\x01\x02me\x03pwd\x05\x01\x00\x03\x0cpool.example\x0d\x05",
                name(Via::Socks5, "pool.example", 3333),
            ),
            (b"\x05\x01\x00\x05\x02\x00\x01\xcb\x00\x71\x05\x0d\x05", Asked::Nothing),
            (b"\x05\x01\x00\x05\x01\x00\x03\x03a b\x0d\x05", Asked::Nothing),
            (b"\x04\x01\x0d\x05\xcb\x00\x71\x05me\x00", address(Via::Socks4, "203.0.113.5", 3333)),
            (b"\x04\x01\x0d\x05\x00\x00\x00\x01me\x00pool.example\x00", name(Via::Socks4, "pool.example", 3333)),
            (b"\x04\x02\x0d\x05\xcb\x00\x71\x05\x00", Asked::Nothing),
            (b"GET / HTTP/1.1\r\n", Asked::Nothing),
            (b"", Asked::Nothing),
        ];
        for (sent, expected) in table {
            assert_eq!(asked(sent), expected, "{}", sent.escape_ascii());
            let (mut whole, mut bytewise) = (ProxyStream::default(), ProxyStream::default());
            if sent.is_empty() {
                continue;
            }
            assert_eq!(take(&mut whole, 0, sent), expected);
            let mut found = (0..sent.len()).map(|at| take(&mut bytewise, at, &sent[at..=at]));
            let last = found.find(|found| *found != Asked::NeedMore).unwrap_or(Asked::NeedMore);
            assert_eq!(last, expected, "byte by byte: {}", sent.escape_ascii());
        }
    }

    fn take(stream: &mut ProxyStream, seq: usize, data: &[u8]) -> Asked {
        stream.take(&Segment { ts_ns: 1, seq: u32::try_from(seq).unwrap(), needs: None, data, missing: 0 })
    }

    #[test]
    fn what_may_begin_a_request_is_told_from_other_bytes() {
        let yes: [&[u8]; 6] =
            [b"CONNECT ", b"\x05\x01\x00", b"\x05\x02\x00\x02", b"\x05\x01", b"\x05\x01\x00\x05", b"\x04\x01\x0d"];
        let no: [&[u8]; 8] =
            [b"CONN", b"\x05\x00", b"\x05", b"\x05\x01\x00\x07", b"\x04\x00", b"\x04", b"", b"\x16\x03"];
        assert!(yes.iter().all(|payload| may_ask(payload)));
        assert!(!no.iter().any(|payload| may_ask(payload)));
    }

    #[test]
    fn a_request_that_is_repeated_is_told_again_and_what_follows_is_not_kept() {
        let mut stream = ProxyStream::default();
        let request = b"CONNECT pool.example:3333 HTTP/1.1\r\n\r\n";
        let expected = || name(Via::HttpConnect, "pool.example", 3333);
        assert_eq!(take(&mut stream, 0, request), expected());
        assert_eq!(take(&mut stream, request.len(), b"\x16\x03\x01 something else"), Asked::NeedMore);
        assert!(stream.sent.is_empty());
        assert_eq!(take(&mut stream, request.len() + 18, request), expected());
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_plausible_target_or_none(
            start in proptest::sample::select(vec![&b"CONNECT "[..], b"\x05\x01\x00\x05\x01\x00", b"\x05", b"\x04\x01"]),
            tail in proptest::collection::vec(any::<u8>(), 0..1500),
        ) {
            let sent = [start, &tail].concat();
            match asked(&sent) {
                Asked::For(Target { host: Host::Name(name), port, .. }) => prop_assert!(is_host_name(name.as_bytes()) && port > 0),
                Asked::NeedMore => prop_assert!(sent.len() < REQUEST_BYTES_MAX),
                _ => {}
            }
        }
    }
}
