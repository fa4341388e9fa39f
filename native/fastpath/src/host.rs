//! What a host name looks like, wherever one is met: labels of letters, digits, hyphen and underscore.
//!
//! RFC 1123 §2.1 and the lengths of RFC 1035 §2.3.4; the underscore is not allowed there and is met all the same.
//! Knows no list and no protocol.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

/// Longest host name as text, without the trailing dot.
pub const HOST_BYTES_MAX: usize = 253;
/// Longest label of a host name.
pub const LABEL_BYTES_MAX: usize = 63;

/// True for bytes that may stand in a label.
#[inline]
#[must_use]
pub fn is_label_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// True for a plausible host name, with or without a trailing dot. Addresses in dotted form pass, too.
#[must_use]
pub fn is_host_name(name: &[u8]) -> bool {
    let name = name.strip_suffix(b".").unwrap_or(name);
    name.len() <= HOST_BYTES_MAX && name.split(|&byte| byte == b'.').all(is_label)
}

fn is_label(label: &[u8]) -> bool {
    (1..=LABEL_BYTES_MAX).contains(&label.len()) && label.iter().copied().all(is_label_byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_told_from_other_bytes() {
        let long_label = [b'a'; 64];
        let longest = [b"a.".repeat(126), b"a".to_vec()].concat();
        let too_long = [b"a.".repeat(126), b"aa".to_vec()].concat();
        let table: [(&[u8], bool); 14] = [
            (b"pool.example", true),
            (b"POOL.Example.", true),
            (b"_stratum._tcp.pool.example", true),
            (b"xn--pl-0ja.example", true),
            (b"localhost", true),
            (&longest, true),
            (&too_long, false),
            (&long_label, false),
            (b"", false),
            (b".", false),
            (b".pool.example", false),
            (b"pool..example", false),
            (b"pool example", false),
            (b"p\xc3\xbcl.example", false),
        ];
        assert_eq!(longest.len(), HOST_BYTES_MAX);
        for (name, expected) in table {
            assert_eq!(is_host_name(name), expected, "{}", name.escape_ascii());
        }
    }
}
