//! The engine over anything: it never panics, accounts for every packet, and delivers only what was sent.

use std::collections::HashMap;

use crate::common::{self, Bench, JOB, LOGIN, REPLY, Tcp};
use minesensor_fastpath::layers::Frame;
use minesensor_fastpath::layers::flags::{ACK, FIN, RST, SYN};
use minesensor_fastpath::observation::{Need, Observation};
use minesensor_fastpath::side::{Both, Side};
use proptest::prelude::*;
use proptest::sample::Index;

const LINKS: [u16; 9] = [0, 1, 12, 101, 108, 113, 228, 276, 147];
const CAPS: [(&str, u64); 5] = [
    ("flows_max", 16),
    ("young_sessions_max", 4),
    ("settled_sessions_max", 4),
    ("reorder_bytes_max", 1500),
    ("fragment_bytes_max", 65_536),
];

/// What each side says, in turns.
#[derive(Clone, Debug)]
struct Talk(Vec<(Side, Vec<u8>)>);

impl Talk {
    fn stream(&self, side: Side) -> Vec<u8> {
        self.0.iter().filter(|(from, _)| *from == side).flat_map(|(_, data)| data.clone()).collect()
    }
}

/// A login, its answer, and some more.
fn talks() -> impl Strategy<Value = Talk> {
    let more = prop_oneof![
        (1..400usize).prop_map(|pad| (Side::A, [b"{\"submit\":\"".as_slice(), &vec![b'x'; pad], b"\"}\n"].concat())),
        Just((Side::B, JOB.to_vec())),
        Just((Side::B, b"{\"id\":4,\"result\":true}\n".to_vec())),
    ];
    prop::collection::vec(more, 0..12).prop_map(|more| {
        let start = [(Side::A, LOGIN.to_vec()), (Side::B, REPLY.to_vec())];
        Talk(start.into_iter().chain(more).collect())
    })
}

/// The talk as packets: the handshake, and every message cut into parts no longer than `mss`.
fn packets(talk: &Talk, isn: Both<u32>, mss: usize) -> Vec<Vec<u8>> {
    let mut next = Both { a: isn.a.wrapping_add(1), b: isn.b.wrapping_add(1) };
    let mut sent = vec![
        Tcp::miner(isn.a, 0, SYN).with(b""),
        Tcp::pool(isn.b, next.a, SYN | ACK).with(b""),
        Tcp::miner(next.a, next.b, ACK).with(b""),
    ];
    for (side, data) in &talk.0 {
        for part in data.chunks(mss) {
            let (own, peer) = next.split_mut(*side);
            let tcp = if *side == Side::A { Tcp::miner } else { Tcp::pool };
            sent.push(tcp(*own, *peer, ACK).with(part));
            *own = own.wrapping_add(u32::try_from(part.len()).expect("a small part"));
        }
    }
    sent
}

const NEEDS: [Option<Need>; 6] =
    [None, Some(Need::More), Some(Need::Enough), Some(Need::Ignore), Some(Need::Closely), Some(Need::Later)];

/// What a network does: nothing is damaged, and nothing before the third packet is touched.
#[derive(Clone, Debug)]
enum Trouble {
    Twice(Index),
    /// It comes up to this many places later.
    Late(Index, usize),
    Lost(Index),
}

fn delays() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        any::<Index>().prop_map(Trouble::Twice),
        (any::<Index>(), 1..12usize).prop_map(|(which, by)| Trouble::Late(which, by)),
    ]
}

fn losses() -> impl Strategy<Value = Trouble> {
    prop_oneof![delays(), any::<Index>().prop_map(Trouble::Lost)]
}

fn befall(mut sent: Vec<Vec<u8>>, troubles: &[Trouble]) -> Vec<Vec<u8>> {
    for trouble in troubles {
        let data = sent.len() - 3;
        if data == 0 {
            break;
        }
        match trouble {
            Trouble::Twice(which) => {
                let packet = sent[3 + which.index(data)].clone();
                sent.push(packet);
            }
            Trouble::Late(which, by) => {
                let place = 3 + which.index(data);
                let packet = sent.remove(place);
                sent.insert((place + by).min(sent.len()), packet);
            }
            Trouble::Lost(which) => {
                sent.remove(3 + which.index(data));
            }
        }
    }
    sent
}

/// Missing bytes, then data.
type Chunk = (usize, Vec<u8>);

/// What was handed up of each flow and side, in order.
fn handed_up(bench: &Bench) -> HashMap<(u64, u8), Vec<Chunk>> {
    let mut chunks: HashMap<(u64, u8), Vec<Chunk>> = HashMap::new();
    for seen in &bench.seen {
        if let Observation::Chunk { flow_id, side, gap, data, .. } = seen {
            let gap = usize::try_from(*gap).expect("a small gap");
            chunks.entry((*flow_id, side.number())).or_default().push((gap, data.clone()));
        }
    }
    chunks
}

/// Whether the chunks lie in `stream`, from some place on, each behind a hole of just the size that it states.
fn lie_in(chunks: &[Chunk], stream: &[u8]) -> bool {
    (0..=stream.len()).any(|start| {
        let mut at = start;
        chunks.iter().all(|(gap, data)| {
            at += gap;
            let fits = stream.get(at..at + data.len()) == Some(data.as_slice());
            at += data.len();
            fits
        })
    })
}

fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn without_loss_both_sides_are_whole(
        talk in talks(),
        isn in any::<(u32, u32)>(),
        mss in 1..600usize,
        troubles in prop::collection::vec(delays(), 0..12),
    ) {
        let sent = packets(&talk, Both { a: isn.0, b: isn.1 }, mss.max(20));
        let mut bench = Bench::new(&[]);
        bench.steer = Some(Need::More);
        befall(sent, &troubles).iter().for_each(|packet| bench.packet(packet));
        bench.finish();
        prop_assert_eq!(bench.opened(), 1);
        for side in [Side::A, Side::B] {
            prop_assert_eq!(bench.stream(side), common::text(&talk.stream(side)));
        }
        prop_assert_eq!(bench.counter("drop_gap_bytes"), 0);
        prop_assert_eq!(bench.fates(), bench.counter("packets"));
    }

    #[test]
    fn with_loss_all_that_comes_lies_where_it_was_said_and_holes_have_their_size(
        talk in talks(),
        isn in any::<(u32, u32)>(),
        mss in 20..600usize,
        troubles in prop::collection::vec(losses(), 0..20),
        small in any::<bool>(),
    ) {
        let sent = packets(&talk, Both { a: isn.0, b: isn.1 }, mss);
        let mut bench = Bench::new(if small { &CAPS } else { &[] });
        befall(sent, &troubles).iter().for_each(|packet| bench.packet(packet));
        bench.finish();
        for ((_, side), chunks) in handed_up(&bench) {
            let stream = talk.stream(if side == 0 { Side::A } else { Side::B });
            prop_assert!(lie_in(&chunks, &stream), "{side}: {chunks:?}");
        }
        prop_assert_eq!(bench.fates(), bench.counter("packets"));
    }

    #[test]
    fn no_packets_upset_the_engine(
        talk in talks(),
        troubles in prop::collection::vec(losses(), 0..8),
        edits in prop::collection::vec((any::<Index>(), any::<Index>(), any::<u8>()), 0..24),
        strangers in prop::collection::vec((any::<Index>(), prop::collection::vec(any::<u8>(), 0..120)), 0..12),
        steps in prop::collection::vec((0..LINKS.len(), prop::sample::select(vec![0, 1, 1_000_000, 7_000_000_000, 1 << 62])), 1..8),
        flags in prop::collection::vec((any::<Index>(), prop::sample::select(vec![SYN, FIN | ACK, RST, ACK])), 0..6),
        need in prop::sample::select(NEEDS.to_vec()),
    ) {
        let mut sent = befall(packets(&talk, Both { a: 1, b: u32::MAX - 200 }, 100), &troubles);
        for (which, flag) in flags {
            // The place of a TCP header's flags in a frame with Ethernet and IPv4.
            let place = which.index(sent.len());
            sent[place][47] = flag;
        }
        for (which, place, value) in edits {
            let packet = which.index(sent.len());
            let place = place.index(sent[packet].len());
            sent[packet][place] = value;
        }
        for (place, bytes) in strangers {
            let place = place.index(sent.len());
            sent.insert(place, bytes);
        }
        let mut bench = Bench::new(&CAPS);
        bench.steer = need;
        for (number, packet) in sent.iter().enumerate() {
            let (link, step_ns) = steps[number % steps.len()];
            bench.now_ns = bench.now_ns.saturating_add(step_ns);
            // Two of three are what they were: Ethernet.
            let link = if number % 3 == 0 { LINKS[link] } else { 1 };
            let wire_len = u32::try_from(packet.len()).expect("a small frame") + u32::from(packet.len() % 5 == 0) * 9;
            bench.take(&Frame { link, data: packet, wire_len });
        }
        bench.finish();
        prop_assert_eq!(bench.fates(), sent.len() as u64);
        prop_assert_eq!(bench.fates(), bench.counter("packets"));
        prop_assert_eq!(bench.counter("flows_now"), 0);
        prop_assert_eq!(bench.counter("held_now") + bench.counter("young_now") + bench.counter("settled_now"), 0);
        prop_assert_eq!(bench.counter("watched_now") + bench.counter("resting_now"), 0);
        let opened = bench.opened();
        prop_assert!(bench.causes().len() <= opened, "a flow ends once at most");
    }
}
