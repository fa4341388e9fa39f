//! `Scan`: one pass over capture files. The engine runs only inside `next_batch`, with the interpreter's lock released.

use std::ffi::OsString;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use minesensor_capture::{Inputs, KeepOn, Manner, Packet, Window, link_name};
use minesensor_fastpath::engine::Engine;
use minesensor_fastpath::layers::{Arrival, Frame};
use minesensor_fastpath::observation::{Need, Observation};
use minesensor_fastpath::queue::LAST_TURN;
use minesensor_fastpath::slice::Slice;
use pyo3::exceptions::{PyKeyboardInterrupt, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyList, PyTuple};

use crate::error::Error;
use crate::plan::PyPlan;
use crate::tuples;

/// Payload bytes after which a batch is handed over whatever its length.
const BATCH_BYTES_MAX: usize = 256 * 1024;
/// A batch ends after this many packets at the latest, so that progress can be shown and a signal be heard.
const BATCH_PACKETS_MAX: usize = 1 << 20;
/// And after this time, as soon as it is looked at: a pipe may give a packet now and then, and counters be asked for.
const BATCH_TIME_MAX: Duration = Duration::from_millis(250);
/// Packets between two looks at the clock, which costs as much as a quarter of a packet.
const PACKETS_PER_LOOK: usize = 256;

#[pyclass(unsendable, module = "sensor._native")]
pub struct Scan {
    engine: Engine,
    inputs: Inputs,
    failures: Vec<minesensor_capture::CaptureError>,
    is_over: bool,
    interruption: Arc<Interruption>,
}

/// Why reading ends early: what a signal handler raised while an input was waited for, or somebody wants no more.
#[derive(Default)]
struct Interruption {
    raised: Mutex<Option<PyErr>>,
    /// Asked before each batch, and whenever signals were handled.
    goes_on: OnceLock<Py<PyAny>>,
}

impl Interruption {
    /// Lets the interpreter handle its signals; true where nothing was raised and reading goes on.
    fn keep_on(&self) -> bool {
        let Err(raised) = Python::attach(|py| py.check_signals().and_then(|()| self.ask(py))) else { return true };
        if let Ok(mut place) = self.raised.lock() {
            *place = Some(raised);
        }
        false
    }

    fn ask(&self, py: Python<'_>) -> PyResult<()> {
        match self.goes_on.get() {
            Some(goes_on) if !goes_on.call0(py)?.is_truthy(py)? => Err(PyKeyboardInterrupt::new_err(())),
            _ => Ok(()),
        }
    }

    fn take(&self) -> Option<PyErr> {
        self.raised.lock().ok()?.take()
    }

    fn is_raised(&self) -> bool {
        self.raised.lock().is_ok_and(|place| place.is_some())
    }
}

#[pymethods]
impl Scan {
    #[new]
    #[pyo3(signature = (*, plan, inputs, since_ns, until_ns, part = (0, 1), reads_ahead = false))]
    fn new(
        py: Python<'_>,
        plan: &PyPlan,
        inputs: Vec<OsString>,
        since_ns: Option<u64>,
        until_ns: Option<u64>,
        part: (u8, u8),
        reads_ahead: bool,
    ) -> PyResult<Self> {
        let slice = Slice::new(part.0, part.1).ok_or_else(|| PyValueError::new_err("no such slice"))?;
        let window = Window { since_ns, until_ns };
        let interruption = Arc::new(Interruption::default());
        let asked = Arc::clone(&interruption);
        let keep_on: KeepOn = Arc::new(move || asked.keep_on());
        let manner = Manner { window, keep_on, reads_ahead };
        // Each is read as far as its first packet, and a pipe is waited for: others go on meanwhile, who writes to it, too.
        let (inputs, mut failures) = py.detach(|| Inputs::open_in(&inputs, &manner));
        if let Some(raised) = interruption.take() {
            return Err(raised);
        }
        if inputs.reports().is_empty() && !failures.is_empty() {
            return Err(Error::from(failures.remove(0)).into());
        }
        Ok(Self { engine: Engine::of_slice(plan.plan.clone(), slice), inputs, failures, is_over: false, interruption })
    }

    /// From now on reading ends early where `goes_on` says no, a function without arguments; the first that is given.
    fn heed(&self, goes_on: Py<PyAny>) {
        // What is given twice is not taken twice.
        drop(self.interruption.goes_on.set(goes_on));
    }

    /// The next observations; `None` when the packet bound was reached with nothing to tell; empty at the end. Raises
    /// what a signal handler raised, or KeyboardInterrupt where reading is not to go on, once all observations before it
    /// are told.
    fn next_batch<'py>(&mut self, py: Python<'py>, observations_max: usize) -> PyResult<Option<Bound<'py, PyList>>> {
        let is_told = self.engine.waiting().0 == 0;
        if is_told && !self.is_over {
            if let Some(raised) = self.interruption.take() {
                return Err(raised);
            }
            // A signal that came since the last batch does not wake a read that begins now.
            self.interruption.ask(py)?;
        }
        let batch = py.detach(|| self.run(observations_max.max(1)));
        if batch.is_empty() && !self.is_over {
            return Ok(None);
        }
        let tuples: PyResult<Vec<Bound<'py, PyTuple>>> =
            batch.iter().map(|observation| tuples::tuple(py, observation)).collect();
        Ok(Some(PyList::new(py, tuples?)?))
    }

    /// The turn up to which all was told, and all that waits, each observation behind its turn. The last turn is that of
    /// the end.
    #[expect(clippy::type_complexity, reason = "it is taken apart at once on the other side")]
    fn next_slice<'py>(
        &mut self,
        py: Python<'py>,
        observations_max: usize,
    ) -> PyResult<(u64, Vec<(u64, Bound<'py, PyTuple>)>)> {
        py.detach(|| {
            self.engine.resume();
            self.read(observations_max.max(1));
        });
        if let Some(raised) = self.interruption.take() {
            return Err(raised);
        }
        let mut told = Vec::new();
        while let Some((turn, observation)) = self.engine.pop_turn() {
            told.push((turn, tuples::tuple(py, &observation)?));
        }
        let turn = if self.is_over { LAST_TURN } else { self.engine.turn() };
        Ok((turn, told))
    }

    fn steer(&mut self, steering: Vec<(u64, u8)>) {
        for (flow_id, number) in steering {
            if let Some(need) = Need::from_number(number) {
                self.engine.steer(flow_id, need);
            }
        }
    }

    /// In the engine's order: some of it is told, and must be told alike each time.
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let mut counters = Vec::new();
        self.engine.counters(|prefix, name, count| counters.push((format!("{prefix}{name}"), count)));
        counters.into_py_dict(py)
    }

    /// Packets by link type that is not decoded: (name, or number where it has none, packets).
    fn unknown_links(&self) -> Vec<(String, u64)> {
        let named = |&(number, packets)| (link_name(number).map_or_else(|| number.to_string(), str::to_owned), packets);
        self.engine.unknown_links().iter().map(named).collect()
    }

    fn progress(&self) -> (u64, u64) {
        self.inputs.progress()
    }

    /// Inputs that could not be opened while others could: (path, what, remedy).
    fn failures(&self) -> Vec<(OsString, String, String)> {
        let parts =
            |error: &minesensor_capture::CaptureError| (error.path.clone(), error.what.clone(), error.remedy.clone());
        self.failures.iter().map(parts).collect()
    }

    fn inputs<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        self.inputs.reports().iter().map(|report| report_dict(py, report)).collect()
    }
}

fn report_dict<'py>(py: Python<'py>, report: &minesensor_capture::InputReport) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("path", &report.path)?;
    dict.set_item("format", &report.format)?;
    dict.set_item("packets", report.packets)?;
    dict.set_item("bytes", report.bytes)?;
    dict.set_item("outside_window", report.outside_window)?;
    dict.set_item("skipped_bytes", report.skipped_bytes)?;
    // Where nothing was read there is no time, and 0 would be 1970.
    let times = (report.packets > 0).then_some((report.first_ns, report.last_ns));
    dict.set_item("first_ns", times.map(|(first_ns, _)| first_ns))?;
    dict.set_item("last_ns", times.map(|(_, last_ns)| last_ns))?;
    let problems = PyDict::new(py);
    for (problem, count) in report.problems.iter() {
        problems.set_item(problem.name(), count)?;
    }
    dict.set_item("problems", problems)?;
    Ok(dict)
}

impl Scan {
    fn run(&mut self, observations_max: usize) -> Vec<Observation> {
        let (waiting, _) = self.engine.waiting();
        if waiting == 0 {
            self.engine.resume();
            self.read(observations_max);
        }
        let mut batch = Vec::new();
        while batch.len() < observations_max {
            let Some(observation) = self.engine.pop() else { break };
            batch.push(observation);
        }
        batch
    }

    fn read(&mut self, observations_max: usize) {
        if self.is_over {
            return;
        }
        let begun = Instant::now();
        let (engine, mut count) = (&mut self.engine, 0_usize);
        let goes_on = self.inputs.run(|at_hand| {
            // What belongs to this function alone need not be written back for each packet.
            let mut packets = *at_hand;
            let goes_on = engine.run(&mut packets, arrival, |engine| {
                count += 1;
                let (waiting, bytes) = engine.waiting();
                let is_full = engine.must_stop() || waiting >= observations_max || bytes >= BATCH_BYTES_MAX;
                let is_time = count % PACKETS_PER_LOOK == 0 && begun.elapsed() >= BATCH_TIME_MAX;
                !(is_full || is_time || count >= BATCH_PACKETS_MAX)
            });
            *at_hand = packets;
            goes_on
        });
        if !goes_on && !self.interruption.is_raised() {
            self.engine.finish();
            self.is_over = true;
        }
    }
}

fn arrival(packet: Packet<'_>) -> Arrival<'_> {
    let Packet { ts_ns, link, interface, data, wire_len } = packet;
    Arrival { ts_ns, interface, frame: Frame { link, data, wire_len } }
}
