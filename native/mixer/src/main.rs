//! Makes the traffic that the benchmarks and soak tests read: a development tool, not part of the sensor.
//!
//! It knows how packets are built and what a sensor must find in them; it never asks the sensor. The same arguments
//! give the same bytes.
#![forbid(unsafe_code)]

mod args;
mod checksum;
mod composition;
mod error;
mod flood;
mod frame;
mod json;
mod mix;
mod pcap;
mod recipe;
mod rewrite;
mod rng;
mod seeds;
mod storm;
mod stratum;
mod tunnel;

use std::fs::File;
use std::io::{BufWriter, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use args::Args;
use error::{Error, Result};
use json::Object;

const USAGE: &str = "\
mixer mix --seeds DIR --mix FILE --out FILE [--packets N] [--seed S]
mixer new-flows --packets N [--payload BYTES] [--out FILE]
mixer near-miss --bytes N --anchors FILE [--out FILE]
mixer sessions --count N --messages M [--out FILE]
mixer flood --sessions N --packets N [--kind syn|garbage|talk|mixed] [--messages M] [--fill N] [--rate PPS]
            [--rounds R] [--seed S]
A capture goes to FILE with its description in FILE.json, or to standard output with its description on standard error.";

const BUFFER_BYTES: usize = 1 << 20;

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mixer: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(mut words: impl Iterator<Item = String>) -> Result<()> {
    match words.next().as_deref() {
        Some("mix") => mix(&Args::parse(words, &["seeds", "mix", "out", "packets", "seed"])?),
        Some("new-flows") => new_flows(&Args::parse(words, &["packets", "payload", "out"])?),
        Some("near-miss") => near_miss(&Args::parse(words, &["bytes", "anchors", "out"])?),
        Some("sessions") => sessions(&Args::parse(words, &["count", "messages", "out"])?),
        Some("flood") => {
            flood(&Args::parse(words, &["sessions", "packets", "kind", "messages", "fill", "rate", "rounds", "seed"])?)
        }
        _ => Err(Error::usage(USAGE)),
    }
}

type Out = pcap::Writer<BufWriter<Box<dyn Write>>>;

fn mix(args: &Args) -> Result<()> {
    let recipe = recipe::Recipe::load(&args.path("mix")?)?;
    let (packets, seed) = (args.or("packets", recipe.packets)?, args.or("seed", recipe.seed)?);
    let mixer = mix::Mixer::new(&recipe, &args.path("seeds")?, packets, seed)?;
    capture(Some(args.path("out")?), |out| Ok(mixer.run(out)?.json()))
}

fn new_flows(args: &Args) -> Result<()> {
    let (packets, payload) = (args.or("packets", 1_000_000)?, args.or("payload", 0usize)?);
    capture(args.find("out")?, |out| {
        storm::new_flows(packets, payload.min(1400), out)?;
        Ok(nothing_to_find(out))
    })
}

fn near_miss(args: &Args) -> Result<()> {
    let anchors = storm::load_anchors(&args.path("anchors")?)?;
    let bytes = args.or("bytes", 100_000_000)?;
    capture(args.find("out")?, |out| {
        storm::near_miss(bytes, &anchors, out)?;
        Ok(nothing_to_find(out))
    })
}

fn nothing_to_find(out: &Out) -> Object {
    Object::default().count("packets", out.packets()).count("bytes", out.bytes()).object("expected", &Object::default())
}

fn sessions(args: &Args) -> Result<()> {
    let (count, messages) = (args.or("count", 10_000u32)?, args.or("messages", 10u64)?);
    if count > stratum::SESSIONS_MAX {
        return Err(Error::usage(format!("--count: at most {}", stratum::SESSIONS_MAX)));
    }
    capture(args.find("out")?, |out| {
        let mut sessions = stratum::Sessions::new(count);
        for turn in 0..u64::from(count) * (messages + 1) {
            let (round, session) = (turn / u64::from(count), (turn % u64::from(count)) as usize);
            match round {
                0 => sessions.open(session, turn * stratum::TURN_NS, out)?,
                _ => sessions.share(session, turn * stratum::TURN_NS, out)?,
            }
        }
        let expected = Object::default().object(stratum::DIALECT, &sessions.expected().json());
        Ok(Object::default()
            .count("packets", out.packets())
            .count("bytes", out.bytes())
            .count("messages", u64::from(count) * (6 + 2 * messages))
            .object("expected", &expected))
    })
}

fn flood(args: &Args) -> Result<()> {
    let flood = flood::Flood {
        sessions: args.or("sessions", 10_000u32)?.min(stratum::SESSIONS_MAX),
        packets: args.or("packets", 50_000_000)?,
        fill: args.or("fill", 0)?,
        kind: args.or("kind", flood::Kind::Mixed)?,
        messages: args.or("messages", 1u64)?.max(1),
        rate: args.or("rate", 100_000u64)?,
        rounds: args.or("rounds", 2)?,
        seed: args.or("seed", 1)?,
    };
    let mut out = open(None)?;
    flood.run(&mut out, &mut |at, facts| {
        // Nobody may be reading the marks, and the flood goes on without them.
        let _ = writeln!(stderr(), "{}", Object::default().text("at", at).object("facts", facts).line());
    })
}

/// Writes a capture to a file or standard output and its description beside it.
fn capture(path: Option<PathBuf>, write: impl FnOnce(&mut Out) -> Result<Object>) -> Result<()> {
    let mut out = open(path.as_deref())?;
    let description = write(&mut out)?.line();
    out.flush()?;
    match path {
        Some(path) => {
            let path = PathBuf::from(format!("{}.json", path.display()));
            std::fs::write(&path, format!("{description}\n")).map_err(Error::file(&path))
        }
        None => Ok(writeln!(stderr(), "{description}")?),
    }
}

fn open(path: Option<&Path>) -> Result<Out> {
    let sink: Box<dyn Write> = match path {
        Some(path) => Box::new(File::create(path).map_err(Error::file(path))?),
        None => Box::new(stdout().lock()),
    };
    Ok(pcap::Writer::new(BufWriter::with_capacity(BUFFER_BYTES, sink))?)
}
