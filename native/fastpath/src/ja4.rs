//! JA4, the fingerprint of a TLS ClientHello over TCP, after its public specification (JA4.md, BSD 3-Clause). Of the
//! family of that name only this one is free.
//!
//! It tells programs apart, not intentions: a fact beside others. GREASE values (RFC 8701) count nowhere.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::bytes::Bytes;

const HANDSHAKE_HEADER_BYTES: usize = 4;
const RANDOM_BYTES: usize = 32;
const SERVER_NAME: u16 = 0x0000;
const SIGNATURE_ALGORITHMS: u16 = 0x000d;
const ALPN: u16 = 0x0010;
const SUPPORTED_VERSIONS: u16 = 0x002b;
const COUNT_MAX: usize = 99;
/// Characters kept of a hash.
const HASH_CHARS: usize = 12;
const NOTHING: &str = "000000000000";

/// What the fingerprint is made of, without GREASE.
#[derive(Default)]
struct Hello<'a> {
    version: u16,
    ciphers: Vec<u16>,
    extensions: Vec<u16>,
    signatures: Vec<u16>,
    alpn: &'a [u8],
}

/// The fingerprint of a whole ClientHello, its handshake header included; none for what is none.
#[must_use]
pub fn ja4(message: &[u8]) -> Option<String> {
    let hello = Hello::read(message)?;
    let name = if hello.extensions.contains(&SERVER_NAME) { 'd' } else { 'i' };
    let counts = [&hello.ciphers, &hello.extensions].map(|list| list.len().min(COUNT_MAX));
    let [first, last] = alpn_ends(hello.alpn);
    let [ciphers, extensions] = counts;
    Some(format!(
        "t{}{name}{ciphers:02}{extensions:02}{first}{last}_{}_{}",
        version_name(hello.version),
        hash_of(&sorted(hello.ciphers.iter().copied()), &[]),
        hash_of(
            &sorted(hello.extensions.iter().copied().filter(|kind| !matches!(*kind, SERVER_NAME | ALPN))),
            &hello.signatures
        ),
    ))
}

impl<'a> Hello<'a> {
    fn read(message: &'a [u8]) -> Option<Self> {
        let mut rest = Bytes(message.get(HANDSHAKE_HEADER_BYTES..)?);
        let legacy_version = u16::from_be_bytes(rest.array()?);
        rest.take(RANDOM_BYTES)?;
        list(&mut rest, 1)?;
        let mut hello = Self { ciphers: numbers(list(&mut rest, 2)?), ..Self::default() };
        list(&mut rest, 1)?;
        // Extensions may be missing altogether before TLS 1.3.
        let mut extensions = Bytes(if rest.0.is_empty() { &[] } else { list(&mut rest, 2)? });
        while !extensions.0.is_empty() {
            let kind = u16::from_be_bytes(extensions.array()?);
            let content = list(&mut extensions, 2)?;
            if !is_grease(kind) {
                hello.extension(kind, content)?;
            }
        }
        if hello.version == 0 {
            hello.version = legacy_version;
        }
        Some(hello)
    }

    fn extension(&mut self, kind: u16, content: &'a [u8]) -> Option<()> {
        self.extensions.push(kind);
        let mut content = Bytes(content);
        match kind {
            SUPPORTED_VERSIONS => self.version = numbers(list(&mut content, 1)?).into_iter().max().unwrap_or(0),
            SIGNATURE_ALGORITHMS => self.signatures = numbers(list(&mut content, 2)?),
            ALPN => {
                let mut names = Bytes(list(&mut content, 2)?);
                self.alpn = if names.0.is_empty() { &[] } else { list(&mut names, 1)? };
            }
            _ => {}
        }
        Some(())
    }
}

/// The content of a list behind its length of one or two bytes.
fn list<'a>(rest: &mut Bytes<'a>, length_bytes: usize) -> Option<&'a [u8]> {
    let length = rest.take(length_bytes)?.iter().fold(0, |value: usize, &byte| (value << 8) | usize::from(byte));
    rest.take(length)
}

fn numbers(content: &[u8]) -> Vec<u16> {
    let number = |pair: &[u8]| pair.try_into().ok().map(u16::from_be_bytes);
    content.chunks_exact(2).filter_map(number).filter(|&number| !is_grease(number)).collect()
}

fn is_grease(number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

fn version_name(version: u16) -> &'static str {
    match version {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    }
}

/// First and last character of the first protocol, or of its hex digits where one of the two bytes is none.
fn alpn_ends(alpn: &[u8]) -> [char; 2] {
    let (Some(&first), Some(&last)) = (alpn.first(), alpn.last()) else { return ['0', '0'] };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [first.into(), last.into()];
    }
    [first >> 4, last & 0x0f].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0'))
}

fn sorted(numbers: impl Iterator<Item = u16>) -> Vec<u16> {
    let mut sorted: Vec<u16> = numbers.collect();
    sorted.sort_unstable();
    sorted
}

/// The hash over `numbers` and, behind an underscore, `others` where there are any.
fn hash_of(numbers: &[u16], others: &[u16]) -> String {
    if numbers.is_empty() {
        return NOTHING.to_owned();
    }
    let mut text = joined(numbers);
    if !others.is_empty() {
        text.push('_');
        text.push_str(&joined(others));
    }
    let mut hash = Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    hash.truncate(HASH_CHARS);
    hash
}

fn joined(numbers: &[u16]) -> String {
    numbers.iter().map(|number| format!("{number:04x}")).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
