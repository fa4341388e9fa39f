//! The Host header of an HTTP/1 request that begins a segment (RFC 9110 §7.2, RFC 9112 §3).
//!
//! Reads the head only as far as it lies in the segment; remembers nothing. A cut header is no header: half a name is
//! another name.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use memchr::memchr;

use crate::host::is_host_name;

/// Browsers put Host first or second; a head may carry kilobytes of cookies behind it.
const HEAD_BYTES_MAX: usize = 4096;

/// How proxies end the status line of a tunnel, in either case.
const TUNNEL_WORD: &[u8] = b"established";

const METHODS: [&[u8]; 7] = [b"GET ", b"POST ", b"PUT ", b"HEAD ", b"PATCH ", b"DELETE ", b"OPTIONS "];

/// The host a request is for, without the port, as written (but that of a tunnel, see [`crate::proxy`]); none for other bytes, for a head without a plausible
/// Host, or with the Host beyond the segment or beyond 4 KiB.
#[inline]
#[must_use]
pub fn host(payload: &[u8]) -> Option<&[u8]> {
    match payload.first()? {
        b'D' | b'G' | b'H' | b'O' | b'P' => host_of_request(payload),
        _ => None,
    }
}

/// Whether a segment begins an HTTP/1 message after which no other protocol can follow on the connection: neither a
/// tunnel (CONNECT and its answer) nor an upgrade (RFC 9110 §7.8, §9.3.6). Bodies then are documents, whatever they say.
#[inline]
#[must_use]
pub fn stays_http(payload: &[u8]) -> bool {
    match payload.first() {
        Some(b'D' | b'G' | b'H' | b'O' | b'P') => is_plain_message(payload),
        _ => false,
    }
}

fn is_plain_message(payload: &[u8]) -> bool {
    let head = payload.get(..HEAD_BYTES_MAX).unwrap_or(payload);
    let Some((first_line, mut rest)) = split_line(head) else { return false };
    let is_answer = first_line.starts_with(b"HTTP/1.");
    let is_request = METHODS.iter().any(|method| first_line.starts_with(method))
        && (first_line.ends_with(b" HTTP/1.1") || first_line.ends_with(b" HTTP/1.0"));
    if (is_answer && opens_tunnel(first_line)) || !(is_answer || is_request) {
        return false;
    }
    while let Some((line, behind)) = split_line(rest) {
        if line.get(..8).is_some_and(|name| name.eq_ignore_ascii_case(b"upgrade:")) {
            return false;
        }
        rest = behind;
    }
    true
}

/// Whether a status line says by itself that another protocol follows. Many proxies say no more than "200 OK": that
/// takes the request, see [`asks_for_tunnel`].
fn opens_tunnel(status_line: &[u8]) -> bool {
    let words = status_line.trim_ascii_end();
    let end = words.len().checked_sub(TUNNEL_WORD.len()).and_then(|at| words.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(TUNNEL_WORD)) || status_line.get(9..12) == Some(b"101")
}

/// Whether a segment begins a request for a tunnel: whatever is answered, documents do not follow (RFC 9110 §9.3.6).
#[inline]
#[must_use]
pub fn asks_for_tunnel(payload: &[u8]) -> bool {
    payload.starts_with(b"CONNECT ")
}

fn host_of_request(payload: &[u8]) -> Option<&[u8]> {
    if !METHODS.iter().any(|method| payload.starts_with(method)) {
        return None;
    }
    let head = payload.get(..HEAD_BYTES_MAX).unwrap_or(payload);
    let (request_line, mut rest) = split_line(head)?;
    if !request_line.ends_with(b" HTTP/1.1") && !request_line.ends_with(b" HTTP/1.0") {
        return None;
    }
    loop {
        let (line, behind) = split_line(rest)?;
        if line.is_empty() {
            return None;
        }
        if let Some(value) = value_of_host(line) {
            return without_port(value.trim_ascii()).filter(|name| is_host_name(name));
        }
        rest = behind;
    }
}

/// The first line without its end, and what lies behind it; none if the line has no end.
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr(b'\n', bytes)?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), rest.get(1..)?))
}

fn value_of_host(line: &[u8]) -> Option<&[u8]> {
    let (name, value) = line.split_at_checked(5)?;
    name.eq_ignore_ascii_case(b"host:").then_some(value)
}

fn without_port(value: &[u8]) -> Option<&[u8]> {
    match memchr(b':', value) {
        None => Some(value),
        Some(colon) => {
            let (name, port) = value.split_at_checked(colon)?;
            port.get(1..)?.iter().all(u8::is_ascii_digit).then_some(name)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_message_stays_http_and_a_tunnel_or_upgrade_does_not() {
        for plain in ["GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "POST /x HTTP/1.0\r\n\r\n{", "HTTP/1.1 200 OK\r\n\r\n"] {
            assert!(stays_http(plain.as_bytes()), "{plain}");
        }
        for other in [
            "CONNECT pool.example:3333 HTTP/1.1\r\n\r\n",
            "HTTP/1.1 200 Connection established\r\n\r\n",
            "HTTP/1.1 200 Connection Established \r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
            "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
            "GET the door\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\n{",
            "{\"method\":\"GET / HTTP/1.1\"}\n",
            "",
        ] {
            assert!(!stays_http(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn hosts_of_requests() {
        let table: [(&[u8], Option<&[u8]>); 20] = [
            (b"GET / HTTP/1.1\r\nHost: pool.example\r\n\r\n", Some(b"pool.example")),
            (b"GET / HTTP/1.1\r\nhOsT:Pool.Example.:8080 \t\r\n\r\n", Some(b"Pool.Example.")),
            (b"POST /x HTTP/1.0\nUser-Agent: a\nHOST: pool.example\n", Some(b"pool.example")),
            (b"HEAD / HTTP/1.1\r\nHost: pool.example:\r\n", Some(b"pool.example")),
            (b"PUT / HTTP/1.1\r\nHost: pool.example\r\n", Some(b"pool.example")),
            (b"OPTIONS * HTTP/1.1\r\nHost: pool.example\r\n", Some(b"pool.example")),
            (b"DELETE / HTTP/1.1\r\nHost: pool.example\r\n", Some(b"pool.example")),
            (b"PATCH / HTTP/1.1\r\nHost: pool.example\r\n", Some(b"pool.example")),
            (b"CONNECT other.example:443 HTTP/1.1\r\nHost: pool.example:443\r\n", None),
            (b"GET / HTTP/1.1\r\nHost: pool.exam", None),
            (b"GET / HTTP/1.1\r\nX-Host: pool.example\r\n\r\n", None),
            (b"GET / HTTP/1.1\r\nA: b\r\n\r\nHost: pool.example\r\n", None),
            (b"GET / HTTP/1.1\r\nHost: \r\n", None),
            (b"GET / HTTP/1.1\r\nHost: pool example\r\n", None),
            (b"GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n", None),
            (b"GET / HTTP/1.1\r\nHost: pool.example:80x\r\n", None),
            (b"GET well\r\nHost: pool.example\r\n", None),
            (b"get / HTTP/1.1\r\nHost: pool.example\r\n", None),
            (b"HTTP/1.1 200 OK\r\nHost: pool.example\r\n", None),
            (b"", None),
        ];
        for (payload, expected) in table {
            assert_eq!(host(payload), expected, "{}", payload.escape_ascii());
        }
    }

    #[test]
    fn a_host_beyond_4_kib_is_not_looked_for() {
        let request = |filler: usize| {
            format!("GET / HTTP/1.1\r\nCookie: {}\r\nHost: pool.example\r\n\r\n", "x".repeat(filler)).into_bytes()
        };
        assert_eq!(host(&request(4000)), Some(b"pool.example".as_slice()));
        assert_eq!(host(&request(4096)), None);
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_plausible_name_or_none(
            method in proptest::sample::select(METHODS.to_vec()),
            tail in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            for line in [b"".as_slice(), b"/ HTTP/1.1\r\n", b"/ HTTP/1.1\r\nHost: "] {
                let payload = [method, line, &tail].concat();
                prop_assert!(host(&payload).is_none_or(is_host_name));
            }
        }
    }
}
