//! What is no capture is refused in words that say what it is and what to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use minesensor_capture::{CaptureError, Inputs, KeepOn, Manner, Problem, Window};

use crate::craft::*;
use crate::merge::Folder;

fn refused(bytes: &[u8]) -> CaptureError {
    try_read(bytes).unwrap_err()
}

#[test]
fn files_that_are_no_captures_are_named() {
    let table: [(&[u8], &str); 15] = [
        (b"", "an empty file"),
        (b"abc", "a file of 3 bytes, too short for a capture"),
        (b"\x89PNG\r\n\x1a\n....", "a PNG image"),
        (
            b"snoop\0\0\0\0\0\0\x02\0\0\0",
            "a snoop file whose header is cut short or damaged",
        ),
        (
            b"snoop\0\0\0\0\0\0\x04\0\0\0\x04",
            "a snoop file whose header is cut short or damaged",
        ),
        (
            b"\xde\xad\xbe\xef\x00\x01",
            "no capture: no format that is read begins with 0xdeadbeef",
        ),
        (b"nothing but words\n", "a text file"),
        (
            &pcap_header(End::Big, NANO, 1)[..23],
            "a pcap file whose header is cut short or damaged",
        ),
        (
            &section(End::Big)[..11],
            "a pcapng file whose header is cut short or damaged",
        ),
        (
            b"\x0a\x0d\x0d\x0a\0\0\0\x1c\0\0\0\0\0\0\0\0",
            "a pcapng file whose header is cut short or damaged",
        ),
        (
            b"\x1f\x8b\x08\x00",
            "a gzip file cut short before its first packet",
        ),
        (
            b"\x28\xb5\x2f\xfd",
            "a zstd file cut short before its first packet",
        ),
        (&xz(b"")[..20], "an xz file cut short before its first packet"),
        (&gzip(b""), "a gzip file that holds an empty file"),
        (&xz(b""), "an xz file that holds an empty file"),
    ];
    for (bytes, what) in table {
        let error = refused(bytes);
        assert_eq!(
            (error.path.to_str().unwrap(), error.what.as_str()),
            ("crafted", what)
        );
        assert!(!error.remedy.is_empty());
    }
}

#[test]
fn what_a_compressed_file_holds_is_named_through_all_its_layers() {
    let picture = b"\x89PNG\r\n\x1a\n....";
    assert_eq!(
        refused(&gzip(picture)).what,
        "a gzip file that holds a PNG image"
    );
    assert_eq!(
        refused(&zstd(&gzip(picture))).what,
        "a zstd file that holds a PNG image"
    );
    let thrice = gzip(&gzip(&gzip(&plain_pcap(1, 60))));
    assert_eq!(refused(&thrice).what, "compressed too many times over");
}

#[test]
fn a_zstd_window_over_the_bound_is_refused_and_one_at_the_bound_is_read() {
    for (log, readable) in [(27, true), (28, false)] {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(log).unwrap();
        std::io::Write::write_all(&mut encoder, &plain_pcap(9, 60)).unwrap();
        let outcome = try_read(&encoder.finish().unwrap());
        assert_eq!(outcome.is_ok(), readable, "{log}");
        assert!(readable || outcome.unwrap_err().remedy.contains("128 MiB"));
    }
}

#[test]
fn a_dictionary_of_xz_over_the_bound_is_refused_and_one_at_the_bound_is_read() {
    // 128 MiB, 192 MiB, 4 GiB.
    for (number, readable) in [(30, true), (31, false), (40, false)] {
        let outcome = try_read(&xz_with_dictionary(&plain_pcap(9, 60), number));
        assert_eq!(outcome.is_ok(), readable, "{number}");
        assert!(readable || outcome.unwrap_err().remedy.contains("128 MiB"));
    }
}

/// Behind a part that was read, it is the end of the input, and told.
#[test]
fn a_later_part_that_cannot_be_decompressed_is_damage() {
    let (head, tail) = (plain_pcap(9, 60), vec![0; 60]);
    for part in [xz_with_dictionary(&tail, 40), b"\xfd7zXZ\0\xff\xff\0\0\0\0".to_vec()] {
        let (packets, report) = read(&[xz(&head), part].concat());
        assert_eq!(packets, plain_packets(0..9, 60));
        assert_eq!(report.problems.count(Problem::BadCompression), 1);
    }
}

#[test]
fn paths_that_cannot_be_read_are_refused_each_for_its_reason() {
    let folder = Folder::new("opening");
    let good = folder.write("good.pcap", &plain_pcap(4, 60));
    let missing = format!("{}/missing.pcap", folder.path());
    let beneath = format!("{good}/x");
    let paths = [folder.path(), good, missing, beneath];
    let (mut inputs, errors) = Inputs::open(&paths, Window::default());
    assert_eq!(drain(&mut inputs), plain_packets(0..4, 60));
    let refused: Vec<_> = errors
        .iter()
        .map(|error| (error.path.to_str().unwrap(), &error.what[..]))
        .collect();
    assert_eq!(
        refused[..2],
        [(&paths[0][..], "a directory"), (&paths[2][..], "no such file")]
    );
    assert!(refused[2].0 == paths[3] && refused[2].1.starts_with("cannot be read: "));
}

#[test]
fn a_refusal_is_one_line_even_for_a_hostile_path() {
    let path = "a\nb\u{1b}[31m\u{0}".to_owned();
    let (_, errors) = Inputs::open(&[path], Window::default());
    let line = errors[0].to_string();
    assert!(!line.chars().any(char::is_control), "{line:?}");
}

#[test]
#[cfg(unix)]
fn a_path_need_not_be_utf_8() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt;

    let folder = Folder::new("bytes");
    let path = |name: &[u8]| {
        let mut path = OsString::from(folder.path());
        path.push("/");
        path.push(OsStr::from_bytes(name));
        path
    };
    let (there, missing) = (path(b"a\xff.pcap"), path(b"b\xfe.pcap"));
    std::fs::write(&there, plain_pcap(4, 60)).unwrap();
    let (mut inputs, errors) = Inputs::open(&[&there, &missing], Window::default());
    assert_eq!(drain(&mut inputs), plain_packets(0..4, 60));
    assert_eq!(inputs.reports()[0].path, there);
    assert_eq!((&errors[0].path, &errors[0].what[..]), (&missing, "no such file"));
    assert!(errors[0].to_string().contains(r"b\xFE.pcap"), "{}", errors[0]);
}

/// A packet, much that is none, in large blocks or in small ones, and a packet.
fn with_ballast(body_bytes: usize) -> Vec<u8> {
    const BALLAST_BYTES: usize = 40 * 1024 * 1024;
    let (custom, packet) = (0xbad, |number: u32| enhanced(End::Little, 0, T0_NS / 1000, &payload(number, 60), 60));
    let ballast = block(End::Little, custom, &vec![0; body_bytes]);
    let count = BALLAST_BYTES.div_ceil(ballast.len());
    [section(End::Little), interface(End::Little, 1, 0, &[]), packet(1), ballast.repeat(count), packet(2)].concat()
}

#[test]
fn a_file_that_holds_much_but_packets_is_read_only_as_long_as_somebody_wants_it() {
    let folder = Folder::new("ballast");
    for body_bytes in [40, 100_000, 4_000_000] {
        let path = folder.write("x.pcapng.zst", &zstd(&with_ballast(body_bytes)));
        for (asked_max, packets, asked_for) in [(u64::MAX, 2, 2), (1, 1, 2)] {
            let asked = Arc::new(AtomicU64::new(0));
            let counter = Arc::clone(&asked);
            let keep_on: KeepOn = Arc::new(move || counter.fetch_add(1, Ordering::Relaxed) < asked_max);
            let manner = Manner { keep_on, ..Manner::simple(Window::default()) };
            let (mut inputs, errors) = Inputs::open_in(&[&path], &manner);
            assert!(errors.is_empty());
            assert_eq!(drain(&mut inputs).len(), packets, "{body_bytes}");
            assert_eq!(asked.load(Ordering::Relaxed), asked_for, "{body_bytes}");
            assert_eq!(problems(&inputs.reports()[0]), []);
        }
    }
}
