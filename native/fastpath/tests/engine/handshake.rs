//! Crafted handshakes of TLS, and what an engine said of them.

use crate::common::Bench;
use minesensor_fastpath::observation::{NameKind, Observation};

/// A ClientHello with one server name and a padding extension of `padding` bytes before it.
pub fn hello(name: &str, padding: u16) -> Vec<u8> {
    let len16 = |len: usize| u16::try_from(len).expect("a short field").to_be_bytes();
    let mut extensions = vec![0, 21];
    extensions.extend(padding.to_be_bytes());
    extensions.resize(4 + usize::from(padding), 0);
    extensions.extend([0, 0]);
    extensions.extend(len16(name.len() + 5));
    extensions.extend(len16(name.len() + 3));
    extensions.push(0);
    extensions.extend(len16(name.len()));
    extensions.extend(name.as_bytes());
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend([0, 0, 2, 0x13, 1, 1, 0]);
    body.extend(len16(extensions.len()));
    body.extend(extensions);
    let mut message = vec![1, 0];
    message.extend(len16(body.len()));
    message.extend(body);
    let mut record = vec![22, 3, 1];
    record.extend(len16(message.len()));
    record.extend(message);
    record
}

/// ServerHello and certificate of TLS 1.2; the certificate names `name` and nothing else.
pub fn server_flight(name: &str) -> Vec<u8> {
    let der = |tag: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).expect("short").to_be_bytes();
        [&[tag, 0x82], length.as_slice(), content].concat()
    };
    let general_names = der(0x30, &der(0x82, name.as_bytes()));
    let extension = [der(0x06, &[0x55, 0x1d, 0x11]), der(0x04, &general_names)].concat();
    let empty = der(0x30, &[]);
    let parts = [der(2, &[1]), empty.clone(), empty.clone(), empty.clone(), empty.clone(), empty.clone()].concat();
    let tbs = [parts, der(0xa3, &der(0x30, &der(0x30, &extension)))].concat();
    let certificate = der(0x30, &der(0x30, &tbs));
    let sized = |content: &[u8]| {
        let [_, length @ ..] = u32::try_from(content.len()).expect("short").to_be_bytes();
        [length.as_slice(), content].concat()
    };
    let hello = [&[3, 3], [7; 32].as_slice(), &[0, 0xc0, 0x2f, 0]].concat();
    let messages = [vec![2], sized(&hello), vec![11], sized(&sized(&sized(&certificate)[..]))].concat();
    let length = u16::try_from(messages.len()).expect("short").to_be_bytes();
    [&[22, 3, 3], length.as_slice(), &messages].concat()
}

/// Of [`hello`]. The first twelve digits of the SHA-256 of `1301` and of `0015`.
pub const JA4: &str = "t12d010200_0f2cb44170f4_4298e3b3ed58";

/// What the handshakes of flows of interest showed: what was met, the fingerprint, the names of the certificate.
pub fn tls_seen(bench: &Bench) -> Vec<(NameKind, String, String, Vec<String>)> {
    let told = |seen: &Observation| match seen {
        Observation::Tls(seen) => {
            Some((seen.kind, seen.name.to_string(), seen.ja4.clone(), seen.certificate_names.clone()))
        }
        _ => None,
    };
    bench.seen.iter().filter_map(told).collect()
}
