//! Packets are looked at in groups, and it makes no difference: each is taken in its turn, wherever one stops.

use crate::common::{self, Bench, JOB, LOGIN, MINER, POOL, REPLY, Tcp, answer, udp};
use minesensor_fastpath::layers::flags::{ACK, FIN, SYN};
use minesensor_fastpath::layers::{Arrival, Frame};
use minesensor_fastpath::side::Side;

/// More than two groups: flows that begin, are used again, end and begin anew within one, a session and a name.
fn capture() -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    for round in 0..4_u32 {
        let (seq, other) = (1000 * round, 5000 * round);
        packets.push(Tcp::miner(seq, 0, SYN).with(b""));
        packets.push(Tcp::pool(other, seq + 1, SYN | ACK).with(b""));
        packets.push(Tcp::miner(seq + 1, other + 1, ACK).with(LOGIN));
        packets.push(Tcp::pool(other + 1, common::seq(seq + 1, LOGIN.len()), ACK).with(REPLY));
        packets.push(udp((POOL, 53), (MINER, 5000), &answer("pool.example", [198, 51, 100, 30], 60)));
        for port in 0..12 {
            let bulk = Tcp { from: (MINER, 50_000 + port % 3), to: (POOL, 443), seq, ack: other, flags: ACK };
            packets.push(bulk.with(&[0x17; 40]));
            packets.push(Tcp { from: bulk.to, to: bulk.from, seq: other, ack: seq, flags: ACK }.with(b""));
        }
        packets.push(Tcp::pool(common::seq(other + 1, REPLY.len()), common::seq(seq + 1, LOGIN.len()), ACK | FIN).with(JOB));
        packets.push(Tcp::miner(common::seq(seq + 1, LOGIN.len()), other + 2000, ACK | FIN).with(b""));
    }
    packets
}

fn arrival(ts_ns: u64, data: &[u8]) -> Arrival<'_> {
    let wire_len = u32::try_from(data.len()).expect("a small frame");
    Arrival { ts_ns, interface: 0, frame: Frame { link: 1, data, wire_len } }
}

/// All that was told, in a form that can be compared, and all that was counted.
fn told(bench: &mut Bench) -> (String, Vec<(String, u64)>) {
    bench.finish();
    let sides = [Side::A, Side::B].map(|side| bench.stream(side));
    let seen = format!("{sides:?} {:?} {:?} {:?}", bench.causes(), bench.names(), bench.first_ns());
    let mut counters = Vec::new();
    bench.engine.counters(|prefix, name, count| counters.push((format!("{prefix}{name}"), count)));
    (seen, counters)
}

#[test]
fn what_is_told_does_not_depend_on_where_one_stops() {
    let packets = capture();
    let mut alone = Bench::new(&[]);
    packets.iter().for_each(|packet| alone.packet(packet));
    let expected = told(&mut alone);
    assert!(expected.0.contains("mining.notify") && alone.opened() >= 4);
    for pause in [1, 3, 31, 32, 33, 64, 1000] {
        let mut bench = Bench::new(&[]);
        let begun_ns = bench.now_ns;
        let mut rest = packets.iter().zip(1..).map(|(data, number)| arrival(begun_ns + number * 1_000_000, data));
        let mut taken = 0_usize;
        while !bench.engine.run(&mut rest, |packet| packet, |_| {
            taken += 1;
            taken % pause != 0
        }) {
            bench.drain();
        }
        bench.drain();
        assert_eq!(taken, packets.len());
        assert_eq!(told(&mut bench), expected, "stopped behind each {pause}");
    }
}
