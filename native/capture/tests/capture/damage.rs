//! What is wrong in the middle of a file is counted, and the rest is still read.

use minesensor_capture::Problem;

use crate::craft::*;

const LENGTH: usize = 60;
const RECORD: usize = 16 + LENGTH;
const BLOCK: usize = 32 + LENGTH;
/// Where the first record of a crafted pcap, and the first packet block of a crafted pcapng, begin.
const RECORDS: usize = 24;
const BLOCKS: usize = 48;

fn overwrite(file: &mut [u8], at: usize, bytes: &[u8]) {
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

#[test]
fn pcap_with_a_bad_length_loses_that_record_only() {
    for bad in [262_145_u32, 0x8000_0000, u32::MAX] {
        for number in 0..9 {
            let mut file = plain_pcap(10, LENGTH);
            overwrite(&mut file, RECORDS + number * RECORD + 8, &bad.to_le_bytes());
            let (packets, report) = read(&file);
            let left = (0..10).filter(|&other| other as usize != number);
            assert_eq!(
                packets,
                plain_packets(left, LENGTH),
                "{bad:x} in record {number}"
            );
            assert_eq!(problems(&report), [(Problem::BadLength, 1)]);
            assert_eq!(report.skipped_bytes, RECORD as u64);
        }
    }
}

#[test]
fn pcap_with_a_length_beyond_the_end_loses_that_record_only() {
    let mut file = plain_pcap(10, LENGTH);
    overwrite(
        &mut file,
        RECORDS + 5 * RECORD + 8,
        &200_000_u32.to_le_bytes(),
    );
    let (packets, report) = read(&file);
    assert_eq!(packets, plain_packets([0, 1, 2, 3, 4, 6, 7, 8, 9], LENGTH));
    assert_eq!(problems(&report), [(Problem::BadLength, 1)]);
}

#[test]
fn pcap_with_missing_or_foreign_bytes_goes_on_behind_them() {
    let file = plain_pcap(10, LENGTH);
    let (head, tail) = file.split_at(RECORDS + 4 * RECORD + 30);
    let hole = vec![0; 2_000_000];
    for (name, damaged) in [
        ("seven bytes missing", [head, &tail[7..]].concat()),
        ("garbage", [head, &[0xff; 100_001][..], tail].concat()),
        (
            "a hole longer than the buffer",
            [head, &hole, &file[RECORDS + 6 * RECORD..]].concat(),
        ),
    ] {
        let (packets, report) = read(&damaged);
        let good = plain_packets(0..4, LENGTH);
        assert_eq!(packets[..4], good[..], "{name}");
        assert_eq!(
            packets[packets.len() - 3..],
            plain_packets(7..10, LENGTH)[..],
            "{name}"
        );
        assert!(
            report.problems.count(Problem::BadLength) >= 1,
            "{name}: {:?}",
            problems(&report)
        );
        assert_eq!(report.problems.count(Problem::LostSync), 0, "{name}");
    }
}

#[test]
fn a_hole_of_zeros_is_no_empty_packet_even_in_1970() {
    let early = |fraction| record(End::Little, (0, fraction), &payload(0, LENGTH), 60);
    let mut file = pcap_header(End::Little, MICRO, 1);
    for part in [early(0), early(0), vec![0; 64], early(7), early(8)] {
        file.extend(part);
    }
    let (packets, report) = read(&file);
    assert_eq!(packets.len(), 4);
    assert_eq!(problems(&report), [(Problem::BadLength, 1)]);
    assert_eq!(report.skipped_bytes, 64);
}

#[test]
fn pcap_that_never_makes_sense_again_is_given_up_and_says_so() {
    let file = [plain_pcap(3, LENGTH), vec![0xff; 20_000_000]].concat();
    let (packets, report) = read(&file);
    assert_eq!(packets, plain_packets(0..3, LENGTH));
    assert_eq!(
        problems(&report),
        [(Problem::BadLength, 1), (Problem::LostSync, 1)]
    );
    // Sixteen MiB are searched; the rest was not even looked at.
    assert_eq!(report.skipped_bytes, 16 * 1024 * 1024);
}

#[test]
fn a_capture_inside_a_packet_is_not_taken_for_the_capture_around_it() {
    let old = record(End::Little, (T0 - 40_000_000, 0), &payload(0, 20), 20).repeat(2);
    let mut file = plain_pcap(1, LENGTH);
    // A bad length before a packet that carries records of another year.
    let mut carrier = record(End::Little, (T0 + 1, 0), &old, 72);
    overwrite(&mut carrier, 8, &u32::MAX.to_le_bytes());
    file.extend(carrier);
    file.extend(record(End::Little, (T0 + 1, 0), &payload(1, LENGTH), 60));
    assert_eq!(read(&file).0, plain_packets(0..2, LENGTH));
}

#[test]
fn pcapng_with_a_bad_length_at_either_end_loses_that_block_only() {
    for bad in [0_u32, 4, 13, 93, 96, 400_000, 1_000_000, u32::MAX] {
        for place in [4, BLOCK - 4] {
            let mut file = plain_pcapng(10, LENGTH);
            overwrite(&mut file, BLOCKS + 5 * BLOCK + place, &bad.to_le_bytes());
            let (packets, report) = read(&file);
            assert_eq!(
                packets,
                plain_packets([0, 1, 2, 3, 4, 6, 7, 8, 9], LENGTH),
                "{bad} at {place}"
            );
            assert_eq!(problems(&report), [(Problem::BadLength, 1)]);
            assert_eq!(report.skipped_bytes, BLOCK as u64);
        }
    }
}

#[test]
fn pcapng_goes_on_at_a_section_of_the_other_order_behind_garbage() {
    let mut file = [plain_pcapng(2, LENGTH), vec![0xee; 1_300_001]].concat();
    file.extend([section(End::Big), interface(End::Big, 1, 0, &[])].concat());
    file.extend(enhanced(
        End::Big,
        0,
        (u64::from(T0) + 2) * 1_000_000,
        &payload(2, LENGTH),
        60,
    ));
    let (packets, report) = read(&file);
    assert_eq!(packets, plain_packets(0..3, LENGTH));
    assert_eq!(
        (problems(&report), report.skipped_bytes),
        (vec![(Problem::BadLength, 1)], 1_300_001)
    );
}

#[test]
fn pcapng_blocks_that_contradict_themselves_are_passed_over() {
    let end = End::Little;
    let mut too_long = enhanced(end, 0, 0, b"x", 1);
    overwrite(&mut too_long, 20, &5_u32.to_le_bytes());
    for bad in [
        too_long,
        block(end, 6, b"short"),
        block(end, 2, &[0; 16]),
        block(end, 3, &[]),
    ] {
        let mut file = plain_pcapng(1, LENGTH);
        file.extend(bad);
        file.extend(enhanced(
            end,
            0,
            (u64::from(T0) + 1) * 1_000_000,
            &payload(1, LENGTH),
            60,
        ));
        let (packets, report) = read(&file);
        assert_eq!(packets, plain_packets(0..2, LENGTH));
        assert_eq!(problems(&report), [(Problem::BadBlock, 1)]);
    }
}

#[test]
fn a_bad_interface_description_keeps_its_number() {
    let end = End::Little;
    let file = [
        section(end),
        block(end, 1, &[1, 0, 0, 0]),
        interface(end, 101, 0, &[]),
        enhanced(end, 1, 1, b"good", 4),
        enhanced(end, 0, 2, b"of the bad one", 14),
    ]
    .concat();
    let (packets, report) = read(&file);
    assert_eq!(
        packets.iter().map(|packet| packet.link).collect::<Vec<_>>(),
        [101, u16::MAX]
    );
    assert_eq!(
        problems(&report),
        [(Problem::BadBlock, 1), (Problem::UnknownLink, 1)]
    );
}

#[test]
fn interfaces_beyond_the_bound_are_counted_and_their_packets_passed_over() {
    let end = End::Little;
    let mut file = section(end);
    for _ in 0..4097 {
        file.extend(interface(end, 1, 0, &[]));
    }
    file.extend(
        [
            enhanced(end, 4095, 1, b"last", 4),
            enhanced(end, 4096, 1, b"beyond", 6),
        ]
        .concat(),
    );
    let (packets, report) = read(&file);
    assert_eq!((packets.len(), packets[0].interface), (1, 4095));
    assert_eq!(
        problems(&report),
        [
            (Problem::UnknownInterface, 1),
            (Problem::TooManyInterfaces, 1)
        ]
    );
}

#[test]
fn oddities_of_packets_are_counted_and_the_packets_delivered() {
    let mut file = pcap_header(End::Little, MICRO, 147);
    file.extend(record(End::Little, (T0, 0), b"longer than the wire", 3));
    file.extend(record(End::Little, (T0 - 1, 0), b"older", 5));
    file.extend(record(End::Little, (T0 - 1, 0), b"as old", 6));
    let (packets, report) = read(&file);
    assert_eq!(
        packets
            .iter()
            .map(|packet| packet.wire_len)
            .collect::<Vec<_>>(),
        [20, 5, 6]
    );
    let counted = [
        (Problem::UnknownLink, 3),
        (Problem::WireLength, 1),
        (Problem::TimeBackwards, 1),
    ];
    assert_eq!(problems(&report), counted);
    assert_eq!(
        (report.first_ns, report.last_ns),
        (T0_NS - 1_000_000_000, T0_NS)
    );
}

#[test]
fn times_out_of_range_are_saturated_and_counted() {
    let end = End::Big;
    // Five seconds before 1970.
    let before = interface(end, 1, 0, &option(end, 14, &end.u64(u64::MAX - 4)));
    let file = [
        section(end),
        before,
        interface(end, 1, 0, &option(end, 9, &[0])),
        enhanced(end, 0, 4_000_000, b"before 1970", 11),
        enhanced(end, 1, u64::MAX, b"after 2554", 10),
    ]
    .concat();
    let (packets, report) = read(&file);
    assert_eq!(
        packets
            .iter()
            .map(|packet| packet.ts_ns)
            .collect::<Vec<_>>(),
        [0, u64::MAX]
    );
    assert_eq!(problems(&report), [(Problem::BadTime, 2)]);
}

#[test]
fn damaged_compression_gives_the_packets_before_the_damage() {
    let plain = plain_pcap(1000, 600);
    let (head, tail) = plain.split_at(plain.len() / 2);
    let before = plain_packets(0..499, 600);
    // The signature of the second part, and the type of its first block, which is none.
    for (first, second, place, byte) in [
        (gzip(head), gzip(tail), 1, 0),
        (gzip(head), gzip(tail), 10, 0xff),
        (zstd(head), zstd(tail), 1, 0),
        (zstd(head), zstd(tail), 6, 0xff),
        (xz(head), xz(tail), 2, 0),
        (xz(head), xz(tail), 13, 0xff),
        (bzip2(head), bzip2(tail), 1, 0),
        (bzip2(head), bzip2(tail), 6, 0xff),
    ] {
        let mut file = [&first[..], &second].concat();
        file[first.len() + place] = byte;
        let (packets, report) = read(&file);
        assert_eq!(packets, before, "byte {place}");
        assert_eq!(
            problems(&report),
            [(Problem::BadCompression, 1)],
            "byte {place}"
        );
    }
}

#[test]
fn bytes_behind_a_gzip_file_are_counted_and_cost_no_packet() {
    let (packets, report) =
        read(&[&gzip(&plain_pcap(9, LENGTH))[..], b"trailing rubbish"].concat());
    assert_eq!(
        (packets, problems(&report)),
        (
            plain_packets(0..9, LENGTH),
            vec![(Problem::BadCompression, 1)]
        )
    );
}
