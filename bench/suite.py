"""Runs everything and fills the report. The budgets are those of the design; none is a timed test."""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import captures, customers, everything, findings
from bench.child import ChildError, Command, Usage, apart, median, run_all
from bench.machine import describe
from bench.report import Budget, Figure, Report, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

_MB_PER_KIB: Final = 1024 / 1e6
_SESSIONS: Final = 10_000
_IDLE_FLOWS: Final = 1_000_000
_STORM_PACKETS: Final = 3_000_000


def minesensor() -> str:
    """The command of the environment that this runs in, else the one on the path."""
    beside = Path(sys.executable).with_name("minesensor")
    found = str(beside) if beside.exists() else shutil.which("minesensor")
    if found is None:
        raise ChildError(["minesensor"], 127, "not installed; run: make bench")
    return found


class Suite:
    """One run of the benchmark of the command ``sensor``; ``repeats`` of everything, medians are told."""

    def __init__(self, sensor: str, repeats: int, scratch: Path) -> None:
        self._sensor = sensor
        self._output = scratch / "output"
        self._repeats = repeats
        self._start = Usage(0.0, 0.0, 0)
        self.report = Report(describe(self._sensor), repeats)

    # ------------------------------------------------------------ building blocks

    def _measure(self, name: str, commands: Sequence[Command], *, packets: int | None, size: int | None) -> Usage:
        usage = median([run_all(commands, self._output) for _ in range(self._repeats)])
        self.report.runs.append(Run(name, usage, packets, size))
        return usage

    def _scan(self, *paths: Path, config: Path | None = None) -> Command:
        options = ["--config", str(config)] if config else []
        return [self._sensor, "scan", "--json", *options, *map(str, paths)]

    def _figure(self, name: str, value: float, unit: str = "", budget: Budget | None = None) -> None:
        self.report.figures.append(Figure(name, value, unit, budget))

    def _check(self, capture: Path) -> bool:
        """Compares what the last run wrote with what the capture holds."""
        differences = apart(findings.compare, capture, self._output)
        self.report.problems += [f"{capture.name}: {line}" for line in differences]
        return not differences

    def _is_release(self) -> bool:
        if "profile: release" in self.report.machine["minesensor"]:
            return True
        self.report.problems.append("minesensor is not a release build: no ratio is told")
        return False

    # ------------------------------------------------------------ ordinary traffic

    def start(self) -> None:
        """The start of the process alone: it is subtracted where a figure says "without start"."""
        self._start = self._measure("minesensor --version", [[self._sensor, "--version"]], packets=None, size=None)

    def ordinary(self, files: Sequence[Path], *, is_mix: bool) -> None:
        """The engine beside ndpiReader and a bare libpcap loop on the same files."""
        for file in files:
            captures.warm(file)
        packets, size = self._counted(files)
        sensor = self._measure("minesensor scan", [self._scan(*files)], packets=packets, size=size)
        is_right = self._check(files[0]) if is_mix else True
        if is_mix:
            self.report.findings = "as expected" if is_right else "NOT as expected"
        ndpi = self._other("ndpiReader -q", "ndpiReader", ["-q", "-i"], files)
        bare = self._other("libpcap loop", str(captures.CACHE / "pcap_loop"), [], files)
        if not (self._is_release() and is_right):
            return
        without_s = max(sensor.wall_s - self._start.wall_s, 1e-9), max(sensor.cpu_s - self._start.cpu_s, 1e-9)
        if ndpi:
            self._figure(
                "times faster than ndpiReader, wall",
                ndpi.wall_s / sensor.wall_s,
                "",
                Budget(7, at_least=True),
            )
            self._figure("times faster than ndpiReader, CPU", ndpi.cpu_s / sensor.cpu_s, "", Budget(7, at_least=True))
        if bare:
            self._figure("time of a libpcap loop, wall, without start", without_s[0] / bare.wall_s, "×", Budget(1.5))
            self._figure("time of a libpcap loop, CPU, without start", without_s[1] / bare.cpu_s, "×", Budget(1.5))
            self._figure("time of a libpcap loop, wall, with start", sensor.wall_s / bare.wall_s, "×", Budget(2.0))
            self._figure("time of a libpcap loop, CPU, with start", sensor.cpu_s / bare.cpu_s, "×", Budget(2.0))
        self._figure("peak memory at the defaults", sensor.peak_kib * _MB_PER_KIB, "MB", Budget(400))

    def _other(self, name: str, program: str, options: list[str], files: Sequence[Path]) -> Usage | None:
        if shutil.which(program) is None:
            self.report.left_out.append(f"{name}: {Path(program).name} is not installed")
            return None
        packets, size = self._counted(files)
        try:
            return self._measure(name, [[program, *options, str(file)] for file in files], packets=packets, size=size)
        except ChildError as failure:
            self.report.left_out.append(f"{name}: {failure}")
            return None

    def _counted(self, files: Sequence[Path]) -> tuple[int | None, int | None]:
        """Packets and bytes as the libpcap loop counts them; none where it cannot read a file."""
        packets = size = 0
        for file in files:
            try:
                run_all([[str(captures.CACHE / "pcap_loop"), str(file)]], self._output)
            except (ChildError, OSError):
                return None, None
            counts = self._output.read_text(encoding="ascii").split()
            packets, size = packets + int(counts[0]), size + int(counts[1])
        return packets, size

    def everything(self, mix: Path) -> None:
        """Detection alone beside everything that a sensor in service does, on the mix."""
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            try:
                with everything.kafka(folder) as bootstrap:
                    site = everything.Site(folder, bootstrap)
                    repeats = self._repeats * everything.PAIRS_PER_REPEAT
                    off, on = everything.compare(self._scan(mix), site, self._output, repeats)
            except ChildError as failure:
                self.report.left_out.append(f"everything on: {failure}")
                return
        for name, parts in (("detection alone", off), ("everything on", on)):
            self.report.runs.append(Run(name, median([one.usage for one in parts]), None, None))
        if not self._is_release():
            return
        percent = 100 * everything.median_part_added(off, on)
        start_s = everything.median(on, "start_s") - everything.median(off, "start_s")
        self._figure("everything on: added between first and last packet", percent, "%", Budget(5))
        self._figure("everything on: added to the start", start_s, "s", Budget(0.5))
        self._figure("everything on: from the last packet until Kafka has all", everything.median(on, "after_s"), "s")

    # ------------------------------------------------------------ one part at a time

    def _rate(self, name: str, capture: Path, count: int, usage: Usage, *, unit: str, budget: Budget | None) -> None:
        """``count`` a second of wall time without the start of the process, if the findings are right."""
        if self._check(capture) and self._is_release():
            self._figure(name, count / max(usage.wall_s - self._start.wall_s, 1e-9), unit, budget)

    def new_flows(self) -> None:
        for payload in (0, 32):
            kind = f"{payload} B of payload" if payload else "SYN"
            words = ("--packets", str(_STORM_PACKETS), "--payload", str(payload))
            capture = captures.make("new-flows", "new-flows", *words)
            name = f"every packet a new flow, {kind}"
            size = _STORM_PACKETS * (54 + payload)
            usage = self._measure(name, [self._scan(capture)], packets=_STORM_PACKETS, size=size)
            budget = Budget(1e6, at_least=True)
            self._rate(f"new flows a second, {kind}", capture, _STORM_PACKETS, usage, unit="/s", budget=budget)
            self._figure(f"peak memory, {name}", usage.peak_kib * _MB_PER_KIB, "MB", Budget(400))
            capture.unlink()

    def near_misses(self) -> None:
        size = 500_000_000
        capture = captures.make("near-miss", "near-miss", "--bytes", str(size), "--anchors", str(captures.anchors()))
        packets = -(-size // 1400)
        usage = self._measure("near misses of the anchors", [self._scan(capture)], packets=packets, size=size)
        self._rate("near-miss text", capture, size // 1_000_000, usage, unit="MB/s", budget=None)
        capture.unlink()

    def messages(self) -> None:
        """Every packet a message of a followed session: the decoders' and the judge's speed."""
        count, shares = 1_000, 200
        capture = captures.make("messages", "sessions", "--count", str(count), "--messages", str(shares))
        messages = count * (6 + 2 * shares)
        usage = self._measure("mining messages", [self._scan(capture)], packets=None, size=None)
        budget = Budget(200_000, at_least=True)
        self._rate("mining messages a second", capture, messages, usage, unit="/s", budget=budget)

    def sessions(self) -> None:
        config = captures.settings("sessions", settled_sessions_max=_SESSIONS + 2_000)
        peaks = []
        for count in (1, _SESSIONS):
            capture = captures.make("sessions", "sessions", "--count", str(count), "--messages", "20")
            name = f"concurrent sessions: {count}"
            usage = self._measure(name, [self._scan(capture, config=config)], packets=None, size=None)
            self._check(capture)
            peaks.append(usage.peak_kib)
        self._figure("memory of a followed session", (peaks[1] - peaks[0]) / (_SESSIONS - 1), "KiB", Budget(20))

    def idle_flows(self) -> None:
        config = captures.settings("idle-flows", flows_max=1 << 20)
        peaks = []
        for count in (1, _IDLE_FLOWS):
            capture = captures.make("idle-flows", "new-flows", "--packets", str(count))
            name = f"idle flows: {count}"
            usage = self._measure(name, [self._scan(capture, config=config)], packets=count, size=None)
            peaks.append(usage.peak_kib)
        self._figure("memory of an idle flow", (peaks[1] - peaks[0]) * 1024 / (_IDLE_FLOWS - 1), "B", Budget(128))

    def first_finding(self) -> None:
        """A whole scan of a small capture: an upper bound of the time to its first finding."""
        capture = captures.make("small", "sessions", "--count", "5", "--messages", "3")
        usage = self._measure("a small capture", [self._scan(capture)], packets=None, size=None)
        self._check(capture)
        self._figure("start to the findings of a small capture", usage.wall_s, "s", Budget(1))

    def customers(self) -> None:
        """A million customers: read once, because that takes half a minute."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "customers.csv"
            customers.write(path, customers.RECORDS)
            usage = run_all([[sys.executable, "-m", "bench.customers", str(path)]], self._output)
        measured = customers.Measured(*map(float, self._output.read_text(encoding="ascii").split()))
        self.report.runs.append(Run("customers: 1 M prefixes", usage, None, None))
        self._figure("CPU time to read 1 M customers", measured.load_s, "s")
        self._figure("memory that 1 M customers hold", measured.held_mb, "MB")
        self._figure("peak memory while 1 M customers are read", measured.peak_mb, "MB")
        self._figure("look-ups a second in 1 M customers", measured.lookups_per_s, "/s")


def run(given: Sequence[Path], repeats: int) -> Report:
    """The whole benchmark on the mix, or on ``given`` files and folders instead of the mix."""
    captures.build_mixer()
    captures.build_bytecode()
    with tempfile.TemporaryDirectory() as scratch:
        suite = Suite(minesensor(), repeats, Path(scratch))
        try:
            captures.build_pcap_loop()
        except ChildError as failure:
            suite.report.left_out.append(f"libpcap loop: {failure}")
        suite.start()
        if given:
            suite.ordinary([file for path in given for file in captures.capture_files(path)], is_mix=False)
        else:
            suite.ordinary([captures.build_mix()], is_mix=True)
            suite.everything(captures.build_mix())
        suite.new_flows()
        suite.near_misses()
        suite.messages()
        suite.sessions()
        suite.idle_flows()
        suite.first_finding()
        suite.customers()
        suite.report.floor_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return suite.report
