use proptest::prelude::*;

use super::*;

fn words(text: &str) -> Vec<u16> {
    text.split(',').filter(|word| !word.is_empty()).map(|word| u16::from_str_radix(word, 16).unwrap()).collect()
}

fn behind_length(content: &[u8]) -> Vec<u8> {
    [&u16::try_from(content.len()).unwrap().to_be_bytes(), content].concat()
}

fn bytes(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// A ClientHello of these lists, with GREASE wherever a browser puts it.
fn hello(ciphers: &str, extensions: &str, signatures: &str, alpn: &[u8], versions: &[u16]) -> Vec<u8> {
    let content = |kind: u16| match kind {
        0x0000 => behind_length(b"\0\0\x0cpool.example"),
        0x000d => behind_length(&bytes(&[&[0x4a4a], words(signatures).as_slice()].concat())),
        0x0010 if alpn.is_empty() => behind_length(&[]),
        0x0010 => behind_length(&[&[u8::try_from(alpn.len()).unwrap()], alpn, b"\x08http/1.1"].concat()),
        0x002b => {
            let list = bytes(versions);
            [&[u8::try_from(list.len()).unwrap()], list.as_slice()].concat()
        }
        _ => vec![1, 2, 3],
    };
    let kinds = [&[0x1a1a], words(extensions).as_slice(), &[0xfafa]].concat();
    let list: Vec<u8> =
        kinds.iter().flat_map(|&kind| [kind.to_be_bytes().to_vec(), behind_length(&content(kind))].concat()).collect();
    let mut body = vec![3, 3];
    body.extend([0x42; 32]);
    body.extend([2, 9, 9]);
    body.extend(behind_length(&bytes(&[&[0x2a2a], words(ciphers).as_slice()].concat())));
    body.extend([1, 0]);
    body.extend(behind_length(&list));
    let [_, high, middle, low] = u32::try_from(body.len()).unwrap().to_be_bytes();
    [vec![1, high, middle, low], body].concat()
}

const CHROME: &str = "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035";
const CHROME_SIGNATURES: &str = "0403,0804,0401,0503,0805,0501,0806,0601";
const TLS_13: &[u16] = &[0x3a3a, 0x0304, 0x0303];

/// The examples of the specification, and what its authors publish of their own captures.
#[test]
fn published_fingerprints_are_met() {
    let table = [
        (
            hello(
                CHROME,
                "001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015",
                CHROME_SIGNATURES,
                b"h2",
                TLS_13,
            ),
            "t13d1516h2_8daaf6152771_e5627efa2ab1",
        ),
        (
            hello(
                CHROME,
                "000d,0010,0000,000b,0023,4469,ff01,0033,000a,002d,002b,0005,0017,0012,001b,0029",
                CHROME_SIGNATURES,
                b"h2",
                TLS_13,
            ),
            "t13d1516h2_8daaf6152771_9b887d9acb53",
        ),
        (
            hello(
                "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035,000a",
                "0000,0017,ff01,000a,000b,0023,0010,0005,000d,0012,0033,002d,002b,001b,0015",
                "0403,0804,0401,0503,0805,0501,0806,0601,0201",
                b"h2",
                TLS_13,
            ),
            "t13d1615h2_46e7e9700bed_45f260be83e2",
        ),
        (
            hello(
                "c02c,c02b,c030,c02f,c024,c023,c028,c027,c00a,c009,c014,c013,009d,009c,003d,003c,0035,002f,000a",
                "0000,0005,000a,000b,000d,0023,0017,ff01",
                "0804,0805,0806,0401,0501,0201,0403,0503,0203,0202,0601,0603",
                b"",
                &[],
            ),
            "t12d190800_d83cc789557e_7af1ed941c26",
        ),
    ];
    for (message, expected) in table {
        assert_eq!(ja4(&message).as_deref(), Some(expected));
    }
    let no_signatures = words("0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01");
    assert_eq!(hash_of(&no_signatures, &[]), "6d807ffa2a79");
}

#[test]
fn each_part_follows_its_rule() {
    let of = |ciphers: &str, extensions: &str, alpn: &[u8], versions: &[u16]| {
        ja4(&hello(ciphers, extensions, "", alpn, versions)).unwrap()
    };
    assert_eq!(of("", "", b"", &[]), "t12i000000_000000000000_000000000000");
    assert!(of("", "0000,0010", b"http/1.1", &[]).starts_with("t12d0002h1_000000000000_000000000000"));
    for (versions, name) in
        [(&[0x0304, 0x0303][..], "13"), (&[0x0302], "11"), (&[0x7f1c, 0x0304], "00"), (&[0x3a3a], "12")]
    {
        assert_eq!(&of("", "002b", b"", versions)[1..3], name);
    }
    let many: Vec<String> = (0..120).map(|number| format!("{number:04x}")).collect();
    assert!(of(&many.join(","), "", b"", &[]).starts_with("t12i990000_"));
}

#[test]
fn the_ends_of_the_protocol_are_those_of_its_hex_digits_where_one_is_no_letter() {
    let table: [(&[u8], [char; 2]); 9] = [
        (b"", ['0', '0']),
        (b"h2", ['h', '2']),
        (b"x", ['x', 'x']),
        (&[0xab], ['a', 'b']),
        (&[0xab, 0xcd], ['a', 'd']),
        (&[0x30, 0xab], ['3', 'b']),
        (&[0x30, 0x31, 0xab, 0xcd], ['3', 'd']),
        (&[0x30, 0xab, 0xcd, 0x31], ['0', '1']),
        (b"-a", ['2', '1']),
    ];
    for (alpn, expected) in table {
        assert_eq!(alpn_ends(alpn), expected, "{}", alpn.escape_ascii());
    }
}

proptest! {
    #[test]
    fn any_bytes_give_a_fingerprint_of_its_shape_or_none(
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut message = hello(CHROME, "0000,000d,0010,002b", CHROME_SIGNATURES, b"h2", TLS_13);
        for (place, value) in flips {
            let place = place.index(message.len());
            message[place] = value;
        }
        message.truncate(cut.index(message.len() + 1));
        if let Some(text) = ja4(&message) {
            prop_assert_eq!(text.len(), 36);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
        }
    }
}
