//! Sequence numbers on the far side of their circle: what is half of it away is as far ahead as behind, and has no
//! opposite in 32 bits.

use std::sync::Arc;

use crate::common::{Bench, LOGIN, REPLY, Tcp, plan_with_realms, seq, text};
use crate::mirrors::{VLAN, tagged};
use minesensor_fastpath::layers::flags::{ACK, FIN, RST, SYN};
use minesensor_fastpath::side::Side;

const HALF: u32 = 1 << 31;

/// Segments of both sides at and around the numbers that are expected, and half the circle away from them.
fn segments(miner: u32, pool: u32) -> Vec<Vec<u8>> {
    let mut made = Vec::new();
    for flags in [SYN, SYN | ACK, ACK, FIN | ACK, RST, RST | ACK] {
        for at in [0, HALF - 1, HALF, HALF + 1] {
            for acknowledged in [0, HALF] {
                let payload = if flags == ACK { LOGIN } else { b"" };
                let (miner_at, pool_at) = (miner.wrapping_add(at), pool.wrapping_add(at));
                made.push(Tcp::miner(miner_at, pool.wrapping_add(acknowledged), flags).with(payload));
                made.push(Tcp::pool(pool_at, miner.wrapping_add(acknowledged), flags).with(payload));
            }
        }
    }
    made
}

#[test]
fn any_two_segments_from_the_far_side_are_taken_and_the_session_is_read_up_to_them() {
    let plan = plan_with_realms(&[("flows_max", 16)], &[(i64::from(VLAN), 3)]);
    let (miner, pool) = (seq(100, LOGIN.len()), seq(500, REPLY.len()));
    let segments = segments(miner, pool);
    for first in &segments {
        for second in &segments {
            let mut bench = Bench::of(Arc::clone(&plan));
            bench.handshake();
            bench.packet(&Tcp::miner(100, 500, ACK).with(LOGIN));
            bench.packet(&Tcp::pool(500, miner, ACK).with(REPLY));
            bench.packet(first);
            // The same behind a tag, as a mirror may show it, is looked at beside the session.
            bench.packet(&tagged(second));
            bench.packet(second);
            bench.finish();
            assert_eq!(bench.fates(), 8);
            assert!(bench.stream(Side::A).starts_with(&text(LOGIN)));
            assert!(bench.stream(Side::B).starts_with(&text(REPLY)));
        }
    }
}
