use proptest::prelude::*;

use super::*;

const NAME: &[u8] = b"eu1.pool.example";

/// Writes a ClientHello byte by byte.
struct Writer {
    session_id: Vec<u8>,
    extensions: Vec<(u16, Vec<u8>)>,
}

impl Writer {
    fn named(name: &[u8]) -> Self {
        Self {
            session_id: vec![7; 32],
            extensions: vec![(0x2a2a, vec![]), (0, server_name_list(name)), (43, vec![2, 3, 4])],
        }
    }

    /// As browsers send it: GREASE at both ends, a key share of 1216 bytes, the name somewhere behind it.
    fn post_quantum() -> Self {
        let extensions = vec![
            (0x0a0a, vec![]),
            (51, vec![0x5a; 1216 + 36 + 10]),
            (16, b"\x00\x0c\x02h2\x08http/1.1".to_vec()),
            (0xfe0d, vec![0x33; 390]),
            (0, server_name_list(NAME)),
            (0xfafa, vec![0]),
        ];
        Self { session_id: vec![7; 32], extensions }
    }

    fn message(&self) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend([0x42; 32]);
        body.push(u8::try_from(self.session_id.len()).unwrap());
        body.extend(&self.session_id);
        body.extend([0, 6, 0x1a, 0x1a, 0x13, 0x01, 0x13, 0x02, 1, 0]);
        let mut extensions = Vec::new();
        for (kind, data) in &self.extensions {
            extensions.extend(kind.to_be_bytes());
            extensions.extend(two(data.len()));
            extensions.extend(data);
        }
        body.extend(two(extensions.len()));
        body.extend(extensions);
        message_of(body)
    }

    fn record(&self) -> Vec<u8> {
        records(&self.message(), usize::MAX)
    }
}

fn message_of(body: Vec<u8>) -> Vec<u8> {
    let [high, low] = two(body.len());
    [vec![1, 0, high, low], body].concat()
}

fn two(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap().to_be_bytes()
}

fn server_name_list(name: &[u8]) -> Vec<u8> {
    [two(name.len() + 3).as_slice(), &[0], &two(name.len()), name].concat()
}

/// The message in records of at most `content` bytes.
fn records(message: &[u8], content: usize) -> Vec<u8> {
    let mut wire = Vec::new();
    for part in message.chunks(content) {
        wire.extend([22, 3, 1]);
        wire.extend(two(part.len()));
        wire.extend(part);
    }
    wire
}

/// What a flow's segments give, as the engine asks: the first alone, then all of them through the pool.
fn of_segments(pool: &mut HelloPool, segments: &[&[u8]]) -> Option<Vec<u8>> {
    let (first, others) = segments.split_first()?;
    match sni(first) {
        Sni::Name(name) => return Some(name.to_vec()),
        Sni::None | Sni::NotHello => return None,
        Sni::NeedMore => {}
    }
    // Sequence numbers wrap in the middle of it.
    let mut seq = next_seq(u32::MAX - 100, first);
    let handle = pool.start(first, seq)?;
    let verdict = others.iter().chain([&b"".as_slice()]).find_map(|segment| {
        let verdict = pool.add(handle, seq, segment);
        seq = next_seq(seq, segment);
        verdict
    });
    pool.release(handle);
    verdict.flatten()
}

fn next_seq(seq: u32, segment: &[u8]) -> u32 {
    seq.wrapping_add(u32::try_from(segment.len()).unwrap())
}

#[test]
fn a_whole_hello_gives_its_name_without_a_buffer() {
    assert_eq!(sni(&Writer::named(NAME).record()), Sni::Name(NAME));
    assert_eq!(sni(&Writer::named(b"Pool.EXAMPLE").record()), Sni::Name(b"Pool.EXAMPLE"));
    assert_eq!(sni(&Writer::post_quantum().record()), Sni::Name(NAME));
}

#[test]
fn a_hello_cut_at_any_place_gives_its_name() {
    let hello = Writer::named(NAME).record();
    let mut pool = HelloPool::new(4);
    for first in 1..hello.len() {
        let (head, tail) = hello.split_at(first);
        assert_eq!(of_segments(&mut pool, &[head, tail]).as_deref(), Some(NAME), "cut at {first}");
        for second in 1..tail.len() {
            let (middle, tail) = tail.split_at(second);
            let name = of_segments(&mut pool, &[head, middle, tail]);
            assert_eq!(name.as_deref(), Some(NAME), "cut at {first} and {second} behind it");
        }
    }
    assert_eq!(pool.displaced(), 0);
}

#[test]
fn a_post_quantum_hello_cut_at_any_place_gives_its_name() {
    let hello = Writer::post_quantum().record();
    assert!((1700..1900).contains(&hello.len()), "{}", hello.len());
    let mut pool = HelloPool::new(4);
    for cut in 1..hello.len() {
        let (head, tail) = hello.split_at(cut);
        assert_eq!(of_segments(&mut pool, &[head, tail]).as_deref(), Some(NAME), "cut at {cut}");
    }
    let drip: Vec<&[u8]> = hello.chunks(1).collect();
    assert_eq!(of_segments(&mut pool, &drip).as_deref(), Some(NAME));
}

#[test]
fn a_hello_in_several_records_gives_its_name() {
    let message = Writer::post_quantum().message();
    let mut pool = HelloPool::new(4);
    for content in [1, 2, 3, 5, 7, 100, 1000, message.len() - 1] {
        let wire = records(&message, content);
        for segment in [1, 4, 5, 6, 13, 536, 1460, wire.len()] {
            let segments: Vec<&[u8]> = wire.chunks(segment).collect();
            let name = of_segments(&mut pool, &segments);
            assert_eq!(name.as_deref(), Some(NAME), "records of {content}, segments of {segment}");
        }
    }
}

#[test]
fn a_name_in_the_first_segment_does_not_wait_for_the_rest() {
    let hello =
        Writer { session_id: vec![], extensions: vec![(0, server_name_list(NAME)), (51, vec![0; 1300])] }.record();
    let end_of_name = 5 + 4 + 2 + 32 + 1 + 10 + 2 + 4 + 5 + NAME.len();
    assert_eq!(sni(hello.get(..end_of_name).unwrap()), Sni::Name(NAME));
    assert_eq!(sni(hello.get(..end_of_name - 1).unwrap()), Sni::NeedMore);
}

#[test]
fn a_hello_without_a_name_is_complete() {
    let bare = Writer { session_id: vec![], extensions: vec![(43, vec![2, 3, 4])] };
    assert_eq!(sni(&bare.record()), Sni::None);
    let mut old = vec![3, 1];
    old.extend([0x42; 32]);
    old.extend([0, 0, 2, 0, 0x35, 1, 0]);
    assert_eq!(sni(&records(&message_of(old), usize::MAX)), Sni::None);
    for name in [b"".as_slice(), b"pool example", b"a..b", b"\xff\xfe", &[b'x'; 254]] {
        assert_eq!(sni(&Writer::named(name).record()), Sni::None, "{}", name.escape_ascii());
    }
    let unknown_kind = [two(4).as_slice(), &[9], &two(1), b"x"].concat();
    assert_eq!(sni(&Writer { session_id: vec![], extensions: vec![(0, unknown_kind)] }.record()), Sni::None);
}

#[test]
fn other_bytes_are_not_a_hello() {
    let hello = Writer::named(NAME).record();
    let wrong = [
        (0, 23),   // application data
        (1, 2),    // SSL 2
        (2, 5),    // no such version
        (3, 0x41), // a record of more than 16 KiB
        (5, 2),    // ServerHello
        (6, 1),    // a message of more than 16 KiB
        (9, 2),    // no such version
        (43, 33),  // a session id too long
        (77, 7),   // half a cipher suite
        (84, 0),   // no compression method
        (87, 0),   // extensions shorter than the message
        (87, 255), // extensions longer than the message
    ];
    for (at, value) in wrong {
        let mut bytes = hello.clone();
        *bytes.get_mut(at).unwrap() = value;
        assert_eq!(sni(&bytes), Sni::NotHello, "byte {at}");
    }
    for bytes in [b"".as_slice(), b"{\"id\":1}", b"\x16\x04", b"\x16\x03\x01\x00\x00\x01", b"GET / HTTP/1.1"] {
        assert_eq!(sni(bytes), Sni::NotHello, "{}", bytes.escape_ascii());
    }
}

#[test]
fn a_record_of_another_kind_ends_the_hello() {
    let message = Writer::post_quantum().message();
    let mut wire = records(&message, 1000);
    *wire.get_mut(1005).unwrap() = 21;
    let mut pool = HelloPool::new(1);
    let handle = pool.start(wire.get(..1005).unwrap(), 1005).expect("a buffer");
    assert_eq!(pool.add(handle, 1005, wire.get(1005..).unwrap()), Some(None));
    assert_eq!(pool.start(&wire, 0), None);
}

#[test]
fn what_comes_twice_or_too_early_does_not_spoil_the_hello() {
    let hello = Writer::post_quantum().record();
    let part = |from: usize, to: usize| hello.get(from..to).unwrap();
    let mut pool = HelloPool::new(1);
    let handle = pool.start(part(0, 500), 500).expect("a buffer");
    assert_eq!(pool.add(handle, 1000, part(1000, 1400)), None, "behind a hole");
    assert_eq!(pool.add(handle, 0, part(0, 500)), None, "old");
    assert_eq!(pool.add(handle, 100, part(100, 300)), None, "older");
    assert_eq!(pool.add(handle, 400, part(400, 1000)), None, "old and new");
    assert_eq!(pool.add(handle, 1000, part(1000, hello.len())), Some(Some(NAME.to_vec())));
}

#[test]
fn segments_in_any_order_give_the_name() {
    let hello = Writer::post_quantum().record();
    let parts: Vec<(u32, &[u8])> =
        hello.chunks(400).enumerate().map(|(place, part)| (u32::try_from(place * 400).unwrap(), part)).collect();
    assert_eq!(parts.len(), 5);
    for order in [[1, 2, 3, 4], [4, 3, 2, 1], [2, 1, 4, 3], [3, 4, 1, 2]] {
        let mut pool = HelloPool::new(1);
        let handle = pool.start(parts[0].1, u32::MAX - 99).expect("a buffer");
        let verdicts: Vec<_> = order.iter().map(|&place| pool.add(handle, parts[place].0.wrapping_sub(500), parts[place].1)).collect();
        assert_eq!(verdicts.last(), Some(&Some(Some(NAME.to_vec()))), "{order:?}");
    }
}

#[test]
fn what_is_kept_behind_a_hole_is_bounded() {
    let hello = Writer::post_quantum().record();
    let mut pool = HelloPool::new(1);
    let handle = pool.start(hello.get(..500).unwrap(), 500).expect("a buffer");
    for step in 0..1000u32 {
        assert_eq!(pool.add(handle, 600 + step * 1000, &[0; 1000]), None);
    }
    assert!(pool.memory().1 <= HELLO_BYTES_MAX, "{:?}", pool.memory());
}

#[test]
fn the_largest_hello_fits_and_a_larger_one_is_refused() {
    let overhead =
        Writer { session_id: vec![], extensions: vec![(51, vec![]), (0, server_name_list(NAME))] }.message().len();
    let sized = |bytes: usize| {
        Writer { session_id: vec![], extensions: vec![(51, vec![0; bytes - overhead]), (0, server_name_list(NAME))] }
            .message()
    };
    let mut pool = HelloPool::new(1);
    let largest = records(&sized(HELLO_BYTES_MAX), 9000);
    let segments: Vec<&[u8]> = largest.chunks(1460).collect();
    assert_eq!(of_segments(&mut pool, &segments).as_deref(), Some(NAME));
    let larger = records(&sized(HELLO_BYTES_MAX + 1), 9000);
    assert_eq!(sni(&larger), Sni::NotHello);
}

#[test]
fn the_oldest_hello_gives_way_and_is_counted() {
    let hello = Writer::post_quantum().record();
    let (head, tail) = hello.split_at(700);
    let mut pool = HelloPool::new(2);
    let [oldest, older, newest] = [0; 3].map(|_| pool.start(head, 700).expect("a buffer"));
    assert_eq!(pool.displaced(), 1);
    pool.release(oldest);
    assert_eq!(pool.add(oldest, 700, tail), Some(None));
    for handle in [newest, older] {
        assert_eq!(pool.add(handle, 700, tail), Some(Some(NAME.to_vec())));
        pool.release(handle);
        assert_eq!(pool.add(handle, 700, tail), Some(None));
    }
    assert!(pool.start(head, 700).is_some());
    assert_eq!(pool.displaced(), 1);
}

#[test]
fn a_flood_of_first_halves_keeps_the_pool_at_its_bound() {
    let hello = Writer::post_quantum().record();
    let (head, tail) = hello.split_at(600);
    let mut pool = HelloPool::new(16);
    for _ in 0..200_000 {
        assert!(pool.start(head, 600).is_some());
    }
    let (buffers, bytes) = pool.memory();
    assert!(buffers == 16 && bytes <= 16 * HELLO_BYTES_MAX, "{buffers} {bytes}");
    assert_eq!(pool.displaced(), 200_000 - 16);
    assert_eq!(of_segments(&mut pool, &[head, tail]).as_deref(), Some(NAME));
}

#[test]
fn a_message_longer_than_any_hello_takes_no_memory() {
    let mut pool = HelloPool::new(1);
    let mut wire = vec![22, 3, 1, 0x40, 0, 1, 1, 0, 0];
    assert_eq!(pool.start(&wire, 9), None);
    wire.splice(6..9, [0, 0x3f, 0xfc]);
    let handle = pool.start(&wire, 9).expect("a buffer");
    let filler = vec![0; 1000];
    assert!((0..14).all(|step| pool.add(handle, 9 + step * 1000, &filler).is_none()));
    assert!(pool.memory().1 <= HELLO_BYTES_MAX);
}

proptest! {
    #[test]
    fn any_bytes_can_be_a_hello(bytes in proptest::collection::vec(any::<u8>(), 0..300), segment in 1usize..50) {
        let header = [22, 3, 1, 1, 44, 1, 0, 1, 40, 3, 3];
        let mut pool = HelloPool::new(1);
        for payload in [bytes.clone(), [header.as_slice(), &bytes].concat()] {
            if let Sni::Name(name) = sni(&payload) {
                prop_assert!(is_host_name(name));
            }
            let segments: Vec<&[u8]> = payload.chunks(segment).collect();
            prop_assert!(of_segments(&mut pool, &segments).is_none_or(|name| is_host_name(&name)));
        }
    }

    #[test]
    fn any_byte_of_a_hello_can_be_wrong(at in 0usize..200, value in any::<u8>(), cut in 1usize..200) {
        let mut hello = Writer::named(NAME).record();
        if let Some(byte) = hello.get_mut(at) {
            *byte = value;
        }
        let mut pool = HelloPool::new(1);
        let (head, tail) = hello.split_at(cut.min(hello.len()));
        let gathered = of_segments(&mut pool, &[head, tail]);
        let whole = of_segments(&mut pool, &[&hello]);
        // The first segment alone may show that it is no hello, or give a name in front of what is wrong.
        prop_assert!(gathered == whole || gathered.is_none() || whole.is_none());
    }
}
