//! Wherever a file is cut, the packets before the cut are read and nothing else is.

use minesensor_capture::Problem;

use crate::craft::*;

const COUNT: u32 = 5;
const LENGTH: usize = 61;

/// Checks every cut of `file`, of which the headers end at `header` and record n at `ends[n]`.
fn check_every_cut(file: &[u8], header: usize, ends: &[usize]) {
    for cut in 0..file.len() {
        let outcome = try_read(&file[..cut]);
        if cut < header {
            assert!(outcome.is_err(), "cut at {cut}");
            continue;
        }
        let (packets, report) = outcome.unwrap();
        let whole = ends.iter().filter(|&&end| end <= cut).count();
        assert_eq!(
            packets,
            plain_packets(0..u32::try_from(whole).unwrap(), LENGTH),
            "cut at {cut}"
        );
        let at_edge = cut == header || ends.contains(&cut);
        let expected = if at_edge {
            vec![]
        } else {
            vec![(Problem::TruncatedTail, 1)]
        };
        assert_eq!(problems(&report), expected, "cut at {cut}");
    }
}

#[test]
fn pcap_cut_anywhere_gives_the_packets_before_the_cut() {
    let ends: Vec<usize> = (1..=COUNT as usize)
        .map(|count| 24 + count * (16 + LENGTH))
        .collect();
    check_every_cut(&plain_pcap(COUNT, LENGTH), 24, &ends);
}

#[test]
fn snoop_cut_anywhere_gives_the_packets_before_the_cut() {
    let ends: Vec<usize> = (1..=COUNT as usize)
        .map(|count| 16 + count * (24 + LENGTH.next_multiple_of(4)))
        .collect();
    check_every_cut(&plain_snoop(COUNT, LENGTH), 16, &ends);
}

#[test]
fn pcapng_cut_anywhere_gives_the_packets_before_the_cut() {
    let file = plain_pcapng(COUNT, LENGTH);
    let ends: Vec<usize> = (1..=COUNT as usize)
        .map(|count| 48 + count * (32 + LENGTH.next_multiple_of(4)))
        .collect();
    for cut in 0..file.len() {
        let outcome = try_read(&file[..cut]);
        // The byte order of the first section is told by its first twelve bytes.
        if cut < 12 {
            assert!(outcome.is_err(), "cut at {cut}");
            continue;
        }
        let (packets, report) = outcome.unwrap();
        let whole = ends.iter().filter(|&&end| end <= cut).count();
        assert_eq!(
            packets,
            plain_packets(0..u32::try_from(whole).unwrap(), LENGTH),
            "cut at {cut}"
        );
        let at_edge = [28, 48].contains(&cut) || ends.contains(&cut);
        let expected = if at_edge {
            vec![]
        } else {
            vec![(Problem::TruncatedTail, 1)]
        };
        assert_eq!(problems(&report), expected, "cut at {cut}");
    }
}

#[test]
fn a_section_cut_where_its_byte_order_cannot_be_told_yet_is_a_cut() {
    let first = plain_pcapng(COUNT, LENGTH);
    for end in [End::Little, End::Big] {
        let file = [first.clone(), section(end)].concat();
        for cut in first.len() + 1..file.len() {
            let (packets, report) = read(&file[..cut]);
            assert_eq!(packets, plain_packets(0..COUNT, LENGTH), "cut at {cut}");
            assert_eq!(problems(&report), [(Problem::TruncatedTail, 1)], "cut at {cut}");
        }
    }
}

#[test]
fn compressed_files_cut_anywhere_give_packets_from_the_first_on() {
    for plain in [plain_pcap(COUNT, LENGTH), plain_pcapng(COUNT, LENGTH)] {
        // Two parts: the packets of the first are there when the second is cut.
        let (head, tail) = plain.split_at(plain.len() / 2);
        for compress in [gzip, zstd, xz, bzip2] {
            let (first, second) = (compress(head), compress(tail));
            let before = read(head).0.len();
            let file = [&first[..], &second].concat();
            for cut in 0..file.len() {
                let Ok((packets, report)) = try_read(&file[..cut]) else {
                    assert!(cut < first.len(), "cut at {cut} of {}", first.len());
                    continue;
                };
                let count = u32::try_from(packets.len()).unwrap();
                assert_eq!(packets, plain_packets(0..count, LENGTH), "cut at {cut}");
                assert!(cut < first.len() || packets.len() >= before, "cut at {cut}");
                // A beginning of xz's signature behind a part may as well be rubbish.
                let is_doubtful =
                    first.starts_with(b"\xfd7zXZ") && (1..6).contains(&(cut.wrapping_sub(first.len())));
                let told = if is_doubtful { Problem::BadCompression } else { Problem::TruncatedTail };
                assert_eq!(problems(&report), [(told, 1)], "cut at {cut} of {}", file.len());
            }
        }
    }
}
