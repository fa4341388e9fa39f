//! Counts what a mix really became.

use std::collections::BTreeMap;

use crate::json::Object;
use crate::recipe::Content;
use crate::seeds::Session;

/// What the sensor must find in one dialect.
#[derive(Clone, Copy, Default)]
pub struct Expected {
    pub findings: u64,
    pub total: Session,
}

impl Expected {
    pub fn add(&mut self, session: &Session) {
        self.findings += 1;
        self.total.jobs += session.jobs;
        self.total.submitted += session.submitted;
        self.total.accepted += session.accepted;
        self.total.rejected += session.rejected;
    }

    pub fn json(&self) -> Object {
        Object::default()
            .count("findings", self.findings)
            .count("jobs", self.total.jobs)
            .count("submitted", self.total.submitted)
            .count("accepted", self.total.accepted)
            .count("rejected", self.total.rejected)
    }
}

/// Findings by dialect as JSON.
pub fn expected_json(expected: &BTreeMap<String, Expected>) -> Object {
    expected.iter().fold(Object::default(), |object, (dialect, expected)| object.object(dialect, &expected.json()))
}

#[derive(Default)]
pub struct Composition {
    pub packets: u64,
    pub bytes: u64,
    pub flows: u64,
    pub by_class: BTreeMap<String, u64>,
    pub by_tunnel: BTreeMap<&'static str, u64>,
    pub expected: BTreeMap<String, Expected>,
    ipv6: u64,
    random: u64,
    text: u64,
    dns: u64,
    mining: u64,
    empty_tcp: u64,
}

impl Composition {
    /// `has_payload`: behind the transport header. Mining counts with its handshakes, the others without.
    pub fn packet(&mut self, bytes: usize, content: Content, has_payload: bool, is_ipv6: bool) {
        self.packets += 1;
        self.bytes += bytes as u64;
        self.ipv6 += u64::from(is_ipv6);
        self.empty_tcp += u64::from(!has_payload);
        match content {
            Content::Random => self.random += u64::from(has_payload),
            Content::Text => self.text += u64::from(has_payload),
            Content::Dns => self.dns += 1,
            Content::Mining => self.mining += 1,
            Content::Other => {}
        }
    }

    pub fn json(&self) -> Object {
        let share = |count: u64| count as f64 / self.packets.max(1) as f64;
        let shares = |counts: &mut dyn Iterator<Item = (&str, u64)>| {
            counts.fold(Object::default(), |object, (name, count)| object.fraction(name, share(count)))
        };
        Object::default()
            .count("packets", self.packets)
            .count("bytes", self.bytes)
            .fraction("mean_bytes", share(self.bytes))
            .count("flows", self.flows)
            .fraction("random_payload", share(self.random))
            .fraction("text_payload", share(self.text))
            .fraction("dns", share(self.dns))
            .fraction("mining", share(self.mining))
            .fraction("tunnelled", share(self.by_tunnel.values().sum()))
            .fraction("ipv6", share(self.ipv6))
            .fraction("empty_tcp", share(self.empty_tcp))
            .object("classes", &shares(&mut self.by_class.iter().map(|(name, &count)| (name.as_str(), count))))
            .object("tunnels", &shares(&mut self.by_tunnel.iter().map(|(&name, &count)| (name, count))))
            .object("expected", &expected_json(&self.expected))
    }
}
