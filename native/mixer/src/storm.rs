//! Two streams that ask most of one part of a sensor: every packet a new flow, and text full of near misses.

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::Path;

use crate::error::{Error, Result};
use crate::frame::{ACK, Endpoint, PSH, Payload, SYN, Segment};
use crate::pcap::Writer;
use crate::rng::{Rng, scattered40};

const SERVER: Endpoint = Endpoint { ip: Ipv4Addr::new(198, 19, 0, 1), port: 443 };
/// As many flows can be told apart: 24 bits of address, 16 of port.
pub const FLOWS_MAX: u64 = 1 << 40;
const INTERVAL_NS: u64 = 1000;

/// `packets` flows of one packet each: a SYN, or with `payload_bytes` above 0 a segment in the middle of a stream.
pub fn new_flows<W: Write>(packets: u64, payload_bytes: usize, out: &mut Writer<W>) -> Result<()> {
    let mut rng = Rng::new(1);
    let payloads: Vec<Payload> = (0..64).map(|_| random(payload_bytes, &mut rng)).collect();
    let flags = if payload_bytes == 0 { SYN } else { PSH | ACK };
    let mut frame = Vec::new();
    for number in 0..packets.min(FLOWS_MAX) {
        let segment = Segment { from: stranger(number), to: SERVER, seq: number as u32, ack: 0, flags };
        segment.write(&payloads[number as usize % payloads.len()], &mut frame);
        out.packet(number * INTERVAL_NS, &frame)?;
    }
    Ok(())
}

fn random(bytes: usize, rng: &mut Rng) -> Payload {
    let mut random = vec![0; bytes];
    rng.fill(&mut random);
    // Never a byte that looks like a message, a TLS record or a BTCAgent frame: this is for the flow table alone.
    if let Some(first) = random.first_mut() {
        *first |= 0x80;
    }
    Payload::new(random)
}

fn stranger(number: u64) -> Endpoint {
    let [.., a, b, c, d, e] = scattered40(number).to_be_bytes();
    Endpoint { ip: Ipv4Addr::new(10, a, b, c), port: u16::from_be_bytes([d, e]) }
}

const SEGMENT_BYTES: usize = 1400;
/// A sensor looks at a flow this often a second; more segments of the same flow would go unseen.
const SEGMENTS_PER_FLOW: u64 = 4;

/// The anchors of a sensor, one a line.
pub fn load_anchors(path: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
    let anchors: Vec<String> = text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let usable = !anchors.is_empty() && anchors.iter().all(|anchor| anchor.is_ascii() && anchor.len() > 1);
    if usable { Ok(anchors) } else { Err(Error::content(path, "want one ASCII anchor a line, two characters or more")) }
}

/// At least `bytes` of payload that begins like messages and is full of anchors with their last character changed.
pub fn near_miss<W: Write>(bytes: u64, anchors: &[String], out: &mut Writer<W>) -> Result<()> {
    let mut rng = Rng::new(1);
    let texts: Vec<Payload> = (0..64).map(|_| Payload::new(near_text(anchors, &mut rng))).collect();
    let mut frame = Vec::new();
    for number in 0..bytes.div_ceil(SEGMENT_BYTES as u64) {
        let place = number % SEGMENTS_PER_FLOW;
        let seq = 1 + place as u32 * SEGMENT_BYTES as u32;
        let from = stranger(number / SEGMENTS_PER_FLOW);
        let segment = Segment { from, to: SERVER, seq, ack: 1, flags: PSH | ACK };
        segment.write(&texts[rng.below(texts.len())], &mut frame);
        out.packet(number * INTERVAL_NS, &frame)?;
    }
    Ok(())
}

/// One segment: a JSON text whose strings are near misses.
fn near_text(anchors: &[String], rng: &mut Rng) -> String {
    let mut text = String::from("{\"id\": 1, \"text\": [\"");
    loop {
        let near = near(&anchors[rng.below(anchors.len())]);
        if text.len() + near.len() + 5 > SEGMENT_BYTES || anchors.iter().any(|anchor| near.contains(anchor.as_str())) {
            break;
        }
        text.push_str(&near);
        text.push(' ');
    }
    while text.len() < SEGMENT_BYTES - 4 {
        text.push('.');
    }
    text.push_str("\"]}\n");
    text
}

/// The anchor with its last letter in the other case, or its last character replaced.
fn near(anchor: &str) -> String {
    let (head, last) = anchor.split_at(anchor.len() - 1);
    let last = last.chars().next().unwrap_or('.');
    let other = if last.is_ascii_lowercase() { last.to_ascii_uppercase() } else { '~' };
    format!("{head}{other}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::pcap;

    fn frames(write: impl FnOnce(&mut Writer<&mut Vec<u8>>) -> Result<()>) -> Vec<Vec<u8>> {
        let mut file = Vec::new();
        write(&mut Writer::new(&mut file).expect("memory")).expect("memory");
        pcap::read(&file).expect("our own file").iter().map(|record| record.frame.to_vec()).collect()
    }

    #[test]
    fn every_packet_is_another_flow() {
        for payload_bytes in [0, 32] {
            let frames = frames(|out| new_flows(5000, payload_bytes, out));
            let sockets: HashSet<&[u8]> = frames.iter().map(|frame| &frame[26..38]).collect();
            assert_eq!(sockets.len(), 5000);
            assert!(frames.iter().all(|frame| frame.len() == 54 + payload_bytes));
        }
    }

    #[test]
    fn near_misses_begin_like_messages_and_hold_no_anchor() {
        let anchors = ["mining.subscribe".to_owned(), "eth_submit".to_owned(), "\"blob\"".to_owned()];
        let frames = frames(|out| near_miss(20_000, &anchors, out));
        assert_eq!(frames.len(), 15);
        for frame in &frames {
            let text = std::str::from_utf8(&frame[54..]).expect("text");
            assert_eq!(text.len(), SEGMENT_BYTES);
            assert!(text.starts_with('{') && text.contains("mining.subscrib"));
            assert!(anchors.iter().all(|anchor| !text.contains(anchor.as_str())));
        }
        let flows: HashSet<&[u8]> = frames.iter().map(|frame| &frame[26..38]).collect();
        assert_eq!(flows.len(), 4);
    }
}
