//! What a file is, by its first bytes.

use crate::error::Refusal;
use crate::pcap::Variant;
use crate::pcapng;
use crate::snoop;

/// A compression that is read through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

impl Compression {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
        }
    }
}

/// What can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Pcap(Variant),
    Pcapng,
    Snoop,
    Compressed(Compression),
}

const CONVERT: &str = "convert it with: editcap -F pcapng FILE NEW.pcapng";
const UNPACK: &str = "unpack it first";
const NO_CAPTURE: &str = "give a pcap or pcapng file, plain or compressed with gzip, zstd, xz or bzip2";

/// What else people give us, so that the message names it: the signature it begins with, its name, and what to do.
const FOREIGN: [(&[u8], &str, &str); 21] = [
    (b"RTSS", "a Network Monitor 1 capture", CONVERT),
    (b"GMBU", "a Network Monitor 2 capture", CONVERT),
    (b"TRSNIFF data", "a Sniffer capture", CONVERT),
    (b"XCP\0", "a NetXRay capture", CONVERT),
    (b"\xac\x01\x00\x1c", "an IxVeriWave capture", CONVERT),
    (b"\xab\x01\x00\x1c", "an IxVeriWave capture", CONVERT),
    (b"\x04\x22\x4d\x18", "an lz4 file", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"PK\x03\x04", "a ZIP archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", NO_CAPTURE),
    (b"\xff\xd8\xff", "a JPEG image", NO_CAPTURE),
    (b"GIF8", "a GIF image", NO_CAPTURE),
    (b"%PDF-", "a PDF document", NO_CAPTURE),
    (b"\x7fELF", "a program", NO_CAPTURE),
    (b"MZ", "a program", NO_CAPTURE),
    (b"SQLite format 3\0", "an SQLite database", NO_CAPTURE),
    (b"PAR1", "a Parquet file", NO_CAPTURE),
    (b"<?xml", "an XML document", NO_CAPTURE),
    (b"<!DOCTYPE", "a web page", NO_CAPTURE),
    (b"{\"", "a JSON document", NO_CAPTURE),
];

/// What begins with these bytes; they are the first of the file, all of them if it is shorter.
pub(crate) fn identify(start: &[u8]) -> Result<Kind, Refusal> {
    let Some(magic) = start.first_chunk::<4>() else {
        return Err(match start {
            [] => Refusal::new("an empty file", "check how the capture was written"),
            _ => Refusal::new(
                format!("a file of {} bytes, too short for a capture", start.len()),
                NO_CAPTURE,
            ),
        });
    };
    if let Some(variant) = Variant::of(*magic) {
        return Ok(Kind::Pcap(variant));
    }
    if u32::from_be_bytes(*magic) == pcapng::SECTION {
        return Ok(Kind::Pcapng);
    }
    if start.starts_with(snoop::SIGNATURE) {
        return Ok(Kind::Snoop);
    }
    compression(*magic)
        .map(Kind::Compressed)
        .ok_or_else(|| foreign(start, *magic))
}

fn compression(magic: [u8; 4]) -> Option<Compression> {
    match magic {
        [0x1f, 0x8b, 8, _] => Some(Compression::Gzip),
        // The second is a skippable frame: parallel compressors begin with one.
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Some(Compression::Zstd),
        [0xfd, b'7', b'z', b'X'] => Some(Compression::Xz),
        [b'B', b'Z', b'h', b'1'..=b'9'] => Some(Compression::Bzip2),
        _ => None,
    }
}

fn foreign(start: &[u8], magic: [u8; 4]) -> Refusal {
    match FOREIGN
        .iter()
        .find(|(signature, ..)| start.starts_with(signature))
    {
        Some(&(_, name, remedy)) => Refusal::new(name, remedy),
        None if start
            .iter()
            .all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~')) =>
        {
            Refusal::new("a text file", NO_CAPTURE)
        }
        None => {
            let value = u32::from_be_bytes(magic);
            Refusal::new(
                format!("no capture: no format that is read begins with 0x{value:08x}"),
                NO_CAPTURE,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_foreign_signature_is_named_and_hidden_by_none_before_it() {
        for (signature, name, _) in FOREIGN {
            let mut start = signature.to_vec();
            start.resize(64, 0);
            assert_eq!(identify(&start).unwrap_err().what, name);
        }
    }

    #[test]
    fn compressed_files_are_told_by_their_first_bytes() {
        assert_eq!(
            identify(&[0x1f, 0x8b, 8, 0]).unwrap(),
            Kind::Compressed(Compression::Gzip)
        );
        assert_eq!(
            identify(&[0x28, 0xb5, 0x2f, 0xfd]).unwrap(),
            Kind::Compressed(Compression::Zstd)
        );
        assert_eq!(
            identify(&[0x53, 0x2a, 0x4d, 0x18]).unwrap(),
            Kind::Compressed(Compression::Zstd)
        );
        assert_eq!(identify(b"\xfd7zXZ\0").unwrap(), Kind::Compressed(Compression::Xz));
        assert_eq!(identify(b"BZh91AY&SY").unwrap(), Kind::Compressed(Compression::Bzip2));
        assert!(identify(&[0x1f, 0x8b, 7, 0]).is_err());
        assert!(identify(b"BZh0").is_err());
    }
}
