//! Nanoseconds an operation of the gate takes, on this machine: `cargo run --release --example gate_speed`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use minesensor_fastpath::anchors::Anchors;
use minesensor_fastpath::caps::Caps;
use minesensor_fastpath::layers::Ip;
use minesensor_fastpath::learned::Learned;
use minesensor_fastpath::looks::{Looks, begins_like_mining};
use minesensor_fastpath::watch::{Addresses, Names};
use minesensor_fastpath::{dns, hello, http};

const ROUNDS: u32 = 200;

/// Prints the fastest of many short rounds: the least disturbed by whatever else the machine does.
fn report<T>(what: &str, operations: u32, mut operation: impl FnMut(u32) -> T) {
    let mut best_ns = f64::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for number in 0..operations {
            black_box(operation(black_box(number)));
        }
        best_ns = best_ns.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(operations));
    }
    println!("{what:<52} {best_ns:9.1} ns");
}

/// The same bytes in every run.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

fn filled(text: &str, bytes: usize) -> Vec<u8> {
    text.bytes().cycle().take(bytes).collect()
}

fn anchors() {
    let patterns = [
        "mining.subscribe",
        "mining.auth",
        "mining.submit",
        "mining.notify",
        "mining.set_",
        "mining.configure",
        "mining.suggest_",
        "mining.extranonce",
        "mining.hello",
        "mining.noop",
        "client.reconnect",
        "client.get_version",
        "client.show_message",
        "eth_submit",
        "eth_getWork",
        "\"login\"",
        "\"job_id\"",
        "\"keepalived\"",
        "\"KEEPALIVED\"",
        "\"getjob",
        "\"blocktemplate_blob\"",
        "\"result\":[\"0x",
        "\"result\": [\"0x",
        "agent.get_capabilities",
    ];
    let rows: Vec<_> = patterns.iter().map(|pattern| (pattern.as_bytes().to_vec(), 4096)).collect();
    let anchors = Anchors::new(&rows).expect("anchors");
    let json = r#"{"jsonrpc":"2.0","id":17,"method":"items.list","params":{"query":"a \"quoted\" word","page":3,"key":"job"}}"#;
    let table = [
        ("random", noise(1024)),
        ("JSON", filled(json, 1024)),
        ("near misses: mining.su", filled("mining.su", 1024)),
        ("near misses: \"job_i", filled("\"job_i", 1024)),
        ("near misses: one byte short of any", filled(&patterns.map(|text| &text[..text.len() - 1]).join(" "), 1024)),
    ];
    for (what, text) in table {
        assert_eq!(anchors.find(&text, 0), None);
        report(&format!("anchors.find, 1 KiB, {what}"), 500, |_| anchors.find(black_box(&text), 0));
    }
    report("anchors.find, a subscribe of 60 bytes", 20_000, |_| {
        anchors.find(black_box(b"{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"cgminer/4.10\"]}\n"), 0)
    });
    let small = noise(20);
    report("anchors.find, 20 bytes, random", 20_000, |_| anchors.find(black_box(&small), 0));
}

fn looks() {
    for (what, payload) in [
        ("TLS", b"\x17\x03\x03\x04\x00".as_slice()),
        ("HTTP answer", b"HTTP/1.1 200 OK\r\n"),
        ("line end, no brace", b"\r\nabc"),
        ("POST", b"POST / HTTP/1.1\r\n"),
        ("brace", b"{\"id\":1}"),
        ("frame", b"\x7f\x02\x0f\x00\x07"),
    ] {
        report(&format!("begins_like_mining, {what}"), 100_000, |_| begins_like_mining(black_box(payload)));
    }
    let (mut looks, caps) = (Looks::default(), Caps::default());
    report("Looks::allow", 100_000, |number| looks.allow(u64::from(number) * 1_000_000, &caps));
}

fn watch() {
    let rows: Vec<_> =
        (0..10_000).map(|number| (format!("p{number}.pool{}.example", number % 997), true, vec![], number)).collect();
    let names = Names::new(&rows).expect("names");
    for (what, host) in [
        ("miss, other domain", b"www.documentation.test".as_slice()),
        ("miss, same top-level domain", b"edge-7.cdn.website.example"),
        ("miss, 120 labels", &b"a.".repeat(120)),
        ("hit", b"eu1.p5000.pool15.example"),
    ] {
        report(&format!("names.lookup, {what}"), 20_000, |_| names.lookup(black_box(host), Some(443)));
    }
    let rows: Vec<_> = (0..10_000_u32)
        .map(|number| {
            (format!("198.{}.{}.{}", 18 + number / 65_536, number / 256 % 256, number % 256), 32, 3333, number)
        })
        .collect();
    let hosts = Addresses::new(&rows).expect("addresses");
    let mut with_prefixes = rows.clone();
    with_prefixes.extend((0..200_u32).map(|number| (format!("203.0.{number}.0"), 24, 0, number)));
    with_prefixes.extend((0..200_u32).map(|number| (format!("203.{number}.0.0"), 16, 0, number)));
    let prefixes = Addresses::new(&with_prefixes).expect("addresses");
    let other = |number: u32| Ip::v4((0x0a00_0000 | number.wrapping_mul(2_654_435_761) >> 8).to_be_bytes()).0;
    report("addresses.lookup, miss, 10 000 hosts", 20_000, |number| hosts.lookup(&other(number), 443));
    report("addresses.lookup, miss, and 400 prefixes", 20_000, |number| prefixes.lookup(&other(number), 443));
    let mut learned = Learned::new(65_536);
    let name: Arc<str> = "pool.example".into();
    for number in 0..65_536_u32 {
        learned.learn((0, Ip::v4(number.to_be_bytes())), 1, &name, 0, u64::MAX);
    }
    report("learned.lookup, miss, 65 536 rows", 20_000, |number| learned.lookup((0, Ip(other(number))), 0).is_some());
    report("learned.learn, full table", 20_000, |number| {
        learned.learn((1, Ip::v4(number.to_be_bytes())), 1, &name, 0, u64::MAX)
    });
}

/// A hello of `share` bytes of key share, with the name behind it.
fn client_hello(share: usize) -> Vec<u8> {
    let name = b"www.documentation.test";
    let length = |count: usize| u16::try_from(count).expect("short").to_be_bytes();
    let mut extensions = [&[0, 51], length(share).as_slice(), &vec![7; share]].concat();
    let list = [length(name.len() + 3).as_slice(), &[0], &length(name.len()), name].concat();
    extensions.extend([&[0, 0], length(list.len()).as_slice(), &list].concat());
    let mut body = vec![3, 3];
    body.extend([0x42; 32]);
    body.extend([0, 0, 4, 0x13, 1, 0x13, 2, 1, 0]);
    body.extend([length(extensions.len()).as_slice(), &extensions].concat());
    let message = [&[1, 0], length(body.len()).as_slice(), &body].concat();
    [&[22, 3, 1], length(message.len()).as_slice(), &message].concat()
}

fn readers() {
    let hello = client_hello(400);
    report("hello::sni, whole", 20_000, |_| hello::sni(black_box(&hello)));
    let noise = noise(1400);
    report("hello::sni, other bytes", 100_000, |_| hello::sni(black_box(&noise)));
    let large = client_hello(1700);
    let (head, tail) = large.split_at(1400);
    let mut pool = hello::HelloPool::new(1024);
    report("HelloPool, two segments, 1.8 KB", 20_000, |_| {
        let handle = pool.start(black_box(head), 1400).expect("a buffer");
        let name = pool.add(handle, 1400, black_box(tail));
        pool.release(handle);
        name
    });
    let request = b"GET /index.html HTTP/1.1\r\nHost: www.documentation.test\r\nUser-Agent: x\r\n\r\n";
    report("http::host", 20_000, |_| http::host(black_box(request)));
    let mut answer =
        b"\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00\x03www\x0ddocumentation\x04test\x00\x00\x01\x00\x01"
            .to_vec();
    let query = [&[0x12, 0x34, 1, 0], &answer[4..]].concat();
    for last in [1, 2] {
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, last]);
    }
    report("dns::parse_answer, two addresses", 20_000, |_| dns::parse_answer(black_box(&answer)).map(|it| it.ttl_s()));
    report("dns::parse_answer, a query", 100_000, |_| dns::parse_answer(black_box(&query)).map(|it| it.ttl_s()));
}

fn main() {
    looks();
    anchors();
    watch();
    readers();
}
