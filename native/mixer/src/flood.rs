//! Mining sessions, and then a flood around them. Memory does not depend on how many packets are asked for.
//!
//! Flooding packets come from addresses of 10.0.0.0/8 that were never seen before and go to 198.18.0.0/15; the sessions
//! have other addresses, see [`crate::stratum`].

use std::io::Write;
use std::net::Ipv4Addr;
use std::str::FromStr;

use crate::error::Result;
use crate::frame::{ACK, Endpoint, PSH, Payload, SYN, Segment};
use crate::json::Object;
use crate::pcap::Writer;
use crate::rng::Rng;
use crate::stratum::{self, Sessions, TURN_NS};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Syn,
    Garbage,
    First,
    /// Of each fifty: 32 SYNs, 17 packets of garbage and a first message.
    Mixed,
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(name: &str) -> std::result::Result<Self, ()> {
        match name {
            "syn" => Ok(Self::Syn),
            "garbage" => Ok(Self::Garbage),
            "first" => Ok(Self::First),
            "mixed" => Ok(Self::Mixed),
            _ => Err(()),
        }
    }
}

/// Packets before the mark "filled": by then a flood has filled every table that it can fill.
pub struct Flood {
    pub sessions: u32,
    pub packets: u64,
    pub fill: u64,
    pub kind: Kind,
    /// Flooding packets a second of packet time.
    pub rate: u64,
    /// Shares of each session while the flood lasts.
    pub rounds: u64,
    pub seed: u64,
}

struct Payloads {
    empty: Payload,
    garbage: Vec<Payload>,
    first: Vec<Payload>,
}

impl Payloads {
    fn new(rng: &mut Rng) -> Self {
        Self {
            empty: Payload::default(),
            garbage: (0..256).map(|number| garbage(number, rng)).collect(),
            first: first_messages().into_iter().map(Payload::new).collect(),
        }
    }
}

/// Random bytes; every fourth begins like a message.
fn garbage(number: usize, rng: &mut Rng) -> Payload {
    let mut bytes = vec![0; 1 + rng.below(300)];
    rng.fill(&mut bytes);
    if number % 4 == 0 {
        bytes[0] = b'{';
    }
    Payload::new(bytes)
}

fn first_messages() -> [String; 5] {
    let wallet =
        format!("4{}", "8edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK".repeat(2).get(..94).unwrap_or(""));
    [
        "{\"id\": 1, \"method\": \"mining.subscribe\", \"params\": [\"cgminer/4.12.0\"]}\n".to_owned(),
        format!(
            "{{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"login\",\"params\":{{\"login\":\"{wallet}\",\"pass\":\"x\",\
             \"agent\":\"XMRig/6.22.2\",\"algo\":[\"rx/0\"]}}}}\n"
        ),
        "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"eth_submitLogin\",\"worker\":\"rig3\",\"params\":[\
         \"0x00c0ffee00000000000000000000000000000001.rig3\",\"x\"]}\n"
            .to_owned(),
        stratum::job("77aa"),
        "{\"id\":9,\"method\":\"mining.submit\",\"params\":[\"flood.rig\",\"77aa\",\"00000003\",\"66b3c0e4\",\
         \"8f2a11c0\"]}\n"
            .to_owned(),
    ]
}

impl Flood {
    /// Writes everything; `mark` is told when the sessions stand, when the tables are filled, and at the end.
    pub fn run<W: Write>(&self, out: &mut Writer<W>, mark: &mut dyn FnMut(&str, &Object)) -> Result<()> {
        let mut rng = Rng::new(self.seed);
        let payloads = Payloads::new(&mut rng);
        let mut sessions = Sessions::new(self.sessions);
        let mut now_ns = self.open(&mut sessions, out)?;
        out.flush()?;
        mark("sessions", &Object::default().count("packets", out.packets()));
        let interval_ns = 1_000_000_000 / self.rate.max(1);
        let every = (self.packets / (self.rounds * u64::from(self.sessions)).max(1)).max(1);
        let mut frame = Vec::new();
        let mut turn = 0;
        for number in 0..self.packets {
            if number == self.fill {
                out.flush()?;
                mark("filled", &Object::default().count("packets", out.packets()));
            }
            self.packet(number, &payloads, &mut rng, &mut frame);
            out.packet(now_ns, &frame)?;
            now_ns += interval_ns;
            if number % every == every - 1 && sessions.len() > 0 {
                sessions.share(turn, now_ns, out)?;
                turn = (turn + 1) % sessions.len();
                now_ns += TURN_NS;
            }
        }
        self.shares(&mut sessions, now_ns, out)?;
        out.flush()?;
        let expected = Object::default().object(stratum::DIALECT, &sessions.expected().json());
        mark("end", &Object::default().count("packets", out.packets()).object("expected", &expected));
        Ok(())
    }

    fn open<W: Write>(&self, sessions: &mut Sessions, out: &mut Writer<W>) -> Result<u64> {
        for session in 0..sessions.len() {
            sessions.open(session, session as u64 * TURN_NS, out)?;
        }
        self.shares(sessions, sessions.len() as u64 * TURN_NS, out)
    }

    /// One share of each session from `at_ns` on; returns when the last is over.
    fn shares<W: Write>(&self, sessions: &mut Sessions, at_ns: u64, out: &mut Writer<W>) -> Result<u64> {
        for session in 0..sessions.len() {
            sessions.share(session, at_ns + session as u64 * TURN_NS, out)?;
        }
        Ok(at_ns + sessions.len() as u64 * TURN_NS)
    }

    fn packet(&self, number: u64, payloads: &Payloads, rng: &mut Rng, frame: &mut Vec<u8>) {
        let kind = match (self.kind, number % 50) {
            (Kind::Mixed, 0..32) => Kind::Syn,
            (Kind::Mixed, 32..49) => Kind::Garbage,
            (Kind::Mixed, _) => Kind::First,
            (kind, _) => kind,
        };
        let payload = match kind {
            Kind::Syn => &payloads.empty,
            Kind::Garbage => &payloads.garbage[rng.below(payloads.garbage.len())],
            Kind::First | Kind::Mixed => &payloads.first[rng.below(payloads.first.len())],
        };
        let is_syn = kind == Kind::Syn;
        let flags = if is_syn { SYN } else { PSH | ACK };
        let numbers = rng.bits();
        let (seq, ack) = (numbers as u32, if is_syn { 0 } else { (numbers >> 32) as u32 });
        let (from, to) = strangers(rng.bits());
        Segment { from, to, seq, ack, flags }.write(payload, frame);
    }
}

fn strangers(bits: u64) -> (Endpoint, Endpoint) {
    let [a, b, c, d, e, f, g, h] = bits.to_be_bytes();
    let from = Endpoint { ip: Ipv4Addr::new(10, a, b, c), port: 1024 | u16::from_be_bytes([d, e]) };
    let to = Endpoint { ip: Ipv4Addr::new(198, 18 | (f & 1), g, h), port: 3333 + u16::from(f >> 1) };
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pcap;

    fn run(packets: u64, kind: Kind) -> (Vec<u8>, Vec<String>) {
        let flood = Flood { sessions: 5, packets, fill: 10, kind, rate: 100_000, rounds: 2, seed: 1 };
        let mut file = Vec::new();
        let mut marks = Vec::new();
        let mut out = Writer::new(&mut file).expect("memory");
        flood.run(&mut out, &mut |at, facts| marks.push(format!("{at} {}", facts.line()))).expect("memory");
        (file, marks)
    }

    #[test]
    fn every_session_has_its_shares_before_during_and_after() {
        let (file, marks) = run(1000, Kind::Mixed);
        assert_eq!(marks.len(), 3);
        assert!(marks[2].contains("\"findings\": 5, \"jobs\": 5, \"submitted\": 20, \"accepted\": 20"), "{}", marks[2]);
        let records = pcap::read(&file).expect("our own file");
        assert_eq!(records.iter().filter(|record| record.frame[26] == 10).count(), 1000);
        assert!(records.is_sorted_by_key(|record| record.ts_ns));
    }

    #[test]
    fn a_mixed_flood_has_all_three_kinds_in_their_shares() {
        let (file, _) = run(1000, Kind::Mixed);
        let records = pcap::read(&file).expect("our own file");
        let strangers: Vec<_> = records.iter().filter(|record| record.frame[26] == 10).collect();
        let with =
            |wanted: &dyn Fn(&[u8]) -> bool| strangers.iter().filter(|record| wanted(&record.frame[54..])).count();
        assert_eq!(with(&|payload| payload.is_empty()), 640);
        assert_eq!(with(&|payload| payload.ends_with(b"}\n")), 20);
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        assert_eq!(run(300, Kind::First).0, run(300, Kind::First).0);
    }
}
