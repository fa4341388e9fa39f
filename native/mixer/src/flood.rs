//! Mining sessions, and then a flood around them. Memory does not depend on how many packets are asked for.
//!
//! Flooding packets come from addresses of 10.0.0.0/8 that were never seen before and go to 198.18.0.0/15; the sessions
//! have other addresses, see [`crate::stratum`]. A stranger with more than one message is one side of a session: a pool
//! that sends job after job, or a miner that logs in and sends shares, at moments of their own.

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
    /// Messages of strangers: the first of each, and as many more as are asked for.
    Talk,
    /// Of each fifty: 32 SYNs, 17 packets of garbage and a stranger's message.
    Mixed,
}

/// Packets of a mixed flood of which one is a message.
const MIXED: u64 = 50;
/// Packet time between two messages of one stranger, at least.
const MOMENT_NS: u64 = 60_000_000;

impl FromStr for Kind {
    type Err = ();

    fn from_str(name: &str) -> std::result::Result<Self, ()> {
        match name {
            "syn" => Ok(Self::Syn),
            "garbage" => Ok(Self::Garbage),
            "talk" => Ok(Self::Talk),
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
    /// Messages of each stranger.
    pub messages: u64,
    /// Flooding packets a second of packet time.
    pub rate: u64,
    /// Shares of each session while the flood lasts.
    pub rounds: u64,
    pub seed: u64,
}

struct Payloads {
    empty: Payload,
    garbage: Vec<Payload>,
    /// What a stranger says, one message after the other.
    talks: Vec<Vec<Payload>>,
}

/// One who says more than one message.
struct Stranger {
    from: Endpoint,
    to: Endpoint,
    seq: u32,
    ack: u32,
    talk: usize,
    said: usize,
}

impl Stranger {
    fn new(rng: &mut Rng, talks: usize) -> Self {
        let numbers = rng.bits();
        let (from, to) = strangers(rng.bits());
        Self { from, to, seq: numbers as u32, ack: (numbers >> 32) as u32, talk: rng.below(talks), said: 0 }
    }
}

impl Payloads {
    fn new(rng: &mut Rng, messages: u64) -> Self {
        let talks = if messages > 1 { talks(messages) } else { first_messages().map(|first| vec![first]).into() };
        Self {
            empty: Payload::default(),
            garbage: (0..256).map(|number| garbage(number, rng)).collect(),
            talks: talks.into_iter().map(|talk| talk.into_iter().map(Payload::new).collect()).collect(),
        }
    }
}

/// One side of a session, as a pool and as a miner.
fn talks(messages: u64) -> Vec<Vec<String>> {
    let jobs = (0..messages).map(|number| stratum::job(&format!("{number:x}"))).collect();
    let login = "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"flood.rig\",\"x\"]}\n".to_owned();
    let shares = (1..messages).map(|number| {
        format!(
            "{{\"id\":{},\"method\":\"mining.submit\",\"params\":[\"flood.rig\",\"77aa\",\"00000003\",\
             \"66b3c0e4\",\"{number:08x}\"]}}\n",
            number + 3
        )
    });
    vec![jobs, std::iter::once(login).chain(shares).collect()]
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
        let payloads = Payloads::new(&mut rng, self.messages);
        let mut talkers = self.talkers(&mut rng, payloads.talks.len());
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
            self.packet(number, &payloads, &mut talkers, &mut rng, &mut frame);
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

    /// As many strangers as speak in turns, so that each has moments of its own.
    fn talkers(&self, rng: &mut Rng, talks: usize) -> Vec<Stranger> {
        let rate = if self.kind == Kind::Mixed { self.rate / MIXED } else { self.rate };
        let count = if self.messages > 1 { rate * MOMENT_NS / 1_000_000_000 } else { 1 };
        (0..count.max(1)).map(|_| Stranger::new(rng, talks)).collect()
    }

    fn packet(
        &self,
        number: u64,
        payloads: &Payloads,
        talkers: &mut [Stranger],
        rng: &mut Rng,
        frame: &mut Vec<u8>,
    ) {
        let (kind, turn) = match (self.kind, number % MIXED) {
            (Kind::Mixed, 0..32) => (Kind::Syn, 0),
            (Kind::Mixed, 32..49) => (Kind::Garbage, 0),
            (Kind::Mixed, _) => (Kind::Talk, number / MIXED),
            (kind, _) => (kind, number),
        };
        let payload = match kind {
            Kind::Syn => &payloads.empty,
            Kind::Garbage => &payloads.garbage[rng.below(payloads.garbage.len())],
            Kind::Talk | Kind::Mixed => {
                let talker = turn as usize % talkers.len();
                talk(&mut talkers[talker], payloads, rng, frame);
                return;
            }
        };
        let is_syn = kind == Kind::Syn;
        let flags = if is_syn { SYN } else { PSH | ACK };
        let numbers = rng.bits();
        let (seq, ack) = (numbers as u32, if is_syn { 0 } else { (numbers >> 32) as u32 });
        let (from, to) = strangers(rng.bits());
        Segment { from, to, seq, ack, flags }.write(payload, frame);
    }
}

/// The next message of a stranger; the next stranger takes the place of one who has said all.
fn talk(talker: &mut Stranger, payloads: &Payloads, rng: &mut Rng, frame: &mut Vec<u8>) {
    let payload = &payloads.talks[talker.talk][talker.said];
    let Stranger { from, to, seq, ack, .. } = *talker;
    Segment { from, to, seq, ack, flags: PSH | ACK }.write(payload, frame);
    talker.seq = seq.wrapping_add(payload.bytes.len() as u32);
    talker.said += 1;
    if talker.said == payloads.talks[talker.talk].len() {
        *talker = Stranger::new(rng, payloads.talks.len());
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
    use std::collections::HashMap;

    use super::*;
    use crate::pcap;

    fn run(packets: u64, kind: Kind) -> (Vec<u8>, Vec<String>) {
        let flood = Flood { sessions: 5, packets, fill: 10, kind, messages: 1, rate: 100_000, rounds: 2, seed: 1 };
        written(&flood)
    }

    fn written(flood: &Flood) -> (Vec<u8>, Vec<String>) {
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
    fn a_stranger_says_its_messages_at_moments_of_its_own_and_in_order() {
        for (kind, packets) in [(Kind::Talk, 6_000), (Kind::Mixed, 300_000)] {
            let flood = Flood { sessions: 0, packets, fill: 0, kind, messages: 4, rate: 10_000, rounds: 1, seed: 1 };
            let mut talks: HashMap<Vec<u8>, Vec<(u64, u32, usize)>> = HashMap::new();
            for record in pcap::read(&written(&flood).0).expect("our own file") {
                let payload = &record.frame[54..];
                if payload.ends_with(b"}\n") {
                    let seq = u32::from_be_bytes(record.frame[38..42].try_into().expect("4 bytes"));
                    talks.entry(record.frame[26..38].to_vec()).or_default().push((record.ts_ns, seq, payload.len()));
                }
            }
            let whole: Vec<_> = talks.values().filter(|said| said.len() > 1).collect();
            assert!(whole.len() >= 1_400, "{}", whole.len());
            assert!(whole.iter().filter(|said| said.len() == 4).count() + 600 >= whole.len());
            for said in whole {
                for pair in said.windows(2) {
                    assert_eq!(pair[0].1.wrapping_add(pair[0].2 as u32), pair[1].1);
                    assert!(pair[1].0 - pair[0].0 >= 50_000_000);
                }
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        assert_eq!(run(300, Kind::Talk).0, run(300, Kind::Talk).0);
    }
}
