//! What a TLS server sends in clear: up to its certificate in TLS 1.2 and before (RFC 5246 §7.4), to its ServerHello in
//! TLS 1.3. Over any segments and records; nothing behind the certificate is read.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use crate::bytes::Bytes;
use crate::certificate;
use crate::in_order::InOrder;
use crate::segment::Segment;
use crate::stream::Start;

/// Handshake bytes kept: a ServerHello and a certificate, of which most have less than 3 KiB.
const MESSAGES_BYTES_MAX: usize = 16 * 1024;
const RECORD_HEADER_BYTES: usize = 5;
/// What a record of TLS 1.2 may hold (RFC 5246 §6.2.3).
const RECORD_BYTES_MAX: usize = (1 << 14) + 2048;
const CONTENT_HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const MESSAGE_HEADER_BYTES: usize = 4;
const RANDOM_BYTES: usize = 32;
const SUPPORTED_VERSIONS: u16 = 43;

/// What is known of the server's certificate.
#[derive(Debug, PartialEq, Eq)]
pub enum Flight {
    NeedMore,
    /// The names of the certificate; none where it names no host.
    Names(Vec<String>),
    /// None is sent in clear, or none can be read.
    Nothing,
}

/// A server's first flight.
#[derive(Default)]
pub struct ServerFlight {
    segments: InOrder,
    /// A record header that is not complete.
    header: Vec<u8>,
    record_left: usize,
    /// Handshake messages without record headers, from one that is not complete on.
    messages: Vec<u8>,
}

impl ServerFlight {
    #[must_use]
    pub fn starting(start: Start) -> Self {
        Self { segments: InOrder::starting(start), ..Self::default() }
    }

    /// Takes a segment. After anything but [`Flight::NeedMore`] no more are to be given.
    pub fn take(&mut self, segment: &Segment<'_>) -> Flight {
        let (mut parts, mut missing) = (Vec::new(), 0);
        self.segments.take(segment, |gap, data| {
            missing |= gap;
            parts.extend_from_slice(data);
        });
        if missing > 0 {
            return Flight::Nothing;
        }
        self.read(&parts).unwrap_or(Flight::Nothing)
    }

    /// None where it cannot be a flight.
    fn read(&mut self, mut data: &[u8]) -> Option<Flight> {
        // Each turn uses up data.
        while !data.is_empty() {
            let wanted = match self.record_left {
                0 => RECORD_HEADER_BYTES.saturating_sub(self.header.len()),
                left => left,
            };
            let (part, rest) = data.split_at_checked(wanted).unwrap_or((data, &[]));
            data = rest;
            if self.record_left == 0 {
                self.header.extend_from_slice(part);
                if let Some(&header) = self.header.first_chunk() {
                    self.record_left = record_bytes(header)?;
                    self.header.clear();
                }
                continue;
            }
            self.record_left = self.record_left.saturating_sub(part.len());
            self.messages.extend_from_slice(part);
            match self.next_message()? {
                Flight::NeedMore if self.messages.len() < MESSAGES_BYTES_MAX => {}
                Flight::NeedMore => return None,
                found => return Some(found),
            }
        }
        Some(Flight::NeedMore)
    }

    fn next_message(&mut self) -> Option<Flight> {
        // A ServerHello at most stands before the certificate.
        loop {
            let mut rest = Bytes(&self.messages);
            let Some([kind, lengths @ ..]) = rest.array::<MESSAGE_HEADER_BYTES>() else {
                return Some(Flight::NeedMore);
            };
            match kind {
                SERVER_HELLO => {
                    let Some(body) = rest.take(number(lengths)) else { return Some(Flight::NeedMore) };
                    if is_tls_1_3(body)? {
                        return None;
                    }
                    self.messages = rest.0.to_vec();
                }
                CERTIFICATE => {
                    // The length of the list, and of the server's own certificate, which comes first.
                    let Some([_, _, _, length @ ..]) = rest.array::<6>() else { return Some(Flight::NeedMore) };
                    let first = rest.take(number(length));
                    return Some(first.map_or(Flight::NeedMore, |first| Flight::Names(certificate::names(first))));
                }
                _ => return None,
            }
        }
    }
}

/// Content length of a handshake record; none for any other.
fn record_bytes([content, major, _, high, low]: [u8; RECORD_HEADER_BYTES]) -> Option<usize> {
    let length = usize::from(u16::from_be_bytes([high, low]));
    (content == CONTENT_HANDSHAKE && major == 3 && (1..=RECORD_BYTES_MAX).contains(&length)).then_some(length)
}

fn number([high, middle, low]: [u8; 3]) -> usize {
    u32::from_be_bytes([0, high, middle, low]) as usize
}

/// Whether a ServerHello chooses TLS 1.3, where the certificate is encrypted: it has an extension for that (RFC 8446
/// §4.2.1). None for what is no ServerHello.
fn is_tls_1_3(body: &[u8]) -> Option<bool> {
    let mut rest = Bytes(body);
    let [major, _] = rest.array()?;
    rest.take(RANDOM_BYTES)?;
    let [session_id_bytes] = rest.array()?;
    rest.take(session_id_bytes.into())?;
    // The cipher, the compression; extensions may be missing.
    let [_, _, _] = rest.array()?;
    if major != 3 {
        return None;
    }
    let Some(length) = rest.array() else { return Some(false) };
    let mut extensions = Bytes(rest.take(u16::from_be_bytes(length).into())?);
    while let Some([k0, k1, l0, l1]) = extensions.array() {
        if u16::from_be_bytes([k0, k1]) == SUPPORTED_VERSIONS {
            return Some(true);
        }
        extensions.take(u16::from_be_bytes([l0, l1]).into())?;
    }
    Some(false)
}

#[cfg(test)]
mod tests;
