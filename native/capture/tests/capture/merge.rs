//! Several inputs become one stream in the order of time.

use std::io::{Cursor, Read};
use std::path::PathBuf;

use minesensor_capture::{Inputs, Problem, Window};

use crate::craft::*;

/// A pcap file whose packets have these seconds and carry `name`.
fn at_seconds(name: &str, seconds: &[u32]) -> Vec<u8> {
    let mut file = pcap_header(End::Little, MICRO, 1);
    for second in seconds {
        file.extend(record(End::Little, (T0 + second, 0), name.as_bytes(), 1));
    }
    file
}

fn merged(files: &[(&str, &[u32])], window: Window) -> (Vec<(String, u64)>, Inputs) {
    let reader = |(name, seconds): &(&str, &[u32])| {
        let reader: Box<dyn Read + Send> = Box::new(Cursor::new(at_seconds(name, seconds)));
        ((*name).to_owned(), reader)
    };
    let (mut inputs, errors) = Inputs::from_readers(files.iter().map(reader).collect(), window);
    assert!(errors.is_empty());
    let packets = drain(&mut inputs);
    for pause in [1, 2, usize::MAX] {
        let (mut again, _) = Inputs::from_readers(files.iter().map(reader).collect(), window);
        assert_eq!(packets, run(&mut again, pause), "runs of {pause}");
        assert_eq!(inputs.reports(), again.reports(), "runs of {pause}");
    }
    (named(packets), inputs)
}

/// Name and second of each packet.
fn named(packets: Vec<Owned>) -> Vec<(String, u64)> {
    let second = |packet: &Owned| (packet.ts_ns - T0_NS) / 1_000_000_000;
    packets
        .iter()
        .map(|packet| {
            (
                String::from_utf8(packet.data.clone()).unwrap(),
                second(packet),
            )
        })
        .collect()
}

fn words(packets: &[(String, u64)]) -> String {
    packets
        .iter()
        .map(|(name, second)| format!("{name}{second}"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn three_files_are_merged_by_time_and_at_one_time_in_the_order_given() {
    let (packets, inputs) = merged(
        &[
            ("b", &[1, 4, 4, 9]),
            ("a", &[0, 4, 5]),
            ("c", &[4, 5, 5, 20]),
        ],
        Window::default(),
    );
    assert_eq!(words(&packets), "a0 b1 b4 b4 a4 c4 a5 c5 c5 b9 c20");
    let counts: Vec<_> = inputs
        .reports()
        .iter()
        .map(|report| (report.path.to_str().unwrap().to_owned(), report.packets))
        .collect();
    assert_eq!(
        counts,
        [
            ("b".to_owned(), 4),
            ("a".to_owned(), 3),
            ("c".to_owned(), 4)
        ]
    );
}

#[test]
fn a_file_whose_time_goes_backwards_keeps_its_own_order() {
    let (packets, inputs) = merged(&[("a", &[5, 2, 8]), ("b", &[3, 6, 7])], Window::default());
    assert_eq!(words(&packets), "b3 a5 a2 b6 b7 a8");
    let counts = inputs
        .reports()
        .iter()
        .map(|report| report.problems.count(Problem::TimeBackwards))
        .collect::<Vec<_>>();
    assert_eq!(counts, [1, 0]);
}

#[test]
fn windows_put_end_to_end_hold_every_packet_once() {
    let at = |second: u64| Some(T0_NS + second * 1_000_000_000);
    for (since_ns, until_ns, expected) in [
        (None, at(3), "a1 a2 b2"),
        (at(3), at(7), "b3 a6"),
        (at(7), None, "b7 a7"),
        (None, Some(0), ""),
        (at(7), at(3), ""),
        (None, None, "a1 a2 b2 b3 a6 b7 a7"),
    ] {
        let (packets, inputs) = merged(
            &[("a", &[1, 2, 6]), ("b", &[2, 3, 7]), ("a", &[7])],
            Window { since_ns, until_ns },
        );
        assert_eq!(words(&packets), expected);
        let reports = inputs.reports();
        assert_eq!(
            reports.iter().map(|report| report.packets).sum::<u64>(),
            packets.len() as u64
        );
        assert_eq!(
            reports
                .iter()
                .map(|report| report.packets + report.outside_window)
                .sum::<u64>(),
            7
        );
    }
}

#[test]
fn an_input_that_is_no_capture_leaves_the_others_alone() {
    let readers: Vec<(String, Box<dyn Read + Send>)> = vec![
        ("a".to_owned(), Box::new(Cursor::new(at_seconds("a", &[1])))),
        (
            "picture".to_owned(),
            Box::new(Cursor::new(b"\x89PNG\r\n\x1a\n rest".to_vec())),
        ),
        ("b".to_owned(), Box::new(Cursor::new(at_seconds("b", &[0])))),
    ];
    let (mut inputs, errors) = Inputs::from_readers(readers, Window::default());
    assert_eq!(words(&named(drain(&mut inputs))), "b0 a1");
    assert_eq!(
        errors
            .iter()
            .map(|error| (error.path.to_str().unwrap(), &error.what[..]))
            .collect::<Vec<_>>(),
        [("picture", "a PNG image")]
    );
}

#[test]
fn no_input_at_all_is_an_empty_stream() {
    let (mut inputs, errors) = Inputs::open(&[] as &[&str], Window::default());
    assert!(inputs.next_packet().is_none() && inputs.next_packet().is_none());
    assert_eq!(
        (errors.len(), inputs.reports().len(), inputs.progress()),
        (0, 0, (0, 0))
    );
}

#[test]
fn the_stream_may_move_to_another_thread() {
    let (_, mut inputs) = merged(&[("a", &[1])], Window::default());
    assert!(
        std::thread::spawn(move || inputs.next_packet().is_none())
            .join()
            .unwrap()
    );
}

/// A folder that is removed with what is in it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("minesensor-capture-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub fn path(&self) -> String {
        self.0.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// More files than are kept open: two in turn for each minute, the last ones given first.
fn many_files(folder: &Folder) -> (Vec<String>, u64) {
    let mut paths = Vec::new();
    let mut size = 0;
    for number in (0..100_u32).rev() {
        let bytes = at_seconds("n", &[number * 60, number * 60 + 30, number * 60 + 90]);
        let bytes = if number % 3 == 0 { gzip(&bytes) } else { bytes };
        size += bytes.len() as u64;
        paths.push(folder.write(&format!("{number}.pcap"), &bytes));
    }
    (paths, size)
}

#[test]
fn more_files_than_are_kept_open_are_merged_all_the_same() {
    let folder = Folder::new("many");
    let (paths, size) = many_files(&folder);
    let (mut inputs, errors) = Inputs::open(&paths, Window::default());
    assert!(errors.is_empty());
    let (before, all) = inputs.progress();
    // Only the first file has been opened again.
    assert!(before < size / 50 && all == size);
    let packets = drain(&mut inputs);
    assert_eq!(packets.len(), 300);
    assert!(packets.is_sorted_by_key(|packet| packet.ts_ns));
    assert_eq!(inputs.progress(), (size, size));
    assert!(
        inputs
            .reports()
            .iter()
            .all(|report| report.packets == 3 && report.problems.iter().count() == 0)
    );
}

#[test]
fn a_file_that_is_gone_when_its_turn_comes_is_counted() {
    let folder = Folder::new("gone");
    let (paths, _) = many_files(&folder);
    let (mut inputs, _) = Inputs::open(&paths, Window::default());
    std::fs::remove_file(&paths[50]).unwrap();
    assert_eq!(drain(&mut inputs).len(), 297);
    let report = inputs.reports().remove(50);
    assert_eq!(
        (report.packets, problems(&report)),
        (0, vec![(Problem::ReadFailed, 1)])
    );
}

#[test]
fn progress_of_a_file_ends_at_its_size_as_stored() {
    let folder = Folder::new("progress");
    let bytes = gzip(&plain_pcap(1000, 700));
    let (mut inputs, _) = Inputs::open(&[folder.write("x.pcap.gz", &bytes)], Window::default());
    let size = bytes.len() as u64;
    let (before, all) = inputs.progress();
    assert!(before <= size && all == size);
    drain(&mut inputs);
    assert_eq!(inputs.progress(), (size, size));
}
