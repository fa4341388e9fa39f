use proptest::prelude::*;

use super::*;

/// Writes messages record by record.
struct Writer(Vec<u8>);

impl Writer {
    fn answer(question: &str, records: u16) -> Self {
        let mut writer = Self(vec![0x12, 0x34, 0x81, 0x80, 0, 1]);
        writer.0.extend(records.to_be_bytes());
        writer.0.extend([0, 0, 0, 0]);
        writer.0.extend(wire_name(question));
        writer.0.extend([0, 1, 0, 1]);
        writer
    }

    fn record(mut self, owner: &[u8], kind: u16, ttl_s: u32, data: &[u8]) -> Self {
        self.0.extend(owner);
        self.0.extend(kind.to_be_bytes());
        self.0.extend([0, 1]);
        self.0.extend(ttl_s.to_be_bytes());
        self.0.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        self.0.extend(data);
        self
    }
}

fn wire_name(name: &str) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in name.split('.') {
        wire.push(u8::try_from(label.len()).unwrap());
        wire.extend(label.as_bytes());
    }
    wire.push(0);
    wire
}

const POINTER: [u8; 2] = [0xc0, 12];

fn mapped(last: u8) -> Ip {
    Ip::v4([192, 0, 2, last])
}

fn names(answer: &Answer) -> Vec<String> {
    answer.names().map(|name| String::from_utf8(name.to_vec()).unwrap()).collect()
}

#[test]
fn addresses_of_the_name_asked_for() {
    let message = Writer::answer("EU.Pool.example", 3)
        .record(&POINTER, 1, 300, &[192, 0, 2, 1])
        .record(&wire_name("eu.POOL.example"), 1, 60, &[192, 0, 2, 2])
        .record(&POINTER, 28, 900, &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    let answer = parse_answer(&message.0).expect("an answer");
    assert_eq!(names(&answer), ["eu.pool.example"]);
    let v6 = Ip([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(answer.addresses(), [mapped(1), mapped(2), v6]);
    assert_eq!(answer.ttl_s(), 60);
}

#[test]
fn aliases_lead_to_addresses_in_any_order() {
    let question = "pool.example";
    let (one, two) = (wire_name("one.example"), wire_name("two.example"));
    let alias = |writer: Writer| writer.record(&POINTER, 5, 30, &one).record(&one, 5, 20, &two);
    let address = |writer: Writer| writer.record(&two, 1, 600, &[192, 0, 2, 7]);
    for message in [address(alias(Writer::answer(question, 3))), alias(address(Writer::answer(question, 3)))] {
        let answer = parse_answer(&message.0).expect("an answer");
        assert_eq!(names(&answer), ["pool.example", "one.example", "two.example"]);
        assert_eq!(answer.addresses(), [mapped(7)]);
        assert_eq!(answer.ttl_s(), 20);
    }
}

#[test]
fn records_that_do_not_follow_from_the_question_are_not_used() {
    let other = wire_name("other.example");
    let message = Writer::answer("pool.example", 4)
        .record(&other, 1, 5, &[192, 0, 2, 9])
        .record(&other, 5, 5, &wire_name("third.example"))
        .record(&POINTER, 16, 5, b"\x04text")
        .record(&POINTER, 1, 70, &[192, 0, 2, 1]);
    let answer = parse_answer(&message.0).expect("an answer");
    assert_eq!(
        (names(&answer), answer.addresses(), answer.ttl_s()),
        (vec!["pool.example".into()], [mapped(1)].as_slice(), 70)
    );
}

#[test]
fn other_messages_are_no_answers() {
    let good = Writer::answer("pool.example", 1).record(&POINTER, 1, 60, &[192, 0, 2, 1]).0;
    assert!(parse_answer(&good).is_some());
    // Query, opcode, error, no question, two questions.
    for (at, value) in [(2, 0x01), (2, 0x89), (3, 0x83), (5, 0), (5, 2), (4, 1)] {
        let mut bad = good.clone();
        *bad.get_mut(at).unwrap() = value;
        assert!(parse_answer(&bad).is_none(), "{at} {value:#x}");
    }
}

#[test]
fn a_cut_message_gives_what_could_be_read() {
    let message = Writer::answer("pool.example", 2).record(&POINTER, 1, 60, &[192, 0, 2, 1]).record(
        &POINTER,
        1,
        60,
        &[192, 0, 2, 2],
    );
    let question_end = 12 + 14 + 4;
    for end in 0..=message.0.len() {
        let answer = parse_answer(message.0.get(..end).unwrap());
        let count = answer.map(|answer| answer.addresses().len());
        let expected = if end < question_end { None } else { Some((end - question_end) / 16) };
        assert_eq!(count, expected, "cut at {end}");
    }
}

#[test]
fn pointers_that_do_not_lead_backwards_are_refused() {
    let mut to_itself = Writer::answer("pool.example", 1).record(&POINTER, 1, 60, &[192, 0, 2, 1]).0;
    to_itself.splice(12..14, [0xc0, 12]);
    assert!(parse_answer(&to_itself).is_none());
    let owner_at = 12 + 14 + 4;
    let forwards = Writer::answer("pool.example", 1).record(&[0xc0, owner_at + 4], 1, 60, &[192, 0, 2, 1]);
    assert_eq!(parse_answer(&forwards.0).expect("the question").addresses().len(), 0);
}

#[test]
fn a_chain_of_pointers_is_followed_sixteen_times() {
    for (jumps, expected) in [(16, 1), (17, 0)] {
        let mut message = Writer::answer("pool.example", 2);
        // A text record holds the chain: the first pointer leads to the question, each other to the one before it.
        let first_at = message.0.len() + 12;
        let mut chain = vec![0xc0, 12];
        for step in 0..jumps - 2 {
            chain.extend([0xc0, u8::try_from(first_at + 2 * step).unwrap()]);
        }
        let last_at = u8::try_from(first_at + 2 * (jumps - 2)).unwrap();
        message = message.record(&POINTER, 16, 60, &chain).record(&[0xc0, last_at], 1, 60, &[192, 0, 2, 1]);
        assert_eq!(parse_answer(&message.0).expect("an answer").addresses().len(), expected, "{jumps} jumps");
    }
}

#[test]
fn names_that_no_host_has_are_not_compared() {
    for question in ["pool example.x", "p\u{fc}l.example"] {
        assert!(parse_answer(&Writer::answer(question, 0).0).is_none());
    }
    // A label with a dot in it is not two labels.
    let mut message = Writer::answer("a.example", 0).0;
    message.splice(12..23, [b"\x0bpool.exampl\x01e\x00".as_slice()].concat());
    assert!(parse_answer(&message).is_none());
    assert!(parse_answer(&Writer::answer("", 0).0).is_none());
    let longest = format!("{0}.{0}.{0}.{1}", "x".repeat(63), "y".repeat(61));
    assert_eq!(names(&parse_answer(&Writer::answer(&longest, 0).0).expect("an answer")), [longest.as_str()]);
    assert!(parse_answer(&Writer::answer(&(longest + "y"), 0).0).is_none());
}

#[test]
fn what_is_beyond_the_bounds_is_left_out() {
    let mut crowd = Writer::answer("pool.example", 300);
    for last in 0..=255 {
        crowd = crowd.record(&POINTER, 1, 60, &[192, 0, 2, last]);
    }
    assert_eq!(parse_answer(&crowd.0).expect("an answer").addresses().len(), 32);
    let mut chain = Writer::answer("pool.example", 12);
    let mut owner = POINTER.to_vec();
    for step in 0..12 {
        let target = wire_name(&format!("alias{step}.example"));
        chain = chain.record(&owner, 5, 60, &target);
        owner = target;
    }
    let answer = parse_answer(&chain.0).expect("an answer");
    assert_eq!(answer.names().count(), 9);
    assert_eq!(names(&answer).last().map(String::as_str), Some("alias7.example"));
}

#[test]
fn the_root_is_no_alias() {
    let message = Writer::answer("pool.example", 2).record(&POINTER, 5, 60, &[0]).record(&[0], 1, 60, &[192, 0, 2, 1]);
    let answer = parse_answer(&message.0).expect("an answer");
    assert_eq!((names(&answer), answer.addresses().len()), (vec!["pool.example".to_owned()], 0));
}

#[test]
fn an_absurd_time_to_live_is_0() {
    let message = Writer::answer("pool.example", 1).record(&POINTER, 1, 1 << 31, &[192, 0, 2, 1]);
    assert_eq!(parse_answer(&message.0).expect("an answer").ttl_s(), 0);
}

proptest! {
    #[test]
    fn any_bytes_can_be_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..600), records in any::<u8>()) {
        let header = [0, 0, 0x81, 0x80, 0, 1, 0, records, 0, 0, 0, 0];
        for message in [bytes.clone(), [&header, bytes.as_slice()].concat(), [header.as_slice(), b"\x01a\x00\x00\x01\x00\x01", &bytes].concat()] {
            if let Some(answer) = parse_answer(&message) {
                prop_assert!(answer.names().all(crate::host::is_host_name));
                prop_assert!(answer.addresses().len() <= 32);
            }
        }
    }

    #[test]
    fn any_byte_of_an_answer_can_be_wrong(at in 0usize..120, value in any::<u8>()) {
        let alias = wire_name("one.example");
        let mut message = Writer::answer("pool.example", 3)
            .record(&POINTER, 5, 30, &alias)
            .record(&alias, 1, 30, &[192, 0, 2, 1])
            .record(&alias, 28, 30, &[0x20; 16]).0;
        if let Some(byte) = message.get_mut(at) {
            *byte = value;
        }
        if let Some(answer) = parse_answer(&message) {
            prop_assert!(answer.names().all(crate::host::is_host_name));
        }
    }
}
