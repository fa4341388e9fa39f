//! Damaged at random, files still end, within their bounds, without a panic, and read alike from file and pipe.

use proptest::prelude::*;

use crate::craft::*;

/// Captures that between them hold everything that is read.
fn seeds() -> Vec<Vec<u8>> {
    let (little, big) = (End::Little, End::Big);
    let rich = [
        section(big),
        interface(
            big,
            1,
            96,
            &[option(big, 9, &[9]), option(big, 14, &big.u64(7))].concat(),
        ),
        interface(big, 113, 0, &option(big, 9, &[0x94])),
        enhanced(big, 0, T0_NS, &payload(1, 77), 1500),
        block(big, 10, &[1; 50]),
        obsolete(big, 1, 1 << 40, &payload(2, 40)),
        simple(big, &payload(3, 96), 300),
        block(big, 5, &[0; 12]),
        section(little),
        interface(little, 228, 0, &option(little, 9, &[12])),
        enhanced(little, 0, 1 << 60, &payload(4, 20), 20),
    ]
    .concat();
    let pcap = plain_pcap(12, 90);
    vec![
        plain_pcapng(8, 50),
        plain_snoop(8, 50),
        gzip(&rich),
        zstd(&rich),
        gzip(&pcap),
        zstd(&pcap),
        xz(&rich),
        bzip2(&rich),
        rich,
        pcap,
    ]
}

#[derive(Clone, Debug)]
enum Change {
    Set(usize, u8),
    Word(usize, u32),
    Remove(usize, usize),
    Double(usize, usize),
    Cut(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let word = prop_oneof![
        Just(0),
        Just(u32::MAX),
        Just(262_144),
        Just(0x0a0d_0d0a),
        0_u32..2000,
        any::<u32>()
    ];
    prop_oneof![
        4 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        4 => (any::<usize>(), word).prop_map(|(at, word)| Change::Word(at, word)),
        1 => (any::<usize>(), 1_usize..64).prop_map(|(at, count)| Change::Remove(at, count)),
        1 => (any::<usize>(), 1_usize..256).prop_map(|(at, count)| Change::Double(at, count)),
        1 => any::<usize>().prop_map(Change::Cut),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let (length, end) = (bytes.len().max(1), bytes.len());
    let span = |at: usize, count: usize| (at % length).min(end)..(at % length + count).min(end);
    match *change {
        Change::Set(at, byte) => bytes[span(at, 1)].fill(byte),
        Change::Word(at, word) => {
            let target = span(at, 4);
            let count = target.len();
            bytes[target].copy_from_slice(&word.to_le_bytes()[..count]);
        }
        Change::Remove(at, count) => drop(bytes.drain(span(at, count))),
        Change::Double(at, count) => {
            let target = span(at, count);
            let copy = bytes[target.clone()].to_vec();
            bytes.splice(target.start..target.start, copy);
        }
        Change::Cut(at) => bytes.truncate(at % length),
    }
}

// Decompressors take ten times as long where they are not optimised.
const CASES: u32 = if cfg!(debug_assertions) { 150 } else { 1500 };

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_never_gives_more_than_it_holds(
        mut bytes in prop::sample::select(seeds()),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        for change in &changes {
            apply(&mut bytes, change);
        }
        if let Ok((packets, report)) = try_read(&bytes) {
            prop_assert!(packets.iter().all(|packet| packet.data.len() <= packet.wire_len as usize));
            if !report.format.contains(' ') {
                prop_assert!(report.bytes + report.skipped_bytes <= bytes.len() as u64);
            }
        }
    }

    #[test]
    fn damage_in_one_record_of_a_pcap_file_costs_no_record_before_it(number in 0_u32..12, at in 0_usize..106, byte: u8) {
        let mut bytes = plain_pcap(12, 90);
        bytes[24 + number as usize * 106 + at] = byte;
        let (packets, _) = read(&bytes);
        let (kept, written) = (&packets[..number as usize], plain_packets(0..number, 90));
        prop_assert!(kept.iter().zip(&written).all(|(kept, written)| kept.data == written.data));
        // Of two first times nobody can say which is the wrong one.
        let judged = usize::from(number == 1);
        prop_assert_eq!(&kept[judged..], &written[judged..]);
    }
}
