//! Writes captures byte by byte, and reads them back in more than one way.

use std::io::{Cursor, Read, Write};

use minesensor_capture::{CaptureError, InputReport, Inputs, Packet, Problem, Window};

/// A packet that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    pub ts_ns: u64,
    pub link: u16,
    pub interface: u32,
    pub data: Vec<u8>,
    pub wire_len: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Little,
    Big,
}

impl End {
    pub fn u16(self, value: u16) -> [u8; 2] {
        if self == Self::Little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        }
    }

    pub fn u32(self, value: u32) -> [u8; 4] {
        if self == Self::Little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        }
    }

    pub fn u64(self, value: u64) -> [u8; 8] {
        if self == Self::Little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        }
    }
}

pub const MICRO: u32 = 0xa1b2_c3d4;
pub const NANO: u32 = 0xa1b2_3c4d;
pub const LONG: u32 = 0xa1b2_cd34;

/// A second of 2023 at which the crafted captures begin.
pub const T0: u32 = 1_700_000_000;
pub const T0_NS: u64 = 1_700_000_000_000_000_000;

pub fn pcap_header(end: End, magic: u32, network: u32) -> Vec<u8> {
    let version = [end.u16(2), end.u16(4)].concat();
    [
        &end.u32(magic)[..],
        &version,
        &[0; 8],
        &end.u32(65_535),
        &end.u32(network),
    ]
    .concat()
}

pub fn record(end: End, time: (u32, u32), data: &[u8], wire: u32) -> Vec<u8> {
    let captured = u32::try_from(data.len()).unwrap();
    let head = [
        end.u32(time.0),
        end.u32(time.1),
        end.u32(captured),
        end.u32(wire),
    ]
    .concat();
    [&head, data].concat()
}

/// A little-endian Ethernet capture with one packet a second, each of `length` bytes.
pub fn plain_pcap(count: u32, length: usize) -> Vec<u8> {
    let mut file = pcap_header(End::Little, MICRO, 1);
    for number in 0..count {
        let wire = u32::try_from(length).unwrap();
        file.extend(record(
            End::Little,
            (T0 + number, 0),
            &payload(number, length),
            wire,
        ));
    }
    file
}

/// A snoop file of this link with no packet.
pub fn snoop_header(link: u32) -> Vec<u8> {
    [&b"snoop\0\0\0"[..], &End::Big.u32(2), &End::Big.u32(link)].concat()
}

pub fn snoop_record(time: (u32, u32), data: &[u8], wire: u32) -> Vec<u8> {
    let captured = u32::try_from(data.len()).unwrap();
    let filling = vec![0; data.len().next_multiple_of(4) - data.len()];
    let length = 24 + captured + u32::try_from(filling.len()).unwrap();
    let head = [wire, captured, length, 0, time.0, time.1]
        .map(|field| End::Big.u32(field))
        .concat();
    [&head, data, &filling].concat()
}

/// The same capture as [`plain_pcap`], as snoop writes it.
pub fn plain_snoop(count: u32, length: usize) -> Vec<u8> {
    let mut file = snoop_header(4);
    for number in 0..count {
        let wire = u32::try_from(length).unwrap();
        file.extend(snoop_record((T0 + number, 0), &payload(number, length), wire));
    }
    file
}

/// Bytes that differ from packet to packet and look like no header.
pub fn payload(number: u32, length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| 0x80 | u8::try_from((index + number as usize) % 97).unwrap())
        .collect()
}

pub fn block(end: End, kind: u32, body: &[u8]) -> Vec<u8> {
    let padding = vec![0; body.len().next_multiple_of(4) - body.len()];
    let total = end.u32(u32::try_from(12 + body.len() + padding.len()).unwrap());
    [&end.u32(kind)[..], &total, body, &padding, &total].concat()
}

pub fn section(end: End) -> Vec<u8> {
    let body = [
        &end.u32(0x1a2b_3c4d)[..],
        &end.u16(1),
        &end.u16(0),
        &end.u64(u64::MAX),
    ]
    .concat();
    block(end, 0x0a0d_0d0a, &body)
}

pub fn option(end: End, code: u16, value: &[u8]) -> Vec<u8> {
    let padding = vec![0; value.len().next_multiple_of(4) - value.len()];
    [
        &end.u16(code)[..],
        &end.u16(u16::try_from(value.len()).unwrap()),
        value,
        &padding,
    ]
    .concat()
}

pub fn interface(end: End, link: u16, snap: u32, options: &[u8]) -> Vec<u8> {
    block(
        end,
        1,
        &[&end.u16(link)[..], &[0; 2], &end.u32(snap), options].concat(),
    )
}

pub fn enhanced(end: End, interface: u32, ticks: u64, data: &[u8], wire: u32) -> Vec<u8> {
    let (high, low) = (
        u32::try_from(ticks >> 32).unwrap(),
        u32::try_from(ticks & 0xffff_ffff).unwrap(),
    );
    let captured = u32::try_from(data.len()).unwrap();
    let head = [interface, high, low, captured, wire]
        .map(|field| end.u32(field))
        .concat();
    block(end, 6, &[&head, data].concat())
}

pub fn obsolete(end: End, interface: u16, ticks: u64, data: &[u8]) -> Vec<u8> {
    let (high, low) = (
        u32::try_from(ticks >> 32).unwrap(),
        u32::try_from(ticks & 0xffff_ffff).unwrap(),
    );
    let length = u32::try_from(data.len()).unwrap();
    let head = [high, low, length, length]
        .map(|field| end.u32(field))
        .concat();
    block(
        end,
        2,
        &[&end.u16(interface)[..], &end.u16(7), &head, data].concat(),
    )
}

pub fn simple(end: End, data: &[u8], wire: u32) -> Vec<u8> {
    block(end, 3, &[&end.u32(wire)[..], data].concat())
}

/// The same capture as [`plain_pcap`], as pcapng.
pub fn plain_pcapng(count: u32, length: usize) -> Vec<u8> {
    let mut file = [section(End::Little), interface(End::Little, 1, 0, &[])].concat();
    for number in 0..count {
        let ticks = (u64::from(T0) + u64::from(number)) * 1_000_000;
        let wire = u32::try_from(length).unwrap();
        file.extend(enhanced(
            End::Little,
            0,
            ticks,
            &payload(number, length),
            wire,
        ));
    }
    file
}

/// The packets of [`plain_pcap`] and [`plain_pcapng`].
pub fn plain_packets(numbers: impl IntoIterator<Item = u32>, length: usize) -> Vec<Owned> {
    let packet = |number: u32| Owned {
        ts_ns: T0_NS + u64::from(number) * 1_000_000_000,
        link: 1,
        interface: 0,
        data: payload(number, length),
        wire_len: u32::try_from(length).unwrap(),
    };
    numbers.into_iter().map(packet).collect()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(0);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The same with a claim to a dictionary of another size, by its number in the format.
pub fn xz_with_dictionary(bytes: &[u8], number: u8) -> Vec<u8> {
    const BLOCK: usize = 12;
    let mut file = xz(bytes);
    let header_bytes = (usize::from(file[BLOCK]) + 1) * 4;
    let header = &mut file[BLOCK..BLOCK + header_bytes];
    let filter = header.windows(2).position(|pair| pair == [0x21, 1]).unwrap();
    header[filter + 2] = number;
    let mut sum = flate2::Crc::new();
    sum.update(&header[..header_bytes - 4]);
    header[header_bytes - 4..].copy_from_slice(&sum.sum().to_le_bytes());
    file
}

pub fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Hands out a few bytes a read, as a slow pipe does.
struct Drip(Cursor<Vec<u8>>, usize);

impl Read for Drip {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let step = self.1.min(room.len());
        self.0.read(&mut room[..step])
    }
}

impl Owned {
    fn of(packet: &Packet<'_>) -> Self {
        Self {
            ts_ns: packet.ts_ns,
            link: packet.link,
            interface: packet.interface,
            data: packet.data.to_vec(),
            wire_len: packet.wire_len,
        }
    }
}

/// Everything in the stream of one or more inputs.
pub fn drain(inputs: &mut Inputs) -> Vec<Owned> {
    let mut packets = Vec::new();
    while let Some(packet) = inputs.next_packet() {
        packets.push(Owned::of(&packet));
    }
    packets
}

/// The same, handed on in runs that end behind every `pause`th packet.
pub fn run(inputs: &mut Inputs, pause: usize) -> Vec<Owned> {
    let mut packets = Vec::new();
    while inputs.run(|at_hand| {
        at_hand.all(|packet| {
            packets.push(Owned::of(&packet));
            packets.len() % pause != 0
        })
    }) {}
    packets
}

type Outcome = Result<(Vec<Owned>, InputReport), CaptureError>;

fn read_from(reader: Box<dyn Read + Send>, window: Window) -> Outcome {
    read_by(reader, window, drain)
}

fn read_by(
    reader: Box<dyn Read + Send>,
    window: Window,
    read: impl Fn(&mut Inputs) -> Vec<Owned>,
) -> Outcome {
    let (mut inputs, mut errors) =
        Inputs::from_readers(vec![("crafted".to_owned(), reader)], window);
    let packets = read(&mut inputs);
    match errors.pop() {
        Some(error) => Err(error),
        None => Ok((packets, inputs.reports().remove(0))),
    }
}

/// What is read from these bytes; at once and from a slow pipe, which must make no difference.
pub fn try_read(bytes: &[u8]) -> Outcome {
    let whole = read_from(Box::new(Cursor::new(bytes.to_vec())), Window::default());
    let dripped = read_from(
        Box::new(Drip(Cursor::new(bytes.to_vec()), 1021)),
        Window::default(),
    );
    assert_eq!(whole, dripped, "a pipe reads differently");
    for pause in [1, 3, usize::MAX] {
        let by_runs = read_by(
            Box::new(Cursor::new(bytes.to_vec())),
            Window::default(),
            |inputs| run(inputs, pause),
        );
        assert_eq!(whole, by_runs, "runs of {pause} read differently");
    }
    if let Ok((packets, report)) = &whole {
        assert_eq!(report.packets, packets.len() as u64);
        assert_eq!(
            report.bytes,
            packets
                .iter()
                .map(|packet| packet.data.len() as u64)
                .sum::<u64>()
        );
    }
    whole
}

pub fn read(bytes: &[u8]) -> (Vec<Owned>, InputReport) {
    try_read(bytes).unwrap()
}

pub fn problems(report: &InputReport) -> Vec<(Problem, u64)> {
    report.problems.iter().collect()
}
