"""Builds the tools and makes the captures that the benchmark reads. A mix that is not older is kept."""

from __future__ import annotations

import compileall
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Final

from bench.child import ChildError, Command, apart
from bench.findings import described_in
from bench.seeds import craft
from signatures import Carrier, load

ROOT: Final = Path(__file__).parent.parent
CACHE: Final = ROOT / ".cache" / "bench"
MIX: Final = ROOT / "bench" / "mix.toml"
MIXER: Final = ROOT / "native" / "target" / "release" / "minesensor-mixer"


def _do(command: Command) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ChildError(command, done.returncode, done.stderr)


def build_mixer() -> Path:
    """The mixer, built in release; raises ChildError."""
    _do([str(ROOT / "tools" / "cargo.sh"), "build", "--quiet", "--release", "-p", "minesensor-mixer"])
    return MIXER


def build_bytecode() -> None:
    """The sensor's own modules compiled, as an installer leaves them: a checkout may forbid Python to do it."""
    for package in ("sensor", "signatures", "enrichment", "system"):
        compileall.compile_dir(ROOT / package, quiet=1)


def build_pcap_loop() -> Path:
    """The bare libpcap loop; raises ChildError, one line with the remedy, where it cannot be compiled."""
    CACHE.mkdir(parents=True, exist_ok=True)
    source, program = ROOT / "bench" / "pcap_loop.c", CACHE / "pcap_loop"
    compiler = shutil.which("cc")
    if compiler is None or not _has_libpcap(compiler):
        raise ChildError(["cc"], 1, "cc or libpcap's headers are missing; apt-get install gcc libpcap-dev")
    _do([compiler, "-O2", "-o", str(program), str(source), "-lpcap"])
    return program


def _has_libpcap(compiler: str) -> bool:
    test = [compiler, "-E", "-include", "pcap/pcap.h", "-x", "c", "/dev/null", "-o", "/dev/null"]
    return subprocess.run(test, capture_output=True, check=False).returncode == 0


def build_mix() -> Path:
    """The mix of mix.toml, made anew when its recipe or a tool is newer than it."""
    seeds, capture = CACHE / "seeds", CACHE / "mix.pcap"
    makers = [MIX, MIXER, *(ROOT / "bench").glob("*.py")]
    made = described_in(capture)
    if not made.exists() or any(maker.stat().st_mtime > made.stat().st_mtime for maker in makers):
        apart(craft, seeds, int(tomllib.loads(MIX.read_text(encoding="utf-8"))["seed"]))
        _do([str(MIXER), "mix", "--seeds", str(seeds), "--mix", str(MIX), "--out", str(capture)])
    return capture


def make(name: str, *words: str) -> Path:
    """A capture by any command of the mixer: ``make("syn", "new-flows", "--packets", "9")``."""
    capture = CACHE / f"{name}.pcap"
    CACHE.mkdir(parents=True, exist_ok=True)
    _do([str(MIXER), *words, "--out", str(capture)])
    return capture


def anchors() -> Path:
    """The sensor's own anchors in a file, one a line, for the near misses."""
    path = CACHE / "anchors.txt"
    CACHE.mkdir(parents=True, exist_ok=True)
    apart(_write_anchors, path)
    return path


def _write_anchors(path: Path) -> None:
    patterns = [anchor.pattern.decode() for anchor in load().anchors if anchor.carrier is Carrier.LINES]
    path.write_text("".join(f"{pattern}\n" for pattern in patterns), encoding="ascii")


def settings(name: str, **limits: int) -> Path:
    """A configuration file with these limits."""
    path = CACHE / f"{name}.toml"
    CACHE.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{limit} = {value}\n" for limit, value in limits.items())
    path.write_text(f"[limits]\n{rows}", encoding="utf-8")
    return path


def warm(path: Path) -> None:
    """Reads a file once, so that it lies in the page cache."""
    with path.open("rb") as file:
        while file.read(1 << 22):
            pass


def capture_files(given: Path) -> list[Path]:
    """A file itself, or the captures of a folder and its subfolders by name."""
    if not given.is_dir():
        return [given]
    names = (".pcap", ".pcapng", ".cap", ".gz", ".zst")
    return sorted(path for path in given.rglob("*") if path.is_file() and path.suffix in names)
