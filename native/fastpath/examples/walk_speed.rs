//! Prints what one walk costs, in nanoseconds a packet with everything in cache.
//!
//! `cargo run --release -p minesensor-fastpath --example walk_speed`

use std::hint::black_box;
use std::time::Instant;

use minesensor_fastpath::layers::{Frame, Walk, WalkLimits, walk};

const ROUNDS: u32 = 200_000;
const RUNS: usize = 7;

/// Addresses 192.0.2.1 and 198.51.100.2; the lengths are those of `payload` bytes behind the transport header.
fn ipv4(protocol: u8, inner: &[u8]) -> Vec<u8> {
    let total = u16::try_from(20 + inner.len()).unwrap_or(0).to_be_bytes();
    let mut bytes = vec![0x45, 0, total[0], total[1], 0, 1, 0x40, 0, 64, protocol, 0, 0];
    bytes.extend([192, 0, 2, 1, 198, 51, 100, 2]);
    bytes.extend(inner);
    bytes
}

fn ethernet(ethertype: u16, inner: &[u8]) -> Vec<u8> {
    let mut bytes = vec![2; 12];
    bytes.extend(ethertype.to_be_bytes());
    bytes.extend(inner);
    bytes
}

fn tcp(payload_bytes: usize) -> Vec<u8> {
    let mut bytes = vec![0xc0, 0, 0x0d, 0x05, 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 0x18, 0, 0, 0, 0, 0, 0];
    bytes.extend([1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]);
    bytes.resize(32 + payload_bytes, 0x5a);
    bytes
}

fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xc0, 0];
    bytes.extend(port.to_be_bytes());
    bytes.extend(u16::try_from(8 + payload.len()).unwrap_or(0).to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(payload);
    bytes
}

fn vlan(id: u16, ethertype: u16, inner: &[u8]) -> Vec<u8> {
    [&id.to_be_bytes()[..], &ethertype.to_be_bytes(), inner].concat()
}

fn report(name: &str, packets: &[Vec<u8>]) {
    let limits = WalkLimits::default();
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            for _ in 0..ROUNDS {
                for data in packets {
                    let frame = Frame { link: 1, data: black_box(data), wire_len: 0 };
                    if !matches!(black_box(&walk(&frame, &limits)), Walk::Decoded(_)) {
                        std::process::exit(1);
                    }
                }
            }
            begun.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS) / packets.len() as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name:28} {:6.1} ns (best {:.1})", times[RUNS / 2], times[0]);
}

fn main() {
    if cfg!(debug_assertions) {
        println!("a debug build measures nothing: use --release");
        std::process::exit(2);
    }
    let plain = ethernet(0x0800, &ipv4(6, &tcp(400)));
    let inner = ethernet(0x0800, &ipv4(6, &tcp(400)));
    let vxlan = [&[8, 0, 0, 0, 0, 0, 7, 0][..], &inner].concat();
    let tunnelled = ethernet(0x0800, &ipv4(17, &udp(4789, &vxlan)));
    let datagram = ethernet(0x0800, &ipv4(17, &udp(443, &[0; 400])));
    let tagged = ethernet(0x8100, &vlan(100, 0x0800, &ipv4(6, &tcp(400))));
    report("Ethernet/IPv4/TCP", std::slice::from_ref(&plain));
    report("Ethernet/IPv4/UDP", std::slice::from_ref(&datagram));
    report("Ethernet/VLAN/IPv4/TCP", std::slice::from_ref(&tagged));
    report("Ethernet/IPv4/VXLAN/…/TCP", std::slice::from_ref(&tunnelled));
    report(
        "7 plain, 1 each of the others",
        &[
            plain.clone(),
            datagram,
            plain.clone(),
            plain.clone(),
            tagged,
            plain.clone(),
            plain.clone(),
            tunnelled,
            plain.clone(),
            plain,
        ],
    );
}
