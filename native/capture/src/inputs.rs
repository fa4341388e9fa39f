//! Several inputs as one stream, merged by packet time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ffi::OsStr;
use std::io::Read;
use std::sync::Arc;

use crate::error::CaptureError;
use crate::input::Input;
use crate::limits::{OPEN_MAX, OUTSIDE_AT_ONCE_MAX};
use crate::packet::Packet;
use crate::packets::Packets;
use crate::report::InputReport;
use crate::source::{KeepOn, Origin};

/// The time that is asked for: from `since_ns` on and before `until_ns`, so that windows put end to end hold every
/// packet once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Nanoseconds since 1970, inclusive.
    pub since_ns: Option<u64>,
    /// Nanoseconds since 1970, exclusive.
    pub until_ns: Option<u64>,
}

/// How inputs are read.
#[derive(Clone)]
pub struct Manner {
    /// Packets outside are counted only.
    pub window: Window,
    /// Asked when a signal interrupts the waiting for a pipe, and while much is read that is no packet: it may end that input.
    pub keep_on: KeepOn,
    /// Compressed files are decompressed by a thread each, a little ahead. Pipes are not.
    pub reads_ahead: bool,
}

impl Manner {
    /// By one thread, which waits for a pipe as long as it takes: no signal ends an input.
    #[must_use]
    pub fn simple(window: Window) -> Self {
        Self { window, keep_on: Arc::new(|| true), reads_ahead: false }
    }
}

/// A window as its first and last nanosecond.
#[derive(Clone, Copy)]
struct Span {
    first_ns: u64,
    last_ns: u64,
}

impl Span {
    fn of(window: Window) -> Self {
        let first_ns = window.since_ns.unwrap_or(0);
        match window.until_ns.map(|until| until.checked_sub(1)) {
            None => Self {
                first_ns,
                last_ns: u64::MAX,
            },
            Some(Some(last_ns)) => Self { first_ns, last_ns },
            // Before 1970: nothing.
            Some(None) => Self {
                first_ns: u64::MAX,
                last_ns: 0,
            },
        }
    }

    #[inline]
    fn holds(self, ts_ns: u64) -> bool {
        (self.first_ns..=self.last_ns).contains(&ts_ns)
    }
}

/// The merged inputs. Packets come in the order of time and, at the same time, of the inputs as they were given; each
/// input keeps its own order even where its time goes backwards.
pub struct Inputs {
    inputs: Vec<Input>,
    /// The input being read.
    current: Option<usize>,
    /// Whether its head has been delivered or dropped.
    used: bool,
    /// Time of the head and number of each other input that is not at its end.
    others: BinaryHeap<Reverse<(u64, usize)>>,
    span: Span,
}

/// What comes next.
enum Ahead {
    /// A packet inside the window, of the input with this number.
    Inside(usize),
    /// More may lie behind many that are outside the window.
    Outside,
}

impl Inputs {
    /// Opens files, or standard input for "-". Those that are no captures are returned as errors; the others are read.
    #[must_use]
    pub fn open(paths: &[impl AsRef<OsStr>], window: Window) -> (Self, Vec<CaptureError>) {
        Self::open_in(paths, &Manner::simple(window))
    }

    /// The same in any manner.
    #[must_use]
    pub fn open_in(paths: &[impl AsRef<OsStr>], manner: &Manner) -> (Self, Vec<CaptureError>) {
        let mut stdin_given = false;
        let (mut origins, mut errors) = (Vec::new(), Vec::new());
        for path in paths.iter().map(AsRef::as_ref) {
            if path == "-" && std::mem::replace(&mut stdin_given, true) {
                errors.push(CaptureError {
                    path: path.to_owned(),
                    what: "standard input is given twice".to_owned(),
                    remedy: "give it once".to_owned(),
                });
                continue;
            }
            origins.push(Origin::Path {
                path: path.to_owned(),
                keep_on: Arc::clone(&manner.keep_on),
                reads_ahead: manner.reads_ahead,
            });
        }
        let (inputs, refused) = Self::from_origins(origins, manner.window);
        errors.extend(refused);
        (inputs, errors)
    }

    /// The same for named readers: bytes in memory, sockets. Their size is unknown to [`Inputs::progress`].
    #[must_use]
    pub fn from_readers(
        readers: Vec<(String, Box<dyn Read + Send>)>,
        window: Window,
    ) -> (Self, Vec<CaptureError>) {
        let origins = readers
            .into_iter()
            .map(|(name, reader)| Origin::Stream(name.into(), Some(reader)));
        Self::from_origins(origins.collect(), window)
    }

    fn from_origins(origins: Vec<Origin>, window: Window) -> (Self, Vec<CaptureError>) {
        let many = origins.len() > OPEN_MAX;
        let (mut inputs, mut errors) = (Vec::new(), Vec::new());
        let mut others = BinaryHeap::new();
        for origin in origins {
            let name = origin.name().to_owned();
            match Input::new(origin) {
                Ok(mut input) => {
                    if let Some(ts_ns) = input.head_ns() {
                        others.push(Reverse((ts_ns, inputs.len())));
                        if many {
                            input.sleep();
                        }
                    }
                    inputs.push(input);
                }
                Err(refusal) => errors.push(refusal.at(&name)),
            }
        }
        let mut merged = Self {
            inputs,
            current: None,
            used: false,
            others,
            span: Span::of(window),
        };
        merged.turn_to_first();
        (merged, errors)
    }

    /// The next packet inside the window; `None` at the end of all inputs. What is wrong in an input is counted in its
    /// report.
    #[inline]
    pub fn next_packet(&mut self) -> Option<Packet<'_>> {
        let number = loop {
            if let Ahead::Inside(number) = self.look_ahead()? {
                break number;
            }
        };
        self.inputs.get_mut(number)?.deliver()
    }

    /// Hands packets to `take`, all that are at hand at once, until it says no (then true) or all inputs are at their end.
    /// Nothing is read behind a packet that was enough; what `take` did not take comes again. It stops (true) where many
    /// packets outside the window came one after the other, too: who is to be heard in between is not kept waiting.
    #[inline]
    pub fn run(&mut self, mut take: impl FnMut(&mut Packets<'_>) -> bool) -> bool {
        loop {
            let number = match self.look_ahead() {
                None => return false,
                Some(Ahead::Outside) => return true,
                Some(Ahead::Inside(number)) => number,
            };
            let Some(packet) = self.inputs.get_mut(number).and_then(Input::deliver) else {
                return false;
            };
            if !take(&mut Packets::one(packet)) || !self.run_on(&mut take) {
                return true;
            }
        }
    }

    /// Moves on to the next packet inside the window, over a bounded number outside it; `None` at the end of all inputs.
    #[inline]
    fn look_ahead(&mut self) -> Option<Ahead> {
        for _ in 0..OUTSIDE_AT_ONCE_MAX {
            let (ts_ns, number) = self.next_head()?;
            self.used = true;
            if self.span.holds(ts_ns) {
                return Some(Ahead::Inside(number));
            }
            self.inputs.get_mut(number)?.drop_head();
        }
        Some(Ahead::Outside)
    }

    /// The same for what follows in the input that a packet was delivered from, while it comes before all others.
    #[inline]
    fn run_on(&mut self, take: &mut impl FnMut(&mut Packets<'_>) -> bool) -> bool {
        let others_ns = self.others.peek().map(|Reverse((ts_ns, _))| *ts_ns);
        let Some(before_others_ns) = others_ns.map_or(Some(u64::MAX), |ns| ns.checked_sub(1)) else {
            return true;
        };
        let last_ns_max = self.span.last_ns.min(before_others_ns);
        let current = self.current.and_then(|number| self.inputs.get_mut(number));
        current.is_none_or(|input| input.run(last_ns_max, take))
    }

    /// Bytes read so far and bytes in all, as stored (compressed); the second is 0 if it cannot be known.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        let (mut read, mut all) = (0_u64, Some(0_u64));
        for (bytes, size) in self.inputs.iter().map(Input::progress) {
            read = read.saturating_add(bytes);
            all = all.zip(size).map(|(all, size)| all.saturating_add(size));
        }
        (read, all.unwrap_or(0))
    }

    /// What was read from each input so far, in the order given; inputs that could not be opened are not among them.
    #[must_use]
    pub fn reports(&self) -> Vec<InputReport> {
        self.inputs.iter().map(Input::report).collect()
    }

    /// Moves on to the packet that comes next, and returns its time and its input.
    #[inline]
    fn next_head(&mut self) -> Option<(u64, usize)> {
        loop {
            let number = self.current?;
            let input = self.inputs.get_mut(number)?;
            let used = std::mem::take(&mut self.used);
            let head_ns = if used {
                input.advance()
            } else {
                input.head_ns()
            };
            let Some(head_ns) = head_ns else {
                self.turn_to_first();
                continue;
            };
            let head = (head_ns, number);
            if self
                .others
                .peek()
                .is_none_or(|Reverse(other)| head < *other)
            {
                return Some(head);
            }
            self.turn_from(head);
        }
    }

    /// Leaves the current input, which is at its end, for the one that comes first.
    #[cold]
    fn turn_to_first(&mut self) {
        let first = self.others.pop();
        self.current = first.map(|Reverse((_, number))| number);
        self.wake();
    }

    /// Leaves the current input, with this head, for the one that comes before it.
    fn turn_from(&mut self, head: (u64, usize)) {
        // Dropping the changed entry lets it sink to its place.
        if let Some(mut first) = self.others.peek_mut() {
            let Reverse((_, number)) = std::mem::replace(&mut *first, Reverse(head));
            self.current = Some(number);
        }
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(input) = self.current.and_then(|number| self.inputs.get_mut(number)) {
            input.wake();
        }
    }
}
