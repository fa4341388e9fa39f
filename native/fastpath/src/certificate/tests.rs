use proptest::prelude::*;

use super::*;

/// Made by OpenSSL: CN=Pool.Example, two names, an address and a mail address.
const OPENSSL: &str = "\
    308201f9308201a0a00302010202142f06d3caa1539ab42b5473abaa5110d87a1e9a89300a06082a8648ce3d040302303231\
    0b3009060355040613025858310c300a060355040a0c034c61623115301306035504030c0c506f6f6c2e4578616d706c6530\
    1e170d3236313132363134333434325a170d3336313132333134333434325a3032310b3009060355040613025858310c300a\
    060355040a0c034c61623115301306035504030c0c506f6f6c2e4578616d706c653059301306072a8648ce3d020106082a86\
    48ce3d030107034200048d26ba65cd6fa23daeed00d2255a42a9488005b07f574f2e16371762fb68a13f306f749bce1572f7\
    077d2b0616ef56b10ad9d0f4582767d9a1c19b913cb0fb59a38193308190301d0603551d0e04160414eafe7839fd81fa0036\
    cb15324850453cb229df9f301f0603551d23041830168014eafe7839fd81fa0036cb15324850453cb229df9f300f0603551d\
    130101ff040530030101ff303d0603551d1104363034820e2a2e706f6f6c2e6578616d706c65820f65752e706f6f6c2e6578\
    616d706c658704c0000201810b6140622e6578616d706c65300a06082a8648ce3d040302034700304402200b24510abcbd1d\
    2293858209c02ff56062f2241e6b8a62fa0b710c056945d00702203a10f8dba53e3c5c06768fdeb249e854bb50c1efaf95ff\
    1cbe235a2a505e9c95";

pub(crate) fn openssl() -> Vec<u8> {
    (0..OPENSSL.len()).step_by(2).map(|at| u8::from_str_radix(&OPENSSL[at..at + 2], 16).unwrap()).collect()
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match length {
        0..=0x7f => vec![tag, u8::try_from(length).unwrap()],
        _ => [&[tag, 0x82], u16::try_from(length).unwrap().to_be_bytes().as_slice()].concat(),
    };
    [head, content.to_vec()].concat()
}

/// As xmrig-proxy makes it: one common name, no extension. And as others do: many names.
fn certificate(common_name: &str, names: &[&str]) -> Vec<u8> {
    let attribute = [der(OBJECT, COMMON_NAME), der(0x0c, common_name.as_bytes())].concat();
    let subject = der(SEQUENCE, &der(SET, &der(SEQUENCE, &attribute)));
    let list: Vec<u8> = names.iter().flat_map(|name| der(DNS_NAME, name.as_bytes())).collect();
    let other = der(SEQUENCE, &[der(OBJECT, &[0x55, 0x1d, 0x13]), der(OCTETS, &der(SEQUENCE, &[]))].concat());
    let alternative =
        [der(OBJECT, ALTERNATIVE_NAME), der(BOOLEAN, &[0xff]), der(OCTETS, &der(SEQUENCE, &list))].concat();
    let mut parts = vec![der(VERSION, &der(2, &[2])), der(2, &[1]), der(SEQUENCE, &[]), subject.clone()];
    parts.extend([der(SEQUENCE, &[]), subject, der(SEQUENCE, &[])]);
    if !names.is_empty() {
        parts.push(der(EXTENSIONS, &der(SEQUENCE, &[other, der(SEQUENCE, &alternative)].concat())));
    }
    der(SEQUENCE, &der(SEQUENCE, &parts.concat()))
}

#[test]
fn names_are_read_from_what_another_program_wrote() {
    assert_eq!(names(&openssl()), ["*.pool.example", "eu.pool.example", "pool.example"]);
}

#[test]
fn a_common_name_counts_where_it_is_a_host() {
    assert_eq!(names(&certificate("localhost", &[])), ["localhost"]);
    assert_eq!(names(&certificate("Pool Operator", &[])), [""; 0]);
    assert_eq!(names(&certificate("Pool.Example", &["pool.example."])), ["pool.example"]);
    assert_eq!(names(&certificate("", &["a b", "*.*.x", "", "\u{fc}.example", "ok.example"])), ["ok.example"]);
}

#[test]
fn of_many_names_the_first_are_read() {
    let many: Vec<String> = (0..1000).map(|number| format!("n{number}.example")).collect();
    let found = names(&certificate("last.example", &many.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(found, many[..NAMES_MAX]);
}

#[test]
fn a_certificate_that_is_cut_has_no_names() {
    let whole = openssl();
    assert!((0..whole.len()).all(|end| names(&whole[..end]).is_empty()));
}

proptest! {
    #[test]
    fn any_bytes_give_host_names_or_none(flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..12)) {
        let mut damaged = openssl();
        for (place, value) in flips {
            let place = place.index(damaged.len());
            damaged[place] = value;
        }
        let found = names(&damaged);
        prop_assert!(found.len() <= NAMES_MAX);
        prop_assert!(found.iter().all(|name| is_host_name(name.strip_prefix("*.").unwrap_or(name).as_bytes())));
    }
}
