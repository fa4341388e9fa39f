//! A time far ahead of the packets around it is damage; one that the next packet confirms is a pause.

use minesensor_capture::{Problem, Window};

use crate::craft::*;

const LENGTH: usize = 60;
const SECOND: u64 = 1_000_000_000;

/// A packet a second each, but those of `times`, as seconds after the first.
fn seconds(times: &[(usize, i64)], count: u32) -> Vec<i64> {
    let mut seconds: Vec<i64> = (0..i64::from(count)).collect();
    for &(number, second) in times {
        seconds[number] = second;
    }
    seconds
}

fn pcap(seconds: &[i64]) -> Vec<u8> {
    let mut file = pcap_header(End::Little, MICRO, 1);
    for (number, second) in (0..).zip(seconds) {
        let time = u32::try_from(i64::from(T0) + second).unwrap();
        file.extend(record(End::Little, (time, 0), &payload(number, LENGTH), 60));
    }
    file
}

fn pcapng(seconds: &[i64]) -> Vec<u8> {
    let mut file = [section(End::Little), interface(End::Little, 1, 0, &[])].concat();
    for (number, second) in (0..).zip(seconds) {
        let ticks = u64::try_from(i64::from(T0) + second).unwrap() * 1_000_000;
        file.extend(enhanced(End::Little, 0, ticks, &payload(number, LENGTH), 60));
        // A block without a packet between each two: what confirms a time need not stand right behind it.
        file.extend(block(End::Little, 5, &[0; 12]));
    }
    file
}

/// What the packets' times become, in seconds, and how often a time was not believed; the packets are all there.
fn read_seconds(written: &[i64]) -> (Vec<i64>, u64) {
    let as_seconds = |file: &[u8]| {
        let (packets, report) = read(file);
        for (number, packet) in (0..).zip(&packets) {
            assert_eq!(packet.data, payload(number, LENGTH));
        }
        let second = |ts_ns: u64| i64::try_from(ts_ns / SECOND).unwrap() - i64::from(T0);
        let times: Vec<i64> = packets.iter().map(|packet| second(packet.ts_ns)).collect();
        assert_eq!(report.last_ns / SECOND, packets.iter().map(|packet| packet.ts_ns).max().unwrap() / SECOND);
        (times, report.problems.count(Problem::TimeAhead))
    };
    let found = as_seconds(&pcap(written));
    assert_eq!(found, as_seconds(&pcapng(written)));
    found
}

/// The last second that a pcap file can name, in 2106.
const END_OF_TIME: i64 = u32::MAX as i64 - T0 as i64;

#[test]
fn a_lone_jump_ahead_has_the_time_of_the_packet_before_it() {
    for number in 1..9 {
        for ahead in [61 + 9, 1000, END_OF_TIME] {
            let (times, disbelieved) = read_seconds(&seconds(&[(number, ahead)], 10));
            let before = i64::try_from(number).unwrap() - 1;
            assert_eq!((times, disbelieved), (seconds(&[(number, before)], 10), 1), "packet {number}, {ahead} s");
        }
    }
}

#[test]
fn a_first_packet_from_the_future_has_the_time_of_the_next() {
    assert_eq!(read_seconds(&seconds(&[(0, END_OF_TIME)], 5)), (vec![1, 1, 2, 3, 4], 1));
}

#[test]
fn a_last_packet_is_believed_within_a_day() {
    for (pause, disbelieved) in [(3600, 0), (86_400 + 10, 1), (END_OF_TIME, 1)] {
        let last = if disbelieved == 1 { 3 } else { pause };
        assert_eq!(read_seconds(&seconds(&[(4, pause)], 5)), (vec![0, 1, 2, 3, last], disbelieved), "{pause} s");
    }
    assert_eq!(read_seconds(&[END_OF_TIME]), (vec![END_OF_TIME], 0), "a packet alone has nothing against it");
}

#[test]
fn a_pause_is_confirmed_by_the_next_packet() {
    let pauses = [0, 1, 300, 600, 900, 901, 90_000, 180_000, 180_001];
    assert_eq!(read_seconds(&pauses), (pauses.to_vec(), 0));
}

#[test]
fn two_that_agree_are_believed_and_a_step_back_is_a_step_back() {
    let times = [0, 1, 5000, 5001, 2, 3];
    assert_eq!(read_seconds(&times), (times.to_vec(), 0));
    let (_, report) = read(&pcap(&times));
    assert_eq!(problems(&report), [(Problem::TimeBackwards, 1)]);
}

#[test]
fn a_jump_in_one_file_does_not_hold_the_rest_of_it_back_behind_another() {
    let reader = |name: &str, seconds: &[i64]| -> (String, Box<dyn std::io::Read + Send>) {
        (name.to_owned(), Box::new(std::io::Cursor::new(pcap(seconds))))
    };
    let files = vec![reader("a", &[0, END_OF_TIME, 2, 4]), reader("b", &[1, 3, 5])];
    let (mut inputs, _) = minesensor_capture::Inputs::from_readers(files, Window::default());
    let times: Vec<u64> = drain(&mut inputs).iter().map(|packet| packet.ts_ns / SECOND - u64::from(T0)).collect();
    assert_eq!(times, [0, 0, 1, 2, 3, 4, 5]);
}
