//! Several engines that read the same packets tell together what one alone tells.

use crate::common::{self, JOB, LOGIN, MINER, POOL, REPLY, Tcp, answer, plan, udp};
use minesensor_fastpath::engine::Engine;
use minesensor_fastpath::layers::{Frame, flags};
use minesensor_fastpath::observation::{Need, Observation};
use minesensor_fastpath::slice::Slice;

const FLOWS: u16 = 60;

/// Turn, flow without its slice, and what is told of it.
type Told = (u64, u64, String);

/// What is told, in a form that can be compared.
fn shown(turn: u64, observation: &Observation) -> Told {
    let what = match observation {
        Observation::Opened(opened) => format!("opened {}", opened.first_ns),
        Observation::Chunk { side, ts_ns, gap, data, .. } => format!("chunk {} {ts_ns} {gap} {data:?}", side.number()),
        Observation::Closed { ts_ns, cause, .. } => format!("closed {ts_ns} {}", cause.name()),
        Observation::Name(name) => format!("name {} {} {} {}", name.ts_ns, name.kind.name(), name.name, name.age_ns),
        Observation::Path { side, .. } => format!("path {}", side.number()),
        Observation::Proxied(_) | Observation::Tls(_) => "of the proxy or the server".to_owned(),
    };
    (turn, observation.flow_id() >> 8, what)
}

/// Sessions side by side that begin, lose segments, fall silent and end, a name that is learned, and what is none of it.
fn traffic() -> Vec<(u64, Vec<u8>)> {
    let mut packets = Vec::new();
    let mut now_ns = common::START;
    let mut add = |packet: Vec<u8>, pause_ns: u64| {
        now_ns += pause_ns;
        packets.push((now_ns, packet));
    };
    let resolver = ([9, 9, 9, 9], 53);
    add(udp(resolver, (MINER, 5353), &answer("eu.pool.example", [198, 51, 100, 77], 60)), 1_000);
    let whole = answer("us.pool.example", [198, 51, 100, 78], 60);
    let length = u16::try_from(whole.len()).expect("a short message").to_be_bytes();
    let stream = Tcp { from: resolver, to: (MINER, 5353), seq: 1, ack: 1, flags: flags::ACK };
    add(stream.with(&[length.as_slice(), &whole].concat()), 1_000);
    for round in 0..3_u32 {
        for number in 0..FLOWS {
            let port = 10_000 + number;
            let pool = [[198, 51, 100, 77], [198, 51, 100, 78], POOL][usize::from(number % 3)];
            let miner = Tcp { from: (MINER, port), to: (pool, 3333), seq: 100, ack: 500, flags: flags::ACK };
            let back = Tcp { from: (pool, 3333), to: (MINER, port), seq: 500, ack: 100, flags: flags::ACK };
            let long = |bytes: &[u8]| u32::try_from(bytes.len()).expect("short");
            match round {
                0 => {
                    add(Tcp { flags: flags::SYN, seq: 99, ..miner }.with(b""), 1_000_000);
                    add(miner.with(LOGIN), 1_000_000);
                    add(Tcp { ack: 100 + long(LOGIN), ..back }.with(REPLY), 1_000_000);
                }
                // Every fourth job is lost.
                1 if number % 4 != 0 => add(Tcp { seq: 500 + long(REPLY), ..back }.with(JOB), 3_000_000),
                2 => {
                    let seq = 500 + long(REPLY) + long(JOB);
                    let ends = if number % 5 == 0 { flags::RST } else { 0 };
                    add(Tcp { seq, flags: flags::ACK | ends, ..back }.with(JOB), 40_000_000);
                }
                _ => add(udp((MINER, port), (POOL, 9), b"other"), 1_000),
            }
        }
        add(vec![0; 9], 7_000_000_000);
    }
    add(udp((MINER, 7), (POOL, 9), b"late"), 1_000_000_000_000);
    packets
}

/// All that an engine tells, and its counters.
fn told(slice: Slice) -> (Vec<Told>, Vec<(String, u64)>) {
    let mut engine = Engine::of_slice(plan(&[]), slice);
    let mut all = Vec::new();
    for (ts_ns, packet) in traffic() {
        let wire_len = u32::try_from(packet.len()).expect("a small frame");
        engine.packet(ts_ns, 0, &Frame { link: 1, data: &packet, wire_len });
        drain(&mut engine, &mut all);
    }
    engine.finish();
    drain(&mut engine, &mut all);
    let mut counters = Vec::new();
    engine.counters(|prefix, name, count| counters.push((format!("{prefix}{name}"), count)));
    (all, counters)
}

fn drain(engine: &mut Engine, all: &mut Vec<Told>) {
    while let Some((turn, observation)) = engine.pop_turn() {
        if let Observation::Opened(opened) = &observation {
            engine.steer(opened.flow_id, Need::More);
        }
        all.push(shown(turn, &observation));
    }
    engine.resume();
}

#[test]
fn slices_tell_together_what_one_engine_tells_and_count_it_once() {
    let (whole, counters) = told(Slice::WHOLE);
    for wanted in ["name", "learned eu.pool", "learned us.pool", "idle", "rst"] {
        assert!(whole.iter().any(|(_, _, what)| what.contains(wanted)), "{wanted}");
    }
    for count in [2, 3, 7] {
        let parts: Vec<_> =
            (0..count).map(|index| told(Slice::new(index, count).expect("there is such a slice"))).collect();
        let mut together: Vec<_> = parts.iter().flat_map(|(told, _)| told.clone()).collect();
        together.sort_by_key(|(turn, flow, _)| (*turn, *flow));
        assert_eq!(together, whole);
        assert!(parts.iter().all(|(told, _)| told.len() < whole.len()), "each tells a part");
        for (place, (name, total)) in counters.iter().enumerate() {
            let sum: u64 = parts.iter().map(|(_, counters)| counters[place].1).sum();
            assert_eq!(sum, *total, "{name}");
        }
    }
}

#[test]
fn there_are_no_slices_beyond_their_number() {
    assert_eq!(Slice::new(2, 2), None);
    assert_eq!(Slice::new(0, 0), None);
    assert_eq!(Slice::new(0, 65), None);
    assert_eq!(Slice::new(0, 1), Some(Slice::WHOLE));
}
