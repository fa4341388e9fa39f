//! Crafted packets and what an engine said of them.

use std::sync::Arc;

use minesensor_fastpath::engine::Engine;
use minesensor_fastpath::layers::flags::{ACK, SYN};
use minesensor_fastpath::layers::{Frame, flags};
use minesensor_fastpath::observation::{Cause, NameKind, Need, Observation};
use minesensor_fastpath::plan::{Plan, PlanSpec};
use minesensor_fastpath::side::Side;

pub const SECOND: u64 = 1_000_000_000;
pub const START: u64 = 1_700_000_000 * SECOND;
pub const MINER: [u8; 4] = [192, 0, 2, 10];
pub const POOL: [u8; 4] = [198, 51, 100, 20];
/// Its address is on the list, for port 3333.
pub const LISTED: [u8; 4] = [198, 51, 100, 99];
pub const LOGIN: &[u8] = b"{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n";
pub const REPLY: &[u8] = b"{\"id\":1,\"result\":[[],\"08000002\",4],\"error\":null}\n";
pub const JOB: &[u8] = b"{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"1\"]}\n";

pub fn plan(caps: &[(&str, u64)]) -> Arc<Plan> {
    plan_with_realms(caps, &[])
}

/// A realm a row: outer VLAN and realm.
pub fn plan_with_realms(caps: &[(&str, u64)], realms: &[(i64, u16)]) -> Arc<Plan> {
    let anchors = ["mining.subscribe", "mining.notify"].map(|text| (text.as_bytes().to_vec(), 4096)).to_vec();
    let http_anchors = ["X-Mining-", "getblocktemplate"].map(|text| (text.as_bytes().to_vec(), 2048)).to_vec();
    let spec = PlanSpec {
        generation: 1,
        anchors,
        http_anchors,
        names: vec![("pool.example".to_owned(), true, vec![], 7), ("dual.example".to_owned(), true, vec![3333], 9)],
        addresses: vec![("198.51.100.99".to_owned(), 32, 3333, 8)],
        realms: realms.iter().map(|&(vlan, realm)| (-1, vlan, -1, -1, realm)).collect(),
        caps: caps.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
    };
    Arc::new(Plan::compile(spec).expect("the plan compiles"))
}

/// One end of a TCP connection as the tests drive it.
#[derive(Clone, Copy)]
pub struct Tcp {
    pub from: ([u8; 4], u16),
    pub to: ([u8; 4], u16),
    pub seq: u32,
    pub ack: u32,
    pub flags: u8,
}

impl Tcp {
    pub fn miner(seq: u32, ack: u32, flags: u8) -> Self {
        Self { from: (MINER, 40_000), to: (POOL, 3333), seq, ack, flags }
    }

    pub fn pool(seq: u32, ack: u32, flags: u8) -> Self {
        Self { from: (POOL, 3333), to: (MINER, 40_000), seq, ack, flags }
    }

    pub fn with(self, payload: &[u8]) -> Vec<u8> {
        let mut segment = Vec::new();
        segment.extend(self.from.1.to_be_bytes());
        segment.extend(self.to.1.to_be_bytes());
        segment.extend(self.seq.to_be_bytes());
        segment.extend(self.ack.to_be_bytes());
        segment.extend([0x50, self.flags, 0xff, 0xff, 0, 0, 0, 0]);
        segment.extend(payload);
        ethernet(6, self.from.0, self.to.0, &segment)
    }
}

pub fn udp(from: ([u8; 4], u16), to: ([u8; 4], u16), payload: &[u8]) -> Vec<u8> {
    let mut datagram = Vec::new();
    datagram.extend(from.1.to_be_bytes());
    datagram.extend(to.1.to_be_bytes());
    datagram.extend(u16::try_from(payload.len() + 8).expect("a small datagram").to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(payload);
    ethernet(17, from.0, to.0, &datagram)
}

fn ethernet(protocol: u8, from: [u8; 4], to: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    let total = u16::try_from(payload.len() + 20).expect("a small packet");
    frame.extend([0x45, 0]);
    frame.extend(total.to_be_bytes());
    frame.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
    frame.extend(from);
    frame.extend(to);
    frame.extend(payload);
    frame
}

/// A DNS answer: one question, one address record.
pub fn answer(name: &str, address: [u8; 4], ttl_s: u32) -> Vec<u8> {
    let mut message = vec![0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    for label in name.split('.') {
        message.push(u8::try_from(label.len()).expect("a short label"));
        message.extend(label.as_bytes());
    }
    message.extend([0, 0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1]);
    message.extend(ttl_s.to_be_bytes());
    message.extend([0, 4]);
    message.extend(address);
    message
}

/// A message as DNS over TCP sends it.
pub fn behind_its_length(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).expect("a short message").to_be_bytes();
    [length.as_slice(), message].concat()
}

pub struct Bench {
    pub engine: Engine,
    pub now_ns: u64,
    pub seen: Vec<Observation>,
    /// What is steered as soon as a flow opens.
    pub steer: Option<Need>,
}

impl Bench {
    pub fn new(caps: &[(&str, u64)]) -> Self {
        Self::of(plan(caps))
    }

    pub fn of(plan: Arc<Plan>) -> Self {
        Self { engine: Engine::new(plan), now_ns: START, seen: Vec::new(), steer: None }
    }

    pub fn packet(&mut self, frame: &[u8]) {
        let wire_len = u32::try_from(frame.len()).expect("a small frame");
        self.cut(frame, wire_len);
    }

    pub fn cut(&mut self, data: &[u8], wire_len: u32) {
        self.now_ns += 1_000_000;
        self.take(&Frame { link: 1, data, wire_len });
    }

    pub fn take(&mut self, frame: &Frame<'_>) {
        self.engine.packet(self.now_ns, 0, frame);
        self.drain();
    }

    pub fn finish(&mut self) {
        self.engine.finish();
        self.drain();
    }

    pub fn drain(&mut self) {
        while let Some(observation) = self.engine.pop() {
            if let (Observation::Opened(opened), Some(need)) = (&observation, self.steer) {
                self.engine.steer(opened.flow_id, need);
            }
            self.seen.push(observation);
        }
        self.engine.resume();
    }

    pub fn handshake(&mut self) {
        self.packet(&Tcp::miner(99, 0, flags::SYN).with(b""));
        self.packet(&Tcp::pool(499, 100, flags::SYN | flags::ACK).with(b""));
        self.packet(&Tcp::miner(100, 500, flags::ACK).with(b""));
    }

    pub fn opened(&self) -> usize {
        self.seen.iter().filter(|seen| matches!(seen, Observation::Opened(_))).count()
    }

    /// Bytes of a side, with `?` for each missing one.
    pub fn stream(&self, side: Side) -> String {
        let mut text = String::new();
        for seen in &self.seen {
            if let Observation::Chunk { side: from, gap, data, .. } = seen {
                if *from == side {
                    text.extend(std::iter::repeat_n('?', usize::try_from(*gap).expect("a small gap")));
                    text.push_str(&String::from_utf8_lossy(data));
                }
            }
        }
        text
    }

    /// When the flow began that was opened last.
    pub fn first_ns(&self) -> Option<u64> {
        let first = |seen: &Observation| match seen {
            Observation::Opened(opened) => Some(opened.first_ns),
            _ => None,
        };
        self.seen.iter().filter_map(first).next_back()
    }

    pub fn causes(&self) -> Vec<Cause> {
        let cause = |seen: &Observation| match seen {
            Observation::Closed { cause, .. } => Some(*cause),
            _ => None,
        };
        self.seen.iter().filter_map(cause).collect()
    }

    pub fn names(&self) -> Vec<(NameKind, u32)> {
        let name = |seen: &Observation| match seen {
            Observation::Name(name) => Some((name.kind, name.entry)),
            _ => None,
        };
        self.seen.iter().filter_map(name).collect()
    }

    /// Packets over all fates.
    pub fn fates(&self) -> u64 {
        let mut sum = 0;
        self.engine.counters(|prefix, _, count| sum += if prefix == "fate_" { count } else { 0 });
        sum
    }

    pub fn counter(&self, wanted: &str) -> u64 {
        let mut found = None;
        self.engine.counters(|prefix, name, count| {
            if format!("{prefix}{name}") == wanted {
                found = Some(count);
            }
        });
        found.expect("a counter of that name")
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn seq(base: u32, at: usize) -> u32 {
    base + u32::try_from(at).expect("a small offset")
}

/// A connection to port 443 of `server`, and what the client says.
pub fn connect(bench: &mut Bench, server: [u8; 4], payloads: &[&[u8]]) {
    let to = (server, 443);
    bench.packet(&Tcp { to, ..Tcp::miner(99, 0, SYN) }.with(b""));
    let mut seq = 100;
    for payload in payloads {
        bench.packet(&Tcp { to, ..Tcp::miner(seq, 500, ACK) }.with(payload));
        seq += u32::try_from(payload.len()).expect("a small payload");
    }
}

/// The dialogue as packets: the login cut at `cut`, then the answer and a job.
pub fn dialogue(cut: usize) -> Vec<Vec<u8>> {
    let end = seq(100, LOGIN.len());
    vec![
        Tcp::miner(99, 0, SYN).with(b""),
        Tcp::pool(499, 100, SYN | ACK).with(b""),
        Tcp::miner(100, 500, ACK).with(&LOGIN[..cut]),
        Tcp::miner(seq(100, cut), 500, ACK).with(&LOGIN[cut..]),
        Tcp::pool(500, end, ACK).with(REPLY),
        Tcp::miner(end, seq(500, REPLY.len()), ACK).with(b""),
        Tcp::pool(seq(500, REPLY.len()), end, ACK).with(JOB),
    ]
}

pub fn replay(packets: &[Vec<u8>]) -> Bench {
    let mut bench = Bench::new(&[]);
    packets.iter().for_each(|packet| bench.packet(packet));
    bench.finish();
    bench
}

pub fn pool_text() -> String {
    text(REPLY) + &text(JOB)
}
