//! The server name of a TLS ClientHello (RFC 8446 §4.1.2 and §5.1, RFC 6066 §3), over segments and records.
//!
//! Most hellos are answered from their first segment without a copy, even when they are cut behind the name. The
//! others (post-quantum key shares are larger than a segment) are gathered in a fixed pool of buffers. Knows no list,
//! no flow and no sequence number: the caller brings the bytes in order.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use crate::host::is_host_name;

/// The largest handshake message read, its header included: what one record can carry.
pub const HELLO_BYTES_MAX: usize = 16 * 1024;
const RECORD_HEADER_BYTES: usize = 5;
const RECORD_BYTES_MAX: u16 = 1 << 14;
const HANDSHAKE_HEADER_BYTES: usize = 4;
const CONTENT_HANDSHAKE: u8 = 22;
const MESSAGE_CLIENT_HELLO: u8 = 1;
const EXTENSION_SERVER_NAME: u16 = 0;
const NAME_HOST: u8 = 0;

/// What is known of the server name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sni<'a> {
    /// The name as written: any case, a plausible host name.
    Name(&'a [u8]),
    /// A ClientHello without a (plausible) name.
    None,
    /// A ClientHello as far as it goes.
    NeedMore,
    /// Anything else.
    NotHello,
}

/// Looks for the server name in the first segment of a side.
#[inline]
#[must_use]
pub fn sni(payload: &[u8]) -> Sni<'_> {
    if payload.first() == Some(&CONTENT_HANDSHAKE) { sni_of_record(payload) } else { Sni::NotHello }
}

fn sni_of_record(payload: &[u8]) -> Sni<'_> {
    let Some((header, behind)) = payload.split_first_chunk::<RECORD_HEADER_BYTES>() else {
        return if matches!(payload, [_] | [_, 3, ..]) { Sni::NeedMore } else { Sni::NotHello };
    };
    let Some(length) = record_bytes(*header) else { return Sni::NotHello };
    let message = behind.get(..usize::from(length)).unwrap_or(behind);
    match message_bytes(message) {
        Ok(total) => sni_of_message(message, total),
        Err(Stop::Short) => Sni::NeedMore,
        Err(Stop::Malformed) => Sni::NotHello,
    }
}

/// The ClientHello at the start of `payload`, if it is whole there and in one record.
#[must_use]
pub fn whole(payload: &[u8]) -> Option<&[u8]> {
    let (header, behind) = payload.split_first_chunk::<RECORD_HEADER_BYTES>()?;
    let message = behind.get(..usize::from(record_bytes(*header)?))?;
    message.get(..message_bytes(message).ok()?)
}

/// Content length of a handshake record, none for any other record.
fn record_bytes(header: [u8; RECORD_HEADER_BYTES]) -> Option<u16> {
    let [content, major, minor, high, low] = header;
    let length = u16::from_be_bytes([high, low]);
    // A handshake record is never empty (RFC 8446 §5.1).
    let is_good = content == CONTENT_HANDSHAKE && major == 3 && minor <= 4 && (1..=RECORD_BYTES_MAX).contains(&length);
    is_good.then_some(length)
}

/// Length of the ClientHello that begins `message`, its header included.
fn message_bytes(message: &[u8]) -> Result<usize, Stop> {
    if message.first().is_some_and(|&kind| kind != MESSAGE_CLIENT_HELLO) {
        return Err(Stop::Malformed);
    }
    let &[_, high, middle, low] = message.first_chunk::<HANDSHAKE_HEADER_BYTES>().ok_or(Stop::Short)?;
    let total = (u32::from_be_bytes([0, high, middle, low]) as usize).saturating_add(HANDSHAKE_HEADER_BYTES);
    if total > HELLO_BYTES_MAX { Err(Stop::Malformed) } else { Ok(total) }
}

/// The name in a message of `total` bytes, of which `message` is the beginning or all.
fn sni_of_message(message: &[u8], total: usize) -> Sni<'_> {
    let message = message.get(..total).unwrap_or(message);
    let mut hello = Cursor { rest: message, left: total };
    match hello.skip(HANDSHAKE_HEADER_BYTES).and_then(|()| server_name(&mut hello)) {
        Ok(Some(name)) => Sni::Name(name),
        Ok(None) => Sni::None,
        Err(Stop::Short) => Sni::NeedMore,
        Err(Stop::Malformed) => Sni::NotHello,
    }
}

/// Why reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// The bytes at hand are used up; more belong to the message.
    Short,
    /// The message says that there are no more, or what it says cannot be.
    Malformed,
}

/// A place in a message of which only the beginning may be at hand.
struct Cursor<'a> {
    rest: &'a [u8],
    /// Bytes left by the lengths the message states; never fewer than `rest` has.
    left: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Stop> {
        let left = self.left.checked_sub(count).ok_or(Stop::Malformed)?;
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Stop::Short)?;
        (self.rest, self.left) = (rest, left);
        Ok(taken)
    }

    /// Passes over bytes, at hand or not.
    fn skip(&mut self, count: usize) -> Result<(), Stop> {
        self.part(count).map(|_| ())
    }

    /// The next `count` bytes as a place of their own, at hand or not.
    fn part(&mut self, count: usize) -> Result<Self, Stop> {
        self.left = self.left.checked_sub(count).ok_or(Stop::Malformed)?;
        let (part, rest) = self.rest.split_at_checked(count).unwrap_or((self.rest, &[]));
        self.rest = rest;
        Ok(Self { rest: part, left: count })
    }

    fn number(&mut self, bytes: usize) -> Result<u16, Stop> {
        self.take(bytes).map(|taken| taken.iter().fold(0, |value: u16, &byte| (value << 8) | u16::from(byte)))
    }

    /// A list behind a length of one or two bytes.
    fn list(&mut self, length_bytes: usize) -> Result<Self, Stop> {
        let count = self.number(length_bytes)?;
        self.part(usize::from(count))
    }
}

/// Walks a ClientHello to its server name. Each turn of the loops uses up bytes, and there are 16 KiB at most.
fn server_name<'a>(hello: &mut Cursor<'a>) -> Result<Option<&'a [u8]>, Stop> {
    const RANDOM_BYTES: usize = 32;
    const SESSION_ID_BYTES_MAX: usize = 32;
    let version = hello.number(2)?;
    hello.skip(RANDOM_BYTES)?;
    let session_id_bytes = hello.list(1)?.left;
    let suites_bytes = hello.list(2)?.left;
    let compressions = hello.list(1)?.left;
    if version >> 8 != 3 || session_id_bytes > SESSION_ID_BYTES_MAX || suites_bytes % 2 != 0 || suites_bytes == 0 {
        return Err(Stop::Malformed);
    }
    if compressions == 0 {
        return Err(Stop::Malformed);
    }
    if hello.left == 0 {
        // Extensions may be missing altogether before TLS 1.3.
        return Ok(None);
    }
    let mut extensions = hello.list(2)?;
    if hello.left != 0 {
        return Err(Stop::Malformed);
    }
    while extensions.left > 0 {
        let kind = extensions.number(2)?;
        let mut extension = extensions.list(2)?;
        if kind == EXTENSION_SERVER_NAME {
            return host_name(&mut extension);
        }
    }
    Ok(None)
}

fn host_name<'a>(extension: &mut Cursor<'a>) -> Result<Option<&'a [u8]>, Stop> {
    let mut names = extension.list(2)?;
    while names.left > 0 {
        let kind = names.number(1)?;
        let length = names.number(2)?;
        let name = names.take(usize::from(length))?;
        if kind == u16::from(NAME_HOST) {
            return Ok(Some(name).filter(|name| is_host_name(name)));
        }
    }
    Ok(None)
}

mod pool;
pub use pool::HelloPool;

#[cfg(test)]
mod tests;
