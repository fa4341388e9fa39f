//! The names of a TLS server's certificate (RFC 5280): those of its subjectAltName and its common name.
//!
//! A walk through DER (X.690) that reads what stands before and around the names only as far as its length. Nothing is
//! verified: whoever signs for himself names himself as he likes.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use std::str;

use crate::bytes::Bytes;
use crate::host::is_host_name;

/// Names read of one certificate; those of large hosters hold a hundred, and more are not a pool's.
pub const NAMES_MAX: usize = 128;
/// Entries looked at of a list: attributes, extensions, names.
const ENTRIES_MAX: usize = 256;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT: u8 = 0x06;
const BOOLEAN: u8 = 0x01;
const OCTETS: u8 = 0x04;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
/// dNSName, the third choice of a GeneralName.
const DNS_NAME: u8 = 0x82;
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// UTF8String, PrintableString, TeletexString, IA5String: ASCII is the same in all.
const TEXTS: [u8; 4] = [0x0c, 0x13, 0x14, 0x16];

/// Host names in lower case, a wildcard with its asterisk; the common name last, if it is another one.
#[must_use]
pub fn names(certificate: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    // What was read before something malformed counts.
    let _ = read(certificate, &mut names);
    names
}

fn read(certificate: &[u8], names: &mut Vec<String>) -> Option<()> {
    let mut outer = Bytes(content(&mut Bytes(certificate), SEQUENCE)?);
    let mut rest = Bytes(content(&mut outer, SEQUENCE)?);
    if rest.0.first() == Some(&VERSION) {
        value(&mut rest)?;
    }
    // Serial number, signature algorithm, issuer, validity.
    for _ in 0..4 {
        value(&mut rest)?;
    }
    let subject = content(&mut rest, SEQUENCE)?;
    // The key; then identifiers that may be missing.
    value(&mut rest)?;
    if let Some(extensions) = entries(rest.0).find_map(|(tag, content)| (tag == EXTENSIONS).then_some(content)) {
        alternative_names(extensions, names);
    }
    common_names(subject, names);
    Some(())
}

fn alternative_names(extensions: &[u8], names: &mut Vec<String>) {
    let Some(extensions) = content(&mut Bytes(extensions), SEQUENCE) else { return };
    for (_, extension) in entries(extensions) {
        let mut rest = Bytes(extension);
        if content(&mut rest, OBJECT) != Some(ALTERNATIVE_NAME) {
            continue;
        }
        if rest.0.first() == Some(&BOOLEAN) && value(&mut rest).is_none() {
            return;
        }
        let Some(octets) = content(&mut rest, OCTETS) else { return };
        let Some(general_names) = content(&mut Bytes(octets), SEQUENCE) else { return };
        for (_, name) in entries(general_names).filter(|(tag, _)| *tag == DNS_NAME) {
            add(name, names);
        }
        return;
    }
}

fn common_names(subject: &[u8], names: &mut Vec<String>) {
    for (_, attributes) in entries(subject).filter(|(tag, _)| *tag == SET) {
        for (_, attribute) in entries(attributes) {
            let mut rest = Bytes(attribute);
            if content(&mut rest, OBJECT) == Some(COMMON_NAME) {
                if let Some((_, name)) = value(&mut rest).filter(|(tag, _)| TEXTS.contains(tag)) {
                    add(name, names);
                }
            }
        }
    }
}

fn add(name: &[u8], names: &mut Vec<String>) {
    let bare = name.strip_prefix(b"*.").unwrap_or(name);
    if names.len() >= NAMES_MAX || !is_host_name(bare) {
        return;
    }
    let Ok(name) = str::from_utf8(name) else { return };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if !names.contains(&name) {
        names.push(name);
    }
}

/// The values of a list, as far as they are whole.
fn entries(list: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = Bytes(list);
    std::iter::from_fn(move || value(&mut rest)).take(ENTRIES_MAX)
}

/// The content of the next value, if it has this tag.
fn content<'a>(rest: &mut Bytes<'a>, wanted: u8) -> Option<&'a [u8]> {
    value(rest).and_then(|(tag, content)| (tag == wanted).then_some(content))
}

/// The next value: its tag and content. Tags of several bytes do not occur here.
fn value<'a>(rest: &mut Bytes<'a>) -> Option<(u8, &'a [u8])> {
    let [tag, length] = rest.array()?;
    let length = match length {
        0..=0x7f => usize::from(length),
        0x81 => usize::from(u8::from_be_bytes(rest.array()?)),
        0x82 => usize::from(u16::from_be_bytes(rest.array()?)),
        // A certificate is no longer than the message it came in, which three bytes would exceed.
        _ => return None,
    };
    Some((tag, rest.take(length)?))
}

#[cfg(test)]
pub(crate) mod tests;
