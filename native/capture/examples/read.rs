//! Reads capture files, prints what was found in each and how long a packet took.
//!
//!     cargo run --release --example read -- [--turns N] FILE…
//!
//! Every packet's first and last byte are touched, as any consumer would. The best of N turns is printed.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use minesensor_capture::{Inputs, Window};

fn main() {
    let mut paths: Vec<String> = std::env::args().skip(1).collect();
    let mut turns = 1;
    if paths.first().is_some_and(|word| word == "--turns") {
        turns = paths.get(1).and_then(|word| word.parse().ok()).unwrap_or(1);
        paths.drain(..paths.len().min(2));
    }
    let mut best = Duration::MAX;
    let mut packets = 0_u64;
    for turn in 0..turns {
        let began = Instant::now();
        let (mut inputs, errors) = Inputs::open(&paths, Window::default());
        let mut touched = 0_u64;
        packets = 0;
        while let Some(packet) = inputs.next_packet() {
            packets += 1;
            for byte in packet.data.first().into_iter().chain(packet.data.last()) {
                touched = touched.wrapping_add(u64::from(*byte));
            }
        }
        best = best.min(began.elapsed());
        std::hint::black_box(touched);
        if turn == 0 {
            print_reports(&inputs, &errors);
        }
    }
    let nanoseconds = best.as_secs_f64() * 1e9;
    eprintln!(
        "{packets} packets, {best:.3?}, {:.1} ns a packet",
        nanoseconds / (packets.max(1) as f64)
    );
}

/// One line an input: path, format, packets, bytes, skipped bytes, problems; tabs between.
fn print_reports(inputs: &Inputs, errors: &[minesensor_capture::CaptureError]) {
    for report in inputs.reports() {
        let problems: Vec<String> = report
            .problems
            .iter()
            .map(|(problem, count)| format!("{}={count}", problem.name()))
            .collect();
        let (path, format) = (&report.path, &report.format);
        let (packets, bytes, skipped) = (report.packets, report.bytes, report.skipped_bytes);
        println!(
            "{path:?}\t{format}\t{packets}\t{bytes}\t{skipped}\t{}",
            problems.join(",")
        );
    }
    for error in errors {
        println!("{:?}\tERROR\t{}; {}", error.path, error.what, error.remedy);
    }
}
