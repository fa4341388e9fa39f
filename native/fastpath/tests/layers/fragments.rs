//! Datagrams put together from fragments: order, overlap, bounds, age, and what is said about each.

use crate::craft::{ethernet, gtpu, ipv4, ipv4_part, ipv6, ipv6_part, tcp, udp, vlan, vxlan};
use crate::{RAW, walk_whole};
use minesensor_fastpath::fate::{Fate, Other};
use minesensor_fastpath::fragments::{Added, FragmentEvent, FragmentTally, Fragments};
use minesensor_fastpath::layers::{Datagram, Frame, Transport, Walk, WalkLimits, cut_head, resume, walk};

const SECOND: u64 = 1_000_000_000;
const MORE: u16 = 0x2000;

/// A reassembly with its counters; time stands still unless a test says otherwise.
struct Bench {
    fragments: Fragments,
    tally: FragmentTally,
    realm: u16,
    ts_ns: u64,
}

impl Bench {
    fn new() -> Self {
        Self::with_bytes(1 << 20)
    }

    fn with_bytes(bytes_max: usize) -> Self {
        let fragments = Fragments::new(bytes_max, 30 * SECOND);
        Self { fragments, tally: FragmentTally::default(), realm: 0, ts_ns: 1000 * SECOND }
    }

    #[track_caller]
    fn add(&mut self, packet: &[u8]) -> Added {
        let link = if packet.first().is_some_and(|first| first >> 4 == 0) { 1 } else { RAW };
        let Walk::Fragment(piece) = walk_whole(link, packet) else { panic!("not a fragment: {packet:02x?}") };
        self.fragments.add(&piece, self.realm, self.ts_ns, &mut self.tally)
    }

    #[track_caller]
    fn held(&mut self, packet: &[u8]) {
        let added = self.add(packet);
        assert!(matches!(added, Added::Held), "{added:?}");
    }

    #[track_caller]
    fn dropped(&mut self, packet: &[u8], event: FragmentEvent) {
        let before = self.count(event);
        let added = self.add(packet);
        assert!(matches!(added, Added::Dropped), "{added:?}");
        assert_eq!(self.count(event), before + 1, "{:?}", self.tally);
    }

    #[track_caller]
    fn whole(&mut self, packet: &[u8]) -> Datagram {
        match self.add(packet) {
            Added::Whole(datagram) => datagram,
            other => panic!("not whole: {other:?}"),
        }
    }

    fn count(&self, event: FragmentEvent) -> u64 {
        self.tally.events().find(|(name, _)| *name == event.name()).unwrap().1
    }
}

#[track_caller]
fn payload(datagram: &Datagram) -> Vec<u8> {
    match resume(datagram, &WalkLimits::default()) {
        Walk::Decoded(decoded) => match decoded.transport {
            Transport::Tcp(segment) => segment.payload.to_vec(),
            Transport::Udp(datagram) => datagram.payload.to_vec(),
        },
        other => panic!("not decoded: {other:?}"),
    }
}

/// A UDP datagram of 8 + 40 bytes, cut into six pieces of eight.
fn six_pieces(cut: impl Fn(usize, &[u8]) -> Vec<u8>) -> (Vec<u8>, Vec<Vec<u8>>) {
    let text: Vec<u8> = (0..40).map(|number| b'a' + number % 26).collect();
    let inner = udp(5000, 53, &text);
    let pieces = inner.chunks(8).enumerate().map(|(place, chunk)| cut(place, chunk)).collect();
    (text, pieces)
}

fn v4_piece(place: usize, chunk: &[u8]) -> Vec<u8> {
    ipv4_part(17, 7, u16::try_from(place).unwrap() | if place < 5 { MORE } else { 0 }, chunk)
}

fn v6_piece(place: usize, chunk: &[u8]) -> Vec<u8> {
    ipv6_part(17, 7, u16::try_from(place * 8).unwrap() | u16::from(place < 5), chunk)
}

#[test]
fn pieces_in_any_order_make_the_same_datagram() {
    let orders = [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 5, 0, 4, 1, 2]];
    for order in orders {
        for (text, pieces) in [six_pieces(v4_piece), six_pieces(v6_piece)] {
            let mut bench = Bench::new();
            order[..5].iter().for_each(|place| bench.held(&pieces[*place]));
            let datagram = bench.whole(&pieces[order[5]]);
            assert_eq!(payload(&datagram), text);
            assert_eq!(bench.count(FragmentEvent::Completed), 1);
            assert_eq!(bench.fragments.used_bytes(), 0);
        }
    }
}

#[test]
fn what_is_unfinished_at_the_end_was_not_completed_in_time() {
    let (_, pieces) = six_pieces(v4_piece);
    let mut bench = Bench::new();
    pieces[..5].iter().for_each(|piece| bench.held(piece));
    bench.fragments.finish(&mut bench.tally);
    assert_eq!((bench.count(FragmentEvent::Expired), bench.fragments.used_bytes()), (1, 0));
}

#[test]
fn a_tcp_header_split_over_tiny_pieces_is_read() {
    let inner = tcp(b"{\"id\":1}\n");
    let last = inner.len() / 8;
    let mut bench = Bench::new();
    let piece = |place: usize, chunk: &[u8]| {
        ipv4_part(6, 9, u16::try_from(place).unwrap() | if place < last { MORE } else { 0 }, chunk)
    };
    let pieces: Vec<_> = inner.chunks(8).enumerate().map(|(place, chunk)| piece(place, chunk)).collect();
    pieces[..last].iter().for_each(|piece| bench.held(piece));
    let datagram = bench.whole(&pieces[last]);
    assert_eq!(payload(&datagram), b"{\"id\":1}\n");
}

#[test]
fn a_duplicate_is_harmless_in_either_version() {
    for (text, pieces) in [six_pieces(v4_piece), six_pieces(v6_piece)] {
        let mut bench = Bench::new();
        for piece in &pieces[..5] {
            bench.held(piece);
            bench.dropped(piece, FragmentEvent::Duplicate);
        }
        let datagram = bench.whole(&pieces[5]);
        assert_eq!(payload(&datagram), text);
    }
}

#[test]
fn of_overlapping_ipv4_bytes_those_seen_first_win() {
    let inner = udp(5000, 53, &[b'1'; 24]);
    let mut bench = Bench::new();
    bench.held(&ipv4_part(17, 1, MORE | 2, &inner[16..24]));
    // Covers what is there and both sides of it, with other bytes.
    let mut liar = inner[8..32].to_vec();
    liar.fill(b'2');
    bench.held(&ipv4_part(17, 1, 1, &liar));
    assert_eq!(bench.count(FragmentEvent::OverlapTrimmed), 1);
    let datagram = bench.whole(&ipv4_part(17, 1, MORE, &inner[..8]));
    assert_eq!(payload(&datagram), [&[b'2'; 8][..], &[b'1'; 8], &[b'2'; 8]].concat());
}

#[test]
fn an_overlap_discards_an_ipv6_datagram_and_its_late_pieces() {
    let (_, pieces) = six_pieces(v6_piece);
    let mut bench = Bench::new();
    bench.held(&pieces[0]);
    bench.held(&pieces[1]);
    bench.dropped(&ipv6_part(17, 7, 1, &[0; 16]), FragmentEvent::OverlapDiscarded);
    for piece in &pieces {
        bench.dropped(piece, FragmentEvent::AlreadyDiscarded);
    }
    assert_eq!(bench.count(FragmentEvent::Completed), 0);
}

#[test]
fn an_ipv6_piece_with_the_same_place_and_other_bytes_is_an_overlap() {
    let mut bench = Bench::new();
    bench.held(&ipv6_part(17, 7, 9, &[1; 16]));
    bench.dropped(&ipv6_part(17, 7, 9, &[2; 16]), FragmentEvent::OverlapDiscarded);
}

#[test]
fn pieces_that_dispute_the_end_discard_the_datagram() {
    let disputes = [
        [ipv4_part(17, 1, 2, &[0; 8]), ipv4_part(17, 1, 3, &[0; 8])],
        [ipv4_part(17, 1, 2, &[0; 8]), ipv4_part(17, 1, MORE | 3, &[0; 8])],
        [ipv4_part(17, 1, MORE | 3, &[0; 8]), ipv4_part(17, 1, 2, &[0; 8])],
    ];
    for [first, second] in disputes {
        let mut bench = Bench::new();
        bench.held(&first);
        bench.dropped(&second, FragmentEvent::EndDisputed);
        bench.dropped(&first, FragmentEvent::AlreadyDiscarded);
    }
}

#[test]
fn pieces_that_cannot_be_part_of_a_datagram_are_dropped_by_cause() {
    let mut bench = Bench::new();
    bench.dropped(&ipv4_part(17, 1, MORE, &[]), FragmentEvent::Empty);
    bench.dropped(&ipv4_part(17, 1, MORE, &[0; 12]), FragmentEvent::Misaligned);
    bench.dropped(&ipv4_part(17, 1, 0x1fff, &[0; 16]), FragmentEvent::Oversize);
    bench.dropped(&ipv6_part(17, 1, 0xfff8, &[0; 8]), FragmentEvent::Oversize);
    assert_eq!(bench.fragments.used_bytes(), 0);
    bench.held(&ipv4_part(17, 1, 0x1fff, &[0; 7]));
}

#[test]
fn a_piece_cut_by_the_capture_is_dropped() {
    let packet = ipv4_part(17, 1, MORE, &[0; 64]);
    let frame = Frame { link: RAW, data: &packet[..60], wire_len: 84 };
    let Walk::Fragment(piece) = walk(&frame, &WalkLimits::default()) else { panic!("not a fragment") };
    assert_eq!((piece.data.len(), piece.missing), (40, 24));
    let mut bench = Bench::new();
    let added = bench.fragments.add(&piece, 0, 0, &mut bench.tally);
    assert!(matches!(added, Added::Dropped));
    assert_eq!(bench.count(FragmentEvent::SnapCut), 1);
}

/// What the first piece of a datagram tells although the capture cut it.
fn head<'a>(frame: &Frame<'a>) -> Option<Transport<'a>> {
    let Walk::Fragment(piece) = walk(frame, &WalkLimits::default()) else { panic!("not a fragment") };
    match cut_head(&piece, &WalkLimits::default()) {
        Some(Walk::Decoded(decoded)) => Some(decoded.transport),
        _ => None,
    }
}

#[test]
fn the_first_piece_tells_its_flow_though_the_capture_cut_it() {
    let whole = ipv4_part(17, 1, MORE, &udp(1024, 53, &[7; 56]));
    let cut = |length: usize| Frame { link: RAW, data: &whole[..length], wire_len: 84 };
    let Some(Transport::Udp(datagram)) = head(&cut(60)) else { panic!("no flow") };
    assert_eq!((datagram.src_port, datagram.dst_port, datagram.payload.len(), datagram.missing), (1024, 53, 32, 24));
    assert_eq!(head(&cut(27)), None, "the header itself is cut");
    assert_eq!(head(&cut(84)), None, "a whole piece waits for the others");
    let second = ipv4_part(17, 1, MORE | 1, &[7; 64]);
    assert_eq!(head(&Frame { link: RAW, data: &second[..60], wire_len: 84 }), None, "no header in a later piece");
}

#[test]
fn a_piece_shorter_than_its_header_says_is_a_cut_one_also_where_the_file_does_not_say_so() {
    // Tools that shorten packets forget their length on the wire.
    let first = ipv4_part(17, 1, MORE, &udp(1024, 53, &[7; 56]));
    let cut = Frame { link: RAW, data: &first[..61], wire_len: 61 };
    let Some(Transport::Udp(datagram)) = head(&cut) else { panic!("no flow") };
    assert_eq!((datagram.src_port, datagram.payload.len(), datagram.missing), (1024, 33, 0));
    let mut bench = Bench::new();
    bench.dropped(&first[..61], FragmentEvent::SnapCut);
    bench.held(&first);
    // Nor is a last piece the end of its datagram when its own end is not there.
    let last = ipv4_part(17, 1, 8, b"ABCDEFGH");
    bench.dropped(&last[..26], FragmentEvent::SnapCut);
    assert_eq!(payload(&bench.whole(&last)).len(), 56);
    let last = ipv6_part(17, 3, 8, b"ABCDEFGH");
    bench.dropped(&last[..50], FragmentEvent::SnapCut);
}

#[test]
fn a_large_datagram_in_small_pieces_is_read() {
    let text = vec![b'a'; 5000];
    let inner = tcp(&text);
    let last = inner.len() / 16;
    let mut bench = Bench::new();
    let piece = |place: usize| {
        let more = if place < last { MORE } else { 0 };
        let end = inner.len().min(16 * place + 16);
        ipv4_part(6, 9, u16::try_from(2 * place).unwrap() | more, &inner[16 * place..end])
    };
    (0..last).for_each(|place| bench.held(&piece(place)));
    assert_eq!(payload(&bench.whole(&piece(last))), text);
}

#[test]
fn more_pieces_than_the_limit_discard_the_datagram() {
    let mut bench = Bench::new();
    for place in 0..1024 {
        bench.held(&ipv4_part(17, 1, MORE | (place * 2), &[0; 8]));
    }
    bench.dropped(&ipv4_part(17, 1, MORE | 2048, &[0; 8]), FragmentEvent::TooManyPieces);
    bench.dropped(&ipv4_part(17, 1, MORE | 1, &[0; 8]), FragmentEvent::AlreadyDiscarded);
}

#[test]
fn datagrams_are_told_apart_by_every_part_of_their_key() {
    let first = |id: u16, protocol: u8| ipv4_part(protocol, id, MORE, &udp(1, 2, &[b'a'; 8])[..8]);
    let last = |id: u16, protocol: u8| ipv4_part(protocol, id, 1, b"aaaaaaaa");
    let mut bench = Bench::new();
    bench.held(&first(1, 17));
    bench.held(&last(2, 17));
    bench.held(&last(1, 18));
    bench.realm = 1;
    bench.held(&last(1, 17));
    let mut other = last(1, 17);
    bench.realm = 0;
    other[15] = 99;
    bench.held(&other);
    let datagram = bench.whole(&last(1, 17));
    assert_eq!(payload(&datagram), b"aaaaaaaa");
}

#[test]
fn ipv6_pieces_may_name_other_next_headers_and_the_first_is_meant() {
    let inner = udp(1, 2, b"12345678");
    let mut bench = Bench::new();
    bench.held(&ipv6_part(59, 3, 8, &inner[8..]));
    let datagram = bench.whole(&ipv6_part(17, 3, 1, &inner[..8]));
    assert_eq!(payload(&datagram), b"12345678");
}

#[test]
fn a_datagram_too_old_is_given_up_and_its_id_begins_anew() {
    let mut bench = Bench::new();
    bench.held(&ipv4_part(17, 1, 1, b"old-old-"));
    bench.ts_ns += 30 * SECOND;
    bench.held(&ipv4_part(17, 2, 1, b"younger-"));
    bench.ts_ns += 1;
    bench.held(&ipv4_part(17, 1, MORE, &udp(1, 2, b"new-new-")[..8]));
    assert_eq!(bench.count(FragmentEvent::Expired), 1);
    let datagram = bench.whole(&ipv4_part(17, 1, 1, b"new-new-"));
    assert_eq!(payload(&datagram), b"new-new-");
}

#[test]
fn time_running_backwards_does_not_join_what_lies_far_apart() {
    let mut bench = Bench::new();
    bench.held(&ipv4_part(17, 1, 1, b"12345678"));
    bench.ts_ns -= 31 * SECOND;
    bench.held(&ipv4_part(17, 1, MORE, &[0; 8]));
    assert_eq!(bench.count(FragmentEvent::Expired), 1);
    bench.ts_ns = 0;
    bench.held(&ipv4_part(17, 2, MORE, &[0; 8]));
    bench.ts_ns = u64::MAX;
    bench.held(&ipv4_part(17, 3, MORE, &[0; 8]));
    assert_eq!(bench.count(FragmentEvent::Expired), 3);
}

#[test]
fn a_flood_stays_within_the_memory_and_the_oldest_goes_first() {
    let bytes_max = 80 * 1024;
    let mut bench = Bench::with_bytes(bytes_max);
    for id in 0..20_000_u16 {
        bench.held(&ipv4_part(17, id, MORE, &[0; 800]));
        assert!(bench.fragments.used_bytes() <= bytes_max);
    }
    let evicted = bench.count(FragmentEvent::Evicted);
    assert!((19_900..20_000).contains(&evicted), "{evicted}");
    // Those that came last are here, and every one older than the oldest of them is not.
    let survivors = u16::try_from(20_000 - evicted).unwrap();
    let datagram = bench.whole(&ipv4_part(17, 19_999, 100, &[0; 8]));
    // Eight hundred zeros and eight more: ports and length 0, the rest is payload.
    assert_eq!(payload(&datagram).len(), 800);
    bench.whole(&ipv4_part(17, 19_999 - survivors / 2, 100, &[0; 8]));
    bench.held(&ipv4_part(17, 19_999 - survivors, 100, &[0; 8]));
}

#[test]
fn two_reassemblies_with_other_hash_keys_evict_alike() {
    let run = || {
        let mut bench = Bench::with_bytes(48 * 1024);
        let outcomes: Vec<bool> = (0..4000_u32)
            .map(|turn| {
                let id = u16::try_from(turn * turn / 7 % 40).unwrap();
                let last = turn % 3 == 0;
                let packet = ipv4_part(17, id, if last { 50 } else { MORE }, &[0; 400]);
                matches!(bench.add(&packet), Added::Whole(_))
            })
            .collect();
        (outcomes, bench.tally.events().collect::<Vec<_>>())
    };
    let first = run();
    assert!(first.0.contains(&true));
    assert_eq!(first, run());
}

#[test]
fn a_piece_larger_than_all_memory_is_dropped() {
    let mut bench = Bench::with_bytes(1_800);
    bench.dropped(&ipv4_part(17, 1, MORE, &[0; 1480]), FragmentEvent::NoRoom);
}

#[test]
fn what_was_outside_the_first_piece_is_kept() {
    let inner = udp(1, 2, b"12345678");
    let mut bench = Bench::new();
    let tagged = |part: &[u8]| ethernet(0x8100, &vlan(42, 0x0800, part));
    bench.held(&tagged(&ipv4_part(17, 1, 1, &inner[8..])));
    let datagram = bench.whole(&tagged(&ipv4_part(17, 1, MORE, &inner[..8])));
    let Walk::Decoded(decoded) = resume(&datagram, &WalkLimits::default()) else { panic!("not decoded") };
    assert_eq!(decoded.tunnel.labels(), ["vlan:42"]);
    assert_eq!(decoded.tags.outer_vlan, Some(42));
    assert_eq!(decoded.src.to_string(), "192.0.2.1");
}

#[test]
fn a_tunnel_in_fragments_is_walked_and_fragments_inside_it_are_handed_out() {
    let inner_part = ipv4_part(17, 5, MORE, &[9; 8]);
    let carried = gtpu(3, &inner_part);
    let mut bench = Bench::new();
    bench.held(&ipv4_part(17, 1, MORE, &carried[..16]));
    let datagram = bench.whole(&ipv4_part(17, 1, 2, &carried[16..]));
    let Walk::Fragment(piece) = resume(&datagram, &WalkLimits::default()) else { panic!("not a fragment") };
    assert_eq!((piece.id, piece.data), (5, &[9; 8][..]));
    let whole = ipv4(17, &vxlan(8, &ethernet(0x86dd, &ipv6(6, &tcp(b"deep")))));
    let mut bench = Bench::new();
    bench.held(&ipv6_part(4, 1, 1, &whole[..32]));
    let datagram = bench.whole(&ipv6_part(4, 1, 32, &whole[32..]));
    assert_eq!(payload(&datagram), b"deep");
}

#[test]
fn fragments_inside_fragments_end_at_the_depth_limit() {
    // Each datagram, once whole, is the first piece of the next, whose last piece is here already.
    let levels: u16 = 8;
    let mut bench = Bench::new();
    for level in 0..levels {
        bench.held(&ipv6_part(44, level.into(), levels * 8, &[0; 8]));
    }
    let headers: Vec<u8> = (1..levels).flat_map(|level| [44, 0, 0, 1, 0, 0, 0, level as u8]).collect();
    let packet = ipv6_part(44, 0, 1, &[&headers[..], &[0; 8]].concat());
    let limits = WalkLimits { layers_max: 4 };
    let mut walked = walk(&Frame { link: RAW, data: &packet, wire_len: 0 }, &limits);
    let mut whole;
    while let Walk::Fragment(piece) = walked {
        match bench.fragments.add(&piece, 0, bench.ts_ns, &mut bench.tally) {
            Added::Whole(datagram) => whole = datagram,
            other => panic!("not whole: {other:?}"),
        }
        walked = resume(&whole, &limits);
    }
    assert!(matches!(walked, Walk::Done(Fate::TooDeep)));
    assert_eq!(bench.count(FragmentEvent::Completed), 3);
}

#[test]
fn other_transports_in_fragments_are_said_to_be_so() {
    let mut bench = Bench::new();
    bench.held(&ipv4_part(1, 1, MORE, &[8; 8]));
    let datagram = bench.whole(&ipv4_part(1, 1, 1, &[0; 8]));
    assert!(matches!(resume(&datagram, &WalkLimits::default()), Walk::Done(Fate::OtherTransport(Other::Control))));
}
