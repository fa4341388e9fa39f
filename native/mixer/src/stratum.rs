//! Many stratum-v1 sessions at once, a few numbers each. Every value is made up; addresses of miners are those that
//! RFC 6598 sets aside, so that nothing else made here has them.

use std::io::Write;
use std::net::Ipv4Addr;
use std::rc::Rc;

use crate::composition::Expected;
use crate::error::Result;
use crate::frame::{ACK, Endpoint, PSH, Payload, SYN, Segment};
use crate::pcap::Writer;
use crate::rng::Rng;
use crate::seeds::Session;

pub const DIALECT: &str = "stratum-v1";
const POOL: Endpoint = Endpoint { ip: Ipv4Addr::new(203, 0, 113, 33), port: 3333 };
const MINERS: u32 = u32::from_be_bytes([100, 64, 0, 0]);
/// The miners' part of 100.64.0.0/10.
pub const SESSIONS_MAX: u32 = 1 << 22;
/// Between two packets of one exchange.
const STEP_NS: u64 = 5_000;
/// Packet time from the start of one session's opening or share to the next one's: room for its packets.
pub const TURN_NS: u64 = 100_000;

#[derive(Clone, Copy)]
struct Numbers {
    client_seq: u32,
    server_seq: u32,
    shares: u32,
}

pub struct Sessions {
    numbers: Vec<Numbers>,
    texts: Rc<Texts>,
    frame: Vec<u8>,
}

/// What every session's pool says.
struct Texts {
    subscribe: Payload,
    subscribed: Payload,
    job: Payload,
    empty: Payload,
}

impl Texts {
    fn new() -> Self {
        Self {
            subscribe: Payload::new(
                "{\"id\": 1, \"method\": \"mining.subscribe\", \"params\": [\"cgminer/4.12.0\"]}\n",
            ),
            subscribed: Payload::new(
                "{\"id\":1,\"result\":[[[\"mining.set_difficulty\",\"731ec5e0\"],[\"mining.notify\",\"731ec5e0\"]],\
                 \"e9695791\",4],\"error\":null}\n",
            ),
            job: Payload::new(job("6a1f")),
            empty: Payload::default(),
        }
    }
}

/// A difficulty and a job of the usual size, five merkle branches.
pub fn job(job_id: &str) -> String {
    let mut rng = Rng::new(1);
    let mut hex = |bytes: usize| -> String {
        let mut random = vec![0; bytes];
        rng.fill(&mut random);
        random.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let branches: Vec<String> = (0..5).map(|_| format!("\"{}\"", hex(32))).collect();
    format!(
        "{{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[65536]}}\n\
         {{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"{job_id}\",\"{}\",\"{}\",\"{}\",[{}],\
         \"20000000\",\"17034219\",\"66b3c0de\",true]}}\n",
        hex(32),
        hex(58),
        hex(70),
        branches.join(","),
    )
}

impl Sessions {
    /// `count` is at most [`SESSIONS_MAX`].
    pub fn new(count: u32) -> Self {
        let numbers = Numbers { client_seq: 1, server_seq: 1, shares: 0 };
        Self {
            numbers: vec![numbers; count.min(SESSIONS_MAX) as usize],
            texts: Rc::new(Texts::new()),
            frame: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Handshake, subscribe, authorize and the first job, from `at_ns` on within [`TURN_NS`].
    pub fn open<W: Write>(&mut self, session: usize, at_ns: u64, out: &mut Writer<W>) -> Result<()> {
        let authorize = format!(
            "{{\"id\": 2, \"method\": \"mining.authorize\", \"params\": [\"bench.rig{session:05}\", \"x\"]}}\n"
        );
        let authorized = "{\"id\":2,\"result\":true,\"error\":null}\n";
        let texts = Rc::clone(&self.texts);
        let (authorize, authorized) = (Payload::new(authorize), Payload::new(authorized));
        let exchange = [
            (true, &texts.subscribe),
            (false, &texts.subscribed),
            (true, &authorize),
            (false, &authorized),
            (false, &texts.job),
            (true, &texts.empty),
        ];
        self.handshake(session, at_ns, out)?;
        for (number, (from_miner, payload)) in exchange.into_iter().enumerate() {
            self.send(session, from_miner, at_ns + (3 + number as u64) * STEP_NS, payload, out)?;
        }
        Ok(())
    }

    /// A share and the pool's yes to it.
    pub fn share<W: Write>(&mut self, session: usize, at_ns: u64, out: &mut Writer<W>) -> Result<()> {
        let share = self.numbers[session].shares;
        self.numbers[session].shares += 1;
        let id = share + 3;
        let submit = format!(
            "{{\"params\": [\"bench.rig{session:05}\", \"6a1f\", \"{share:08x}\", \"66b3c0e4\", \"{:08x}\"], \
             \"id\": {id}, \"method\": \"mining.submit\"}}\n",
            share.wrapping_mul(0x9e37_79b1),
        );
        let accept = format!("{{\"id\":{id},\"result\":true,\"error\":null}}\n");
        self.send(session, true, at_ns, &Payload::new(submit), out)?;
        self.send(session, false, at_ns + STEP_NS, &Payload::new(accept), out)
    }

    /// What must be found: one finding a session, with all its shares.
    pub fn expected(&self) -> Expected {
        let mut expected = Expected::default();
        for numbers in &self.numbers {
            let shares = u64::from(numbers.shares);
            expected.add(&Session { jobs: 1, submitted: shares, accepted: shares, rejected: 0 });
        }
        expected
    }

    fn handshake<W: Write>(&mut self, session: usize, at_ns: u64, out: &mut Writer<W>) -> Result<()> {
        let (miner, empty) = (miner(session), Payload::default());
        let steps = [
            Segment { from: miner, to: POOL, seq: 0, ack: 0, flags: SYN },
            Segment { from: POOL, to: miner, seq: 0, ack: 1, flags: SYN | ACK },
            Segment { from: miner, to: POOL, seq: 1, ack: 1, flags: ACK },
        ];
        for (number, segment) in steps.into_iter().enumerate() {
            segment.write(&empty, &mut self.frame);
            out.packet(at_ns + number as u64 * STEP_NS, &self.frame)?;
        }
        Ok(())
    }

    fn send<W: Write>(
        &mut self,
        session: usize,
        from_miner: bool,
        at_ns: u64,
        payload: &Payload,
        out: &mut Writer<W>,
    ) -> Result<()> {
        let numbers = &mut self.numbers[session];
        let flags = if payload.bytes.is_empty() { ACK } else { PSH | ACK };
        let length = payload.bytes.len() as u32;
        let Numbers { client_seq, server_seq, .. } = *numbers;
        let segment = if from_miner {
            numbers.client_seq = client_seq.wrapping_add(length);
            Segment { from: miner(session), to: POOL, seq: client_seq, ack: server_seq, flags }
        } else {
            numbers.server_seq = server_seq.wrapping_add(length);
            Segment { from: POOL, to: miner(session), seq: server_seq, ack: client_seq, flags }
        };
        segment.write(payload, &mut self.frame);
        Ok(out.packet(at_ns, &self.frame)?)
    }
}

fn miner(session: usize) -> Endpoint {
    Endpoint { ip: Ipv4Addr::from_bits(MINERS + session as u32), port: 40_000 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pcap;

    #[test]
    fn sequence_numbers_follow_the_payload_of_both_sides() {
        let mut file = Vec::new();
        let mut out = Writer::new(&mut file).expect("memory");
        let mut sessions = Sessions::new(2);
        for session in [0, 1] {
            sessions.open(session, session as u64 * TURN_NS, &mut out).expect("memory");
        }
        for round in 0..3 {
            sessions.share(1, (2 + round) * TURN_NS, &mut out).expect("memory");
        }
        let mut next = [1u32, 1];
        for record in pcap::read(&file).expect("our own file").iter().filter(|record| record.frame[47] & SYN == 0) {
            let from_miner = record.frame[26] == 100;
            if record.frame[if from_miner { 29 } else { 33 }] == 0 {
                continue;
            }
            let side = usize::from(!from_miner);
            let seq = u32::from_be_bytes(record.frame[38..42].try_into().expect("4 bytes"));
            assert_eq!(seq, next[side]);
            next[side] += record.frame.len() as u32 - 54;
        }
        assert!(next[0] > 300 && next[1] > 900);
    }

    #[test]
    fn every_session_is_expected_with_all_its_shares() {
        let mut out = Writer::new(std::io::sink()).expect("a sink");
        let mut sessions = Sessions::new(3);
        for turn in 0..6 {
            sessions.share(turn % 3, 0, &mut out).expect("a sink");
        }
        let expected = sessions.expected();
        let total = Session { jobs: 3, submitted: 6, accepted: 6, rejected: 0 };
        assert_eq!((expected.findings, expected.total), (3, total));
    }

    #[test]
    fn one_turn_has_room_for_all_packets_of_an_opening() {
        let mut file = Vec::new();
        let mut out = Writer::new(&mut file).expect("memory");
        Sessions::new(1).open(0, 0, &mut out).expect("memory");
        let records = pcap::read(&file).expect("our own file");
        assert!(records.iter().all(|record| record.ts_ns < pcap::EPOCH_NS + TURN_NS));
    }
}
