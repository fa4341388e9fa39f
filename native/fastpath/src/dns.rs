//! DNS answers (RFC 1035 §4, RFC 3596 for AAAA): for which names, and which addresses.
//!
//! Only what follows from the question counts: the addresses of its name and of the aliases (CNAME) it leads to inside
//! the same message. Everything is bounded: pointers lead backwards only and are followed 16 times at most, names are
//! 253 bytes, records, aliases and addresses have their numbers. Knows no list.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use crate::host::{HOST_BYTES_MAX, LABEL_BYTES_MAX, is_label_byte};
use crate::layers::Ip;

const HEADER_BYTES: u16 = 12;
const JUMPS_MAX: usize = 16;
/// A message of 512 bytes holds 31 addresses; an EDNS one more, of which these are enough.
const ADDRESSES_MAX: usize = 32;
const ALIASES_MAX: usize = 8;
const RECORDS_MAX: usize = 64;
/// Servers that turn their answers round put the alias last; more disorder than that is not honest.
const ROUNDS_MAX: usize = 3;
/// QR and opcode and rcode; a response to a standard query that found something.
const FLAGS_MASK: u16 = 0xf80f;
const FLAGS_ANSWER: u16 = 0x8000;
const TYPE_A: u16 = 1;
const TYPE_CNAME: u16 = 5;
const TYPE_AAAA: u16 = 28;
const CLASS_IN: u16 = 1;

/// A host name in lower case, without a trailing dot.
struct Name {
    bytes: [u8; HOST_BYTES_MAX],
    len: usize,
}

impl Name {
    const EMPTY: Self = Self { bytes: [0; HOST_BYTES_MAX], len: 0 };

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// None if it becomes too long, or if a byte is not one of a host name: such a name is not compared with any.
    fn push_label(&mut self, label: &[u8]) -> Option<()> {
        if self.len > 0 {
            *self.bytes.get_mut(self.len)? = b'.';
            self.len = self.len.saturating_add(1);
        }
        let end = self.len.saturating_add(label.len());
        let place = self.bytes.get_mut(self.len..end)?;
        place.copy_from_slice(label);
        place.make_ascii_lowercase();
        self.len = end;
        label.iter().copied().all(is_label_byte).then_some(())
    }
}

/// Stands between names; no name has it.
const NAME_END: u8 = 0;

/// What an answer says.
#[derive(Default)]
pub struct Answer {
    /// The name asked for, then its aliases, [`NAME_END`] between them.
    text: Vec<u8>,
    names_count: usize,
    addresses: Vec<Ip>,
    ttl_s: Option<u32>,
}

impl Answer {
    /// The name asked for, and the aliases it leads to: lower case, without a trailing dot.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.text.split(|&byte| byte == NAME_END)
    }

    /// The addresses given, at most 32.
    #[must_use]
    pub fn addresses(&self) -> &[Ip] {
        &self.addresses
    }

    /// The shortest time to live of the records used; 0 if there are none.
    #[must_use]
    pub fn ttl_s(&self) -> u32 {
        self.ttl_s.unwrap_or(0)
    }

    fn has_name(&self, name: &Name) -> bool {
        self.names().any(|known| known == name.as_bytes())
    }

    fn add_name(&mut self, name: &Name) {
        if self.names_count > ALIASES_MAX || self.has_name(name) {
            return;
        }
        if self.names_count > 0 {
            self.text.push(NAME_END);
        }
        self.text.extend_from_slice(name.as_bytes());
        self.names_count = self.names_count.saturating_add(1);
    }

    fn add_address(&mut self, address: Ip) {
        if self.addresses.len() < ADDRESSES_MAX && !self.addresses.contains(&address) {
            self.addresses.push(address);
        }
    }
}

/// Reads an answer: a response without error to one question for a host name. A message that is cut gives what could
/// be read; none if that is not even the question.
#[must_use]
pub fn parse_answer(payload: &[u8]) -> Option<Answer> {
    let message = Message(payload);
    if message.be16(2)? & FLAGS_MASK != FLAGS_ANSWER || message.be16(4)? != 1 {
        return None;
    }
    let records = usize::from(message.be16(6)?).min(RECORDS_MAX);
    let (question, records_at) = message.question()?;
    let mut answer = Answer::default();
    answer.add_name(&question);
    // An alias may stand behind the records of its target; another round is needed only then.
    for _ in 0..ROUNDS_MAX {
        let names_before = answer.names_count;
        let passed_over = message.read_records(records_at, records, &mut answer);
        if !passed_over || answer.names_count == names_before {
            break;
        }
    }
    Some(answer)
}

/// A record of the answer section.
struct Record<'a> {
    owner_at: usize,
    kind: u16,
    class: u16,
    ttl_s: u32,
    data_at: usize,
    data: &'a [u8],
}

#[derive(Clone, Copy)]
struct Message<'a>(&'a [u8]);

impl<'a> Message<'a> {
    fn bytes<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..)?.first_chunk().copied()
    }

    fn be16(self, at: usize) -> Option<u16> {
        self.bytes(at).map(u16::from_be_bytes)
    }

    /// The name of the question, and where the records begin.
    fn question(self) -> Option<(Name, usize)> {
        let end = self.skip_name(HEADER_BYTES.into())?;
        let name = self.name(HEADER_BYTES.into())?;
        let records_at = end.checked_add(4)?;
        (records_at <= self.0.len()).then_some((name, records_at))
    }

    /// Takes what follows from the names known so far; true if a record was passed over because its owner was not
    /// one of them.
    fn read_records(self, mut at: usize, records: usize, answer: &mut Answer) -> bool {
        let mut passed_over = false;
        for _ in 0..records {
            let Some((record, next)) = self.record(at) else { break };
            at = next;
            if record.class == CLASS_IN && matches!(record.kind, TYPE_A | TYPE_AAAA | TYPE_CNAME) {
                passed_over |= !self.use_record(&record, answer);
            }
        }
        passed_over
    }

    /// False if the record's owner is not one of the names known so far.
    fn use_record(self, record: &Record<'_>, answer: &mut Answer) -> bool {
        // Most records name their owner by a pointer to the question.
        const QUESTION_POINTER: u16 = 0xc000 | HEADER_BYTES;
        let is_known = self.be16(record.owner_at) == Some(QUESTION_POINTER)
            || self.name(record.owner_at).is_some_and(|owner| answer.has_name(&owner));
        if !is_known {
            return false;
        }
        match record.kind {
            TYPE_CNAME => {
                if let Some(target) = self.name(record.data_at) {
                    answer.add_name(&target);
                }
            }
            TYPE_A => {
                if let Ok(address) = record.data.try_into() {
                    answer.add_address(Ip::v4(address));
                }
            }
            _ => {
                if let Ok(address) = record.data.try_into() {
                    answer.add_address(Ip(address));
                }
            }
        }
        answer.ttl_s = Some(answer.ttl_s.map_or(record.ttl_s, |ttl_s| ttl_s.min(record.ttl_s)));
        true
    }

    /// The record at `at`, and where the next one begins.
    fn record(self, at: usize) -> Option<(Record<'a>, usize)> {
        let fixed_at = self.skip_name(at)?;
        let [k0, k1, c0, c1, t0, t1, t2, t3, l0, l1] = self.bytes(fixed_at)?;
        let ttl_s = u32::from_be_bytes([t0, t1, t2, t3]);
        let data_at = fixed_at.checked_add(10)?;
        let next = data_at.checked_add(usize::from(u16::from_be_bytes([l0, l1])))?;
        let record = Record {
            owner_at: at,
            kind: u16::from_be_bytes([k0, k1]),
            class: u16::from_be_bytes([c0, c1]),
            // The uppermost bit is never set by honest servers and is to be read as 0 (RFC 2181 §8).
            ttl_s: if ttl_s >> 31 == 0 { ttl_s } else { 0 },
            data_at,
            data: self.0.get(data_at..next)?,
        };
        Some((record, next))
    }

    /// Where the name at `at` ends. Ends because each label leads forwards.
    fn skip_name(self, mut at: usize) -> Option<usize> {
        loop {
            let length = *self.0.get(at)?;
            match length {
                0 => return at.checked_add(1),
                0xc0.. => return at.checked_add(2),
                // 64 and above are reserved (RFC 1035 §4.1.4).
                _ if usize::from(length) > LABEL_BYTES_MAX => return None,
                _ => at = at.checked_add(usize::from(length))?.checked_add(1)?,
            }
        }
    }

    /// The host name at `at`; none if it is malformed, too long, the root, or has bytes that no host name has.
    fn name(self, mut at: usize) -> Option<Name> {
        let mut name = Name::EMPTY;
        let mut jumps = 0_usize;
        // Each label lengthens the name, which is bounded, or is a jump, and those are counted.
        loop {
            let length = *self.0.get(at)?;
            match length {
                0 => return Some(name).filter(|name| name.len > 0),
                0xc0.. => {
                    let target = usize::from(self.be16(at)? & 0x3fff);
                    jumps = jumps.saturating_add(1);
                    if target >= at || jumps > JUMPS_MAX {
                        return None;
                    }
                    at = target;
                }
                _ if usize::from(length) > LABEL_BYTES_MAX => return None,
                _ => {
                    let start = at.checked_add(1)?;
                    let end = start.checked_add(usize::from(length))?;
                    name.push_label(self.0.get(start..end)?)?;
                    at = end;
                }
            }
        }
    }
}

mod tcp;
pub use tcp::DnsStream;

#[cfg(test)]
mod tests;
