use proptest::prelude::*;

use super::*;
use crate::certificate::tests::openssl;

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, high, middle, low] = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind, high, middle, low], body].concat()
}

fn server_hello(extensions: Option<&[u8]>) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([7; RANDOM_BYTES]);
    body.extend([2, 1, 1, 0xc0, 0x2f, 0]);
    if let Some(extensions) = extensions {
        body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        body.extend(extensions);
    }
    message(SERVER_HELLO, &body)
}

/// The server's own certificate, and another one behind it.
fn certificates() -> Vec<u8> {
    let length = |content: &[u8]| u32::try_from(content.len()).unwrap().to_be_bytes()[1..].to_vec();
    let own = openssl();
    let list = [length(&own), own, length(b"ca"), b"ca".to_vec()].concat();
    message(CERTIFICATE, &[length(&list), list].concat())
}

fn records(messages: &[u8], content: usize) -> Vec<u8> {
    let record =
        |part: &[u8]| [&[22, 3, 3], u16::try_from(part.len()).unwrap().to_be_bytes().as_slice(), part].concat();
    messages.chunks(content).flat_map(record).collect()
}

fn read(parts: &[(usize, &[u8])]) -> Flight {
    let mut flight = ServerFlight::starting(Start::Near(0));
    for &(seq, data) in parts {
        let segment = Segment { ts_ns: 1, seq: u32::try_from(seq).unwrap(), needs: None, data, missing: 0 };
        match flight.take(&segment) {
            Flight::NeedMore => {}
            found => return found,
        }
    }
    Flight::NeedMore
}

fn expected() -> Flight {
    Flight::Names(["*.pool.example", "eu.pool.example", "pool.example"].map(String::from).to_vec())
}

#[test]
fn a_certificate_is_found_over_any_records_and_segments() {
    let messages = [server_hello(Some(&[0xff, 1, 0, 1, 0])), certificates(), message(14, &[])].concat();
    for content in [5, 100, 16_000] {
        let wire = records(&messages, content);
        assert_eq!(read(&[(0, &wire)]), expected());
        for cut in (1..wire.len()).step_by(7) {
            let (head, tail) = wire.split_at(cut);
            assert_eq!(read(&[(0, head), (cut, tail)]), expected(), "cut at {cut}");
            assert_eq!(read(&[(cut, tail), (0, head)]), expected(), "cut at {cut}, swapped");
        }
    }
    assert_eq!(read(&[(0, &records(&[server_hello(None), certificates()].concat(), 1000))]), expected());
}

#[test]
fn what_hides_its_certificate_or_has_none_is_given_up() {
    let tls_1_3 = records(&server_hello(Some(&[0, 43, 0, 2, 3, 4])), 1000);
    let resumed = [records(&server_hello(None), 1000), b"\x14\x03\x03\0\x01\x01".to_vec()].concat();
    let ticket = records(&[server_hello(None), message(4, &[0; 40])].concat(), 1000);
    let endless = records(&message(CERTIFICATE, &vec![0xff; 60_000]), 16_000);
    for wire in [tls_1_3.as_slice(), &resumed, &ticket, &endless, b"\x15\x03\x03\0\x02\x02\x28", b"HTTP/1.1 400"] {
        assert_eq!(read(&[(0, wire)]), Flight::Nothing, "{}", wire.escape_ascii().to_string().get(..40).unwrap());
    }
    let wire = records(&[server_hello(None), certificates()].concat(), 1000);
    assert_eq!(read(&[(0, &wire[..200])]), Flight::NeedMore);
    let far = vec![0; 9_000];
    assert_eq!(read(&[(0, &wire[..200]), (300, &far)]), Flight::Nothing, "behind a hole");
}

proptest! {
    #[test]
    fn any_bytes_in_any_order_are_survived(
        parts in proptest::collection::vec((0..900usize, 0..300usize, any::<u8>()), 0..30)
    ) {
        let wire = records(&[server_hello(None), certificates()].concat(), 300);
        let mut flight = ServerFlight::starting(Start::Unknown);
        for (at, length, value) in parts {
            let mut data = wire.get(at..(at + length).min(wire.len())).unwrap_or_default().to_vec();
            if value > 128 {
                data.push(value);
            }
            let seq = u32::try_from(at).unwrap();
            if flight.take(&Segment { ts_ns: 1, seq, needs: None, data: &data, missing: 0 }) != Flight::NeedMore {
                break;
            }
            prop_assert!(flight.messages.len() < MESSAGES_BYTES_MAX && flight.header.len() < RECORD_HEADER_BYTES);
        }
    }
}
