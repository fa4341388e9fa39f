//! Capture files in the classic format: microseconds, little-endian, Ethernet.

use std::io::{self, Write};

const MAGIC_MICROSECONDS: u32 = 0xa1b2_c3d4;
const LINK_ETHERNET: u32 = 1;
const SNAP_BYTES: u32 = 262_144;
const FILE_HEADER_BYTES: usize = 24;
const RECORD_HEADER_BYTES: usize = 16;

/// 2026-01-01T00:00:00Z: where the time of everything made here begins.
pub const EPOCH_NS: u64 = 1_767_225_600 * 1_000_000_000;

pub struct Writer<W: Write> {
    out: W,
    packets: u64,
    bytes: u64,
}

impl<W: Write> Writer<W> {
    pub fn new(mut out: W) -> io::Result<Self> {
        let mut header = Vec::with_capacity(FILE_HEADER_BYTES);
        header.extend_from_slice(&MAGIC_MICROSECONDS.to_le_bytes());
        header.extend_from_slice(&2u16.to_le_bytes());
        header.extend_from_slice(&4u16.to_le_bytes());
        header.extend_from_slice(&[0; 8]);
        header.extend_from_slice(&SNAP_BYTES.to_le_bytes());
        header.extend_from_slice(&LINK_ETHERNET.to_le_bytes());
        out.write_all(&header)?;
        Ok(Self { out, packets: 0, bytes: 0 })
    }

    /// Writes a frame; `at_ns` counts from [`EPOCH_NS`].
    pub fn packet(&mut self, at_ns: u64, frame: &[u8]) -> io::Result<()> {
        let ts_ns = EPOCH_NS + at_ns;
        let length = (frame.len() as u32).to_le_bytes();
        let mut header = [0; RECORD_HEADER_BYTES];
        header[0..4].copy_from_slice(&((ts_ns / 1_000_000_000) as u32).to_le_bytes());
        header[4..8].copy_from_slice(&((ts_ns % 1_000_000_000 / 1000) as u32).to_le_bytes());
        header[8..12].copy_from_slice(&length);
        header[12..16].copy_from_slice(&length);
        self.packets += 1;
        self.bytes += frame.len() as u64;
        self.out.write_all(&header)?;
        self.out.write_all(frame)
    }

    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Bytes of all frames, record headers not counted.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// One packet of a file read whole: its time since 1970 and its bytes.
pub struct Record<'a> {
    pub ts_ns: u64,
    pub frame: &'a [u8],
}

/// The packets of a file written by [`Writer`] or in the same form; `None` if it is anything else or cut off.
pub fn read(file: &[u8]) -> Option<Vec<Record<'_>>> {
    let (header, mut rest) = file.split_at_checked(FILE_HEADER_BYTES)?;
    if header[0..4] != MAGIC_MICROSECONDS.to_le_bytes() || header[20..24] != LINK_ETHERNET.to_le_bytes() {
        return None;
    }
    let mut records = Vec::new();
    while !rest.is_empty() {
        let (header, tail) = rest.split_at_checked(RECORD_HEADER_BYTES)?;
        let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (frame, tail) = tail.split_at_checked(word(8) as usize)?;
        records.push(Record { ts_ns: u64::from(word(0)) * 1_000_000_000 + u64::from(word(4)) * 1000, frame });
        rest = tail;
    }
    Some(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let mut file = Vec::new();
        let mut writer = Writer::new(&mut file).expect("memory");
        writer.packet(1_500_000_000, &[1, 2, 3]).expect("memory");
        writer.packet(2_000_001_000, &[4]).expect("memory");
        assert_eq!((writer.packets(), writer.bytes()), (2, 4));
        let records = read(&file).expect("our own file");
        let got: Vec<_> = records.iter().map(|record| (record.ts_ns - EPOCH_NS, record.frame)).collect();
        assert_eq!(got, [(1_500_000_000, &[1u8, 2, 3][..]), (2_000_001_000, &[4][..])]);
    }

    #[test]
    fn a_file_cut_off_or_of_another_kind_is_refused() {
        let mut file = Vec::new();
        Writer::new(&mut file).and_then(|mut writer| writer.packet(0, &[1, 2, 3])).expect("memory");
        assert!(read(&file[..file.len() - 1]).is_none());
        file[0] = 0x4d;
        assert!(read(&file).is_none());
    }
}
