//! Listed addresses: hosts by hash, prefixes by a sorted list for each length; each with a port or any.
//!
//! Asked once for each new flow, so that the answer "not listed" must cost next to nothing.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ahash::RandomState;
use hashbrown::HashTable;

use crate::plan::{Place, PlanError, bounded};

const ADDRESSES_MAX: usize = 100_000;
const BITS: u8 = 128;
/// IPv4 addresses are written as IPv6 ones: ::ffff:0:0/96 (RFC 4291 §2.5.5.2).
const V4_BITS: u8 = 32;
/// Shorter prefixes are a slip of the pen: no pool owns so much.
const V4_PREFIX_MIN: u8 = 8;
const V6_PREFIX_MIN: u8 = 16;

#[derive(Clone, Copy)]
struct Service {
    /// 0: any.
    port: u16,
    entry: u32,
}

struct Host {
    ip: [u8; 16],
    services: Vec<Service>,
}

/// All prefixes of one length.
struct Length {
    mask: u128,
    /// Sorted by network.
    networks: Vec<(u128, Vec<Service>)>,
}

/// The listed addresses.
pub struct Addresses {
    index: HashTable<u32>,
    hosts: Vec<Host>,
    /// The longest prefix first.
    lengths: Vec<Length>,
    hasher: RandomState,
}

impl Addresses {
    /// Compiles addresses: (address, prefix length, port or 0 for any, entry). Where two rows fit equally well, the
    /// first is taken; a row with a port fits better than one without.
    ///
    /// # Errors
    /// What is no address, a prefix that is too short or has bits behind it, too many rows.
    pub fn new(rows: &[(String, u8, u16, u32)]) -> Result<Self, PlanError> {
        bounded("addresses", rows.len(), ADDRESSES_MAX)?;
        let mut by_prefix = BTreeMap::<(u8, u128), Vec<Service>>::new();
        for (row, spec) in rows.iter().enumerate() {
            let (prefix, service) = checked_row(row, spec)?;
            by_prefix.entry(prefix).or_default().push(service);
        }
        let mut addresses =
            Self { index: HashTable::new(), hosts: Vec::new(), lengths: Vec::new(), hasher: RandomState::new() };
        for ((length, network), mut services) in by_prefix.into_iter().rev() {
            services.sort_by_key(|service| service.port == 0);
            if length == BITS {
                addresses.add_host(Host { ip: network.to_be_bytes(), services });
            } else {
                addresses.add_network(mask(length), network, services);
            }
        }
        for length in &mut addresses.lengths {
            length.networks.sort_by_key(|&(network, _)| network);
        }
        Ok(addresses)
    }

    fn add_host(&mut self, host: Host) {
        let Self { index, hosts, hasher, .. } = self;
        let Ok(number) = u32::try_from(hosts.len()) else { return };
        let hash = hasher.hash_one(host.ip);
        hosts.push(host);
        index
            .insert_unique(hash, number, |&other| hosts.get(other as usize).map_or(0, |host| hasher.hash_one(host.ip)));
    }

    fn add_network(&mut self, mask: u128, network: u128, services: Vec<Service>) {
        match self.lengths.last_mut().filter(|length| length.mask == mask) {
            Some(length) => length.networks.push((network, services)),
            None => self.lengths.push(Length { mask, networks: vec![(network, services)] }),
        }
    }

    /// The entry of an address (IPv4 as ::ffff:a.b.c.d) and port. The host itself fits before a prefix, a longer
    /// prefix before a shorter one.
    #[inline]
    #[must_use]
    pub fn lookup(&self, ip: &[u8; 16], port: u16) -> Option<u32> {
        let host = |&number: &u32| self.hosts.get(number as usize);
        if !self.hosts.is_empty() {
            let found =
                self.index.find(self.hasher.hash_one(ip), |number| host(number).is_some_and(|host| host.ip == *ip));
            if let Some(entry) = found.and_then(host).and_then(|host| entry_for(&host.services, port)) {
                return Some(entry);
            }
        }
        if self.lengths.is_empty() {
            return None;
        }
        let ip = u128::from_be_bytes(*ip);
        self.lengths.iter().find_map(|length| {
            let place = length.networks.binary_search_by_key(&(ip & length.mask), |&(network, _)| network).ok()?;
            let (_, services) = length.networks.get(place)?;
            entry_for(services, port)
        })
    }
}

fn entry_for(services: &[Service], port: u16) -> Option<u32> {
    services.iter().find(|service| service.port == 0 || service.port == port).map(|service| service.entry)
}

fn mask(length: u8) -> u128 {
    u128::MAX.checked_shl(BITS.saturating_sub(length).into()).unwrap_or(0)
}

/// ((prefix length of 128, network), service) of a row.
fn checked_row(row: usize, spec: &(String, u8, u16, u32)) -> Result<((u8, u128), Service), PlanError> {
    let (address, prefix, port, entry) = (&spec.0, spec.1, spec.2, spec.3);
    let place = Place { table: "addresses", row };
    let bad = |reason| PlanError::BadAddress { row, address: address.clone(), reason };
    let (ip, min, max) = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => (mapped(v4), V4_PREFIX_MIN, V4_BITS),
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_some() => return Err(bad("is to be written as an IPv4 address")),
        Ok(IpAddr::V6(v6)) => (v6, V6_PREFIX_MIN, BITS),
        Err(_) => return Err(bad("is not an address")),
    };
    let prefix = place.within("prefix length", prefix, (min.into(), max.into()))?;
    let length = BITS.saturating_sub(max.saturating_sub(prefix));
    let network = ip.to_bits();
    if network & !mask(length) != 0 {
        return Err(bad("has bits behind its prefix length"));
    }
    Ok(((length, network), Service { port, entry }))
}

fn mapped(v4: Ipv4Addr) -> Ipv6Addr {
    v4.to_ipv6_mapped()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn addresses(rows: &[(&str, u8, u16, u32)]) -> Result<Addresses, PlanError> {
        let rows: Vec<_> = rows.iter().map(|&(ip, prefix, port, entry)| (ip.to_owned(), prefix, port, entry)).collect();
        Addresses::new(&rows)
    }

    fn ip(text: &str) -> [u8; 16] {
        match text.parse().unwrap() {
            IpAddr::V4(v4) => mapped(v4).octets(),
            IpAddr::V6(v6) => v6.octets(),
        }
    }

    fn listed() -> Addresses {
        addresses(&[
            ("192.0.2.1", 32, 0, 1),
            ("192.0.2.1", 32, 3333, 2),
            ("192.0.2.2", 32, 3333, 3),
            ("192.0.2.0", 24, 443, 4),
            ("192.0.2.0", 28, 0, 5),
            ("2001:db8::1", 128, 3333, 6),
            ("2001:db8::", 32, 0, 7),
            ("198.51.100.0", 24, 0, 8),
            ("203.0.113.0", 24, 0, 9),
        ])
        .unwrap()
    }

    #[test]
    fn the_best_row_for_an_address_and_port_is_taken() {
        let addresses = listed();
        let table = [
            ("192.0.2.1", 3333, Some(2)),
            ("192.0.2.1", 80, Some(1)),
            ("192.0.2.2", 3333, Some(3)),
            ("192.0.2.2", 443, Some(5)),
            ("192.0.2.99", 443, Some(4)),
            ("192.0.2.99", 80, None),
            ("192.0.3.1", 443, None),
            ("198.51.100.255", 1, Some(8)),
            ("203.0.113.7", 1, Some(9)),
            ("2001:db8::1", 3333, Some(6)),
            ("2001:db8::1", 80, Some(7)),
            ("2001:db8:ffff::1", 80, Some(7)),
            ("2001:db9::1", 80, None),
            ("::192.0.2.1", 3333, None),
        ];
        for (address, port, expected) in table {
            assert_eq!(addresses.lookup(&ip(address), port), expected, "{address} {port}");
        }
    }

    #[test]
    fn rows_that_make_no_sense_are_refused() {
        let table = [
            (("pool.example", 32, 0, 0), "addresses[1]: \"pool.example\" is not an address"),
            (("192.0.2.1", 24, 0, 0), "addresses[1]: \"192.0.2.1\" has bits behind its prefix length"),
            (("0.0.0.0", 0, 0, 0), "addresses[1]: prefix length 0 is not in 8..32"),
            (("192.0.2.1", 128, 0, 0), "addresses[1]: prefix length 128 is not in 8..32"),
            (("2001:db8::", 8, 0, 0), "addresses[1]: prefix length 8 is not in 16..128"),
            (("::ffff:192.0.2.1", 128, 0, 0), "addresses[1]: \"::ffff:192.0.2.1\" is to be written as an IPv4 address"),
        ];
        for (row, message) in table {
            let error = addresses(&[("192.0.2.1", 32, 0, 0), row]).err().expect("refused");
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn every_one_of_many_hosts_is_found() {
        let text = |number: u32| format!("198.{}.{}.{}", 18 + number / 65_536, number / 256 % 256, number % 256);
        let rows: Vec<_> = (0..10_000).map(|number| (text(number), 32, 0, number)).collect();
        let addresses = Addresses::new(&rows).unwrap();
        for number in 0..10_000 {
            assert_eq!(addresses.lookup(&ip(&text(number)), 1), Some(number));
        }
    }

    proptest! {
        #[test]
        fn lookup_agrees_with_a_plain_comparison(
            networks in proptest::collection::vec((any::<u8>(), 24u8..=32), 1..40),
            host in any::<u8>(),
        ) {
            let network = |last: u8, length: u8| u32::from(last) & u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            let rows: Vec<_> = networks
                .iter()
                .enumerate()
                .map(|(row, &(last, length))| (format!("192.0.2.{}", network(last, length)), length, 0, row as u32))
                .collect();
            let plain = networks
                .iter()
                .enumerate()
                .filter(|(_, (last, length))| network(host, *length) == network(*last, *length))
                .max_by_key(|(row, (_, length))| (*length, std::cmp::Reverse(*row)))
                .map(|(row, _)| row as u32);
            let addresses = Addresses::new(&rows).unwrap();
            prop_assert_eq!(addresses.lookup(&ip(&format!("192.0.2.{host}")), 3333), plain);
        }
    }
}
