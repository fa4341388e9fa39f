//! Runs capture files through the engine and prints what a packet costs, without a pipeline behind it.
//!
//!     cargo run --release -p minesensor-fastpath --example scan_speed -- ANCHORS FILE…
//!
//! ANCHORS is a file with one anchor a line, as `python -m bench` leaves it in .cache/bench/anchors.txt. Candidates are
//! settled at once, as the pipeline does after their second message.

use std::time::Instant;

use minesensor_capture::{Inputs, Packet, Window};
use minesensor_fastpath::engine::Engine;
use minesensor_fastpath::layers::{Arrival, Frame};
use minesensor_fastpath::observation::{Need, Observation};
use minesensor_fastpath::plan::{Plan, PlanSpec};

const ANCHOR_DEPTH: u64 = 4096;

fn main() {
    let mut words = std::env::args().skip(1);
    let (Some(anchors), paths) = (words.next(), words.collect::<Vec<_>>()) else {
        eprintln!("usage: scan_speed ANCHORS FILE...");
        std::process::exit(2);
    };
    let text = std::fs::read_to_string(&anchors).unwrap_or_else(|error| panic!("{anchors}: {error}"));
    let anchors = text.lines().map(|line| (line.as_bytes().to_vec(), ANCHOR_DEPTH)).collect();
    let plan = Plan::compile(PlanSpec { anchors, ..PlanSpec::default() }).unwrap_or_else(|error| panic!("{error}"));
    let mut engine = Engine::new(plan.into());
    let (mut inputs, failures) = Inputs::open(&paths, Window::default());
    failures.iter().for_each(|failure| eprintln!("{:?}: {}", failure.path, failure.what));
    let (mut packets, mut observations) = (0_u64, 0_u64);
    let begun = Instant::now();
    while inputs.run(|at_hand| {
        // What belongs to this function alone need not be written back for each packet.
        let mut ours = *at_hand;
        let goes_on = engine.run(&mut ours, arrival, |engine| {
            packets += 1;
            engine.waiting().0 == 0
        });
        *at_hand = ours;
        goes_on
    }) {
        observations += take_all(&mut engine);
    }
    engine.finish();
    observations += take_all(&mut engine);
    let spent = begun.elapsed();
    let ns = spent.as_secs_f64() * 1e9 / packets.max(1) as f64;
    println!("{packets} packets, {observations} observations, {spent:.3?}, {ns:.1} ns a packet");
}

fn arrival(packet: Packet<'_>) -> Arrival<'_> {
    let Packet { ts_ns, link, interface, data, wire_len } = packet;
    Arrival { ts_ns, interface, frame: Frame { link, data, wire_len } }
}

fn take_all(engine: &mut Engine) -> u64 {
    let mut count = 0;
    while let Some(observation) = engine.pop() {
        count += 1;
        if let Observation::Chunk { flow_id, .. } = observation {
            engine.steer(flow_id, Need::More);
        }
    }
    engine.resume();
    count
}
