//! Every format, byte order and resolution gives the packets that were written.

use minesensor_capture::Problem;

use crate::craft::*;

const BOTH: [End; 2] = [End::Little, End::Big];

#[test]
fn pcap_of_both_orders_and_resolutions_is_read() {
    for end in BOTH {
        for (magic, fraction_ns) in [(MICRO, 1000), (NANO, 1)] {
            let mut file = pcap_header(end, magic, 1);
            file.extend(record(end, (T0, 123_456), b"first", 5));
            file.extend(record(end, (T0 + 1, 999_999), b"second is cut", 1500));
            file.extend(record(end, (T0 + 2, 0), b"", 0));
            let (packets, report) = read(&file);
            assert_eq!(packets.len(), 3, "{end:?} {magic:x}");
            assert_eq!(packets[0].ts_ns, T0_NS + 123_456 * fraction_ns);
            assert_eq!(
                (&packets[0].data[..], packets[0].wire_len),
                (&b"first"[..], 5)
            );
            assert_eq!(
                packets[1].ts_ns,
                T0_NS + 1_000_000_000 + 999_999 * fraction_ns
            );
            assert_eq!((packets[1].data.len(), packets[1].wire_len), (13, 1500));
            assert_eq!((packets[2].data.len(), packets[2].wire_len), (0, 0));
            assert_eq!(
                (report.format.as_str(), problems(&report)),
                ("pcap", vec![])
            );
            assert_eq!(
                (report.first_ns, report.last_ns),
                (packets[0].ts_ns, packets[2].ts_ns)
            );
        }
    }
}

#[test]
fn pcap_with_long_record_headers_is_read() {
    for end in BOTH {
        let mut file = pcap_header(end, LONG, 1);
        for number in 0..3 {
            let plain = record(end, (T0 + number, 5), b"payload", 7);
            let (head, data) = plain.split_at(16);
            file.extend([head, &end.u32(2), &end.u16(0x800), &[4, 0], data].concat());
        }
        let (packets, report) = read(&file);
        assert_eq!((packets.len(), problems(&report)), (3, vec![]));
        assert!(packets.iter().all(|packet| packet.data == b"payload"));
    }
}

#[test]
fn snoop_is_read_with_what_fills_its_records_up() {
    for (number, link) in [(4, 1), (0, 1), (2, 6), (8, 10), (5, u16::MAX)] {
        let mut file = snoop_header(number);
        file.extend(snoop_record((T0, 123_456), b"first", 5));
        file.extend(snoop_record((T0 + 1, 999_999), b"second is cut", 1500));
        file.extend(snoop_record((T0 + 2, 0), b"full", 4));
        let (packets, report) = read(&file);
        let seen: Vec<_> = packets
            .iter()
            .map(|packet| (packet.ts_ns - T0_NS, &packet.data[..], packet.wire_len, packet.link))
            .collect();
        let expected: [(u64, &[u8], u32, u16); 3] = [
            (123_456_000, b"first", 5, link),
            (1_999_999_000, b"second is cut", 1500, link),
            (2_000_000_000, b"full", 4, link),
        ];
        assert_eq!(seen, expected);
        let unknown = (link == u16::MAX).then_some((Problem::UnknownLink, 3));
        assert_eq!((report.format.as_str(), problems(&report)), ("snoop", Vec::from_iter(unknown)));
    }
}

#[test]
fn a_record_of_snoop_whose_lengths_contradict_each_other_is_passed_over() {
    for (place, value) in [(8, 20_u32), (8, 24 + 60 + 9), (4, 300_000), (8, 1 << 30), (8, 24 + 59)] {
        let mut file = plain_snoop(5, 60);
        let at = 16 + 84 + place;
        file[at..at + 4].copy_from_slice(&value.to_be_bytes());
        let (packets, report) = read(&file);
        let expected = [plain_packets(0..1, 60), plain_packets(2..5, 60)].concat();
        assert_eq!(packets, expected, "{value} at {place}");
        assert_eq!(problems(&report), [(Problem::BadLength, 1)]);
    }
}

#[test]
fn frame_check_bits_are_no_part_of_the_link_type() {
    let file = [
        pcap_header(End::Little, MICRO, 0x2400_0071),
        record(End::Little, (T0, 0), b"x", 1),
    ]
    .concat();
    assert_eq!(read(&file).0[0].link, 113);
}

#[test]
fn a_packet_of_the_largest_size_is_read_and_one_more_byte_is_a_bad_length() {
    for (length, count) in [(262_144, 2), (262_145, 1)] {
        let mut file = plain_pcap(1, 60);
        file.extend(record(
            End::Little,
            (T0 + 1, 0),
            &payload(1, length),
            262_144,
        ));
        assert_eq!(read(&file).0.len(), count, "{length}");
    }
    let (packets, report) = read(&plain_pcapng(2, 262_144));
    assert_eq!(
        (packets, problems(&report)),
        (plain_packets(0..2, 262_144), vec![])
    );
}

#[test]
fn a_fraction_beyond_one_second_carries_over_and_is_counted() {
    for (magic, fraction) in [(MICRO, 1_000_000), (NANO, 1_000_000_000)] {
        let file = [
            pcap_header(End::Big, magic, 1),
            record(End::Big, (T0, fraction), b"x", 1),
        ]
        .concat();
        let (packets, report) = read(&file);
        assert_eq!(packets[0].ts_ns, T0_NS + 1_000_000_000);
        assert_eq!(problems(&report), [(Problem::BadTime, 1)]);
    }
}

#[test]
fn pcapng_interfaces_keep_their_own_link_and_clock() {
    for end in BOTH {
        let offset = option(end, 14, &end.u64(u64::from(T0)));
        let file = [
            section(end),
            interface(end, 1, 0, &[]),
            interface(end, 113, 96, &option(end, 9, &[9])),
            interface(
                end,
                276,
                0,
                &[option(end, 9, &[0x80 | 10]), offset, option(end, 0, &[])].concat(),
            ),
            interface(end, 228, 0, &option(end, 9, &[12])),
            enhanced(end, 1, T0_NS + 1, b"nano", 4),
            enhanced(end, 0, T0_NS / 1000 + 2, b"micro", 1500),
            enhanced(end, 2, 1024 * 3 + 512, b"binary", 6),
            enhanced(end, 3, 5_000_000_000_123, b"pico", 4),
            obsolete(end, 1, T0_NS + 9, b"obsolete"),
        ]
        .concat();
        let (packets, report) = read(&file);
        let seen: Vec<_> = packets
            .iter()
            .map(|packet| {
                (
                    packet.interface,
                    packet.link,
                    packet.ts_ns,
                    &packet.data[..],
                    packet.wire_len,
                )
            })
            .collect();
        let written: [(u32, u16, u64, &[u8], u32); 5] = [
            (1, 113, T0_NS + 1, b"nano", 4),
            (0, 1, T0_NS + 2000, b"micro", 1500),
            (2, 276, T0_NS + 3_500_000_000, b"binary", 6),
            (3, 228, 5_000_000_000, b"pico", 4),
            (1, 113, T0_NS + 9, b"obsolete", 8),
        ];
        assert_eq!(seen, written, "{end:?}");
        assert_eq!(
            (report.format.as_str(), problems(&report)),
            ("pcapng", vec![(Problem::TimeBackwards, 1)])
        );
        assert_eq!(
            (report.first_ns, report.last_ns),
            (5_000_000_000, T0_NS + 3_500_000_000)
        );
    }
}

#[test]
fn a_section_of_another_version_is_passed_over_and_told() {
    for end in [End::Little, End::Big] {
        let mut foreign = section(end);
        foreign[12..14].copy_from_slice(&end.u16(2));
        let interface = interface(end, 1, 0, &[]);
        let file = [
            section(end),
            interface.clone(),
            enhanced(end, 0, 1, b"first", 5),
            foreign,
            interface.clone(),
            enhanced(end, 0, 2, b"not ours", 8),
            section(end),
            interface,
            enhanced(end, 0, 3, b"last", 4),
        ];
        let (packets, report) = read(&file.concat());
        let data: Vec<&[u8]> = packets.iter().map(|packet| packet.data.as_slice()).collect();
        assert_eq!(data, [b"first".as_slice(), b"last"]);
        assert_eq!(problems(&report), [(Problem::SectionVersion, 1)]);
    }
}

#[test]
fn a_section_of_the_other_order_forgets_the_interfaces_of_the_first() {
    let mut file = plain_pcapng(2, 60);
    file.extend([section(End::Big), interface(End::Big, 101, 0, &[])].concat());
    file.extend(enhanced(
        End::Big,
        0,
        (u64::from(T0) + 9) * 1_000_000,
        b"big",
        3,
    ));
    file.extend(enhanced(End::Big, 1, 0, b"no such interface", 17));
    file.extend(
        [
            section(End::Little),
            enhanced(End::Little, 0, 0, b"none at all", 11),
        ]
        .concat(),
    );
    file.extend(
        [
            interface(End::Little, 0, 0, &[]),
            enhanced(End::Little, 0, T0_NS / 1000, b"again", 5),
        ]
        .concat(),
    );
    let (packets, report) = read(&file);
    assert_eq!(
        packets.iter().map(|packet| packet.link).collect::<Vec<_>>(),
        [1, 1, 101, 0]
    );
    assert_eq!(packets[2].ts_ns, T0_NS + 9_000_000_000);
    assert_eq!(
        problems(&report),
        [(Problem::UnknownInterface, 2), (Problem::TimeBackwards, 1)]
    );
}

#[test]
fn a_simple_packet_has_the_snap_length_of_the_first_interface_and_the_time_before_it() {
    let end = End::Big;
    let file = [
        section(end),
        interface(end, 1, 6, &[]),
        enhanced(end, 0, T0_NS / 1000, b"timed", 5),
        simple(end, b"cut at", 1500),
        simple(end, b"short", 5),
    ]
    .concat();
    let (packets, report) = read(&file);
    assert_eq!(
        (&packets[1].data[..], packets[1].wire_len),
        (&b"cut at"[..], 1500)
    );
    assert_eq!(
        (&packets[2].data[..], packets[2].wire_len),
        (&b"short"[..], 5)
    );
    assert!(packets.iter().all(|packet| packet.ts_ns == T0_NS));
    assert_eq!(problems(&report), [(Problem::NoTime, 2)]);
}

#[test]
fn a_simple_packet_shorter_than_it_says_is_a_cut_one() {
    let file = [
        section(End::Little),
        interface(End::Little, 1, 0, &[]),
        simple(End::Little, b"four", 1500),
    ]
    .concat();
    let (packets, _) = read(&file);
    assert_eq!(
        (&packets[0].data[..], packets[0].wire_len),
        (&b"four"[..], 1500)
    );
}

#[test]
fn blocks_that_hold_no_packet_are_passed_over() {
    let end = End::Little;
    for (kind, length) in [
        (4, 40),
        (5, 12),
        (9, 33),
        (10, 3_000_000),
        (0xbad, 600_000),
        (0x4000_0bad, 8),
        (0x7777, 0),
    ] {
        let mut file = plain_pcapng(1, 60);
        file.extend(block(end, kind, &vec![0xee; length]));
        file.extend(enhanced(
            end,
            0,
            (u64::from(T0) + 1) * 1_000_000,
            &payload(1, 60),
            60,
        ));
        let (packets, report) = read(&file);
        assert_eq!(packets, plain_packets(0..2, 60), "{kind:x}");
        assert_eq!((problems(&report), report.skipped_bytes), (vec![], 0));
    }
}

#[test]
fn every_compression_in_several_parts_and_nested_once_is_read() {
    for plain in [plain_pcap(300, 700), plain_pcapng(300, 700)] {
        let name = read(&plain).1.format;
        let (head, tail) = plain.split_at(plain.len() / 3);
        let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0][..], b"skip"].concat();
        let table = [
            (gzip(&plain), " gzip"),
            ([gzip(head), gzip(&[]), gzip(tail)].concat(), " gzip"),
            // A tape pads its blocks.
            ([gzip(&plain), vec![0; 100_000]].concat(), " gzip"),
            ([gzip(head), vec![0; 512], gzip(tail), vec![0]].concat(), " gzip"),
            (zstd(&plain), " zstd"),
            ([skippable, zstd(head), zstd(tail)].concat(), " zstd"),
            (zstd(&gzip(&plain)), " gzip zstd"),
            (gzip(&gzip(&plain)), " gzip gzip"),
            (xz(&plain), " xz"),
            ([xz(head), vec![0; 8], xz(&[]), xz(tail)].concat(), " xz"),
            (bzip2(&plain), " bzip2"),
            ([bzip2(head), bzip2(tail)].concat(), " bzip2"),
            (xz(&bzip2(&plain)), " bzip2 xz"),
        ];
        for (bytes, suffix) in table {
            let (packets, report) = read(&bytes);
            assert_eq!(packets, plain_packets(0..300, 700), "{suffix}");
            assert_eq!(
                (report.format, report.skipped_bytes),
                (format!("{name}{suffix}"), 0)
            );
            assert_eq!(report.problems.iter().count(), 0);
        }
    }
}

#[test]
fn a_capture_without_packets_is_a_capture() {
    for file in [
        plain_pcap(0, 0),
        plain_pcapng(0, 0),
        section(End::Big),
        gzip(&plain_pcap(0, 0)),
    ] {
        let (packets, report) = read(&file);
        assert_eq!((packets.len(), problems(&report)), (0, vec![]));
        assert_eq!((report.first_ns, report.last_ns), (0, 0));
    }
}
