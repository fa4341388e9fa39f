"""What the figures were measured on, and with which versions."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path


def _lines(*command: str) -> list[str]:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ["not installed"]
    return (done.stdout + done.stderr).strip().splitlines() or ["unknown"]


def _cpu() -> str:
    try:
        facts = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or "unknown"
    model = re.search(r"^model name\s*:\s*(.+)$", facts, re.MULTILINE)
    return model.group(1) if model else platform.machine()


def describe(minesensor: str) -> dict[str, str]:
    """Name -> text; nothing in it names the machine itself."""
    return {
        "cpu": _cpu(),
        "cores": str(os.cpu_count()),
        "kernel": f"{platform.system()} {platform.release()}",
        "minesensor": ", ".join(_lines(minesensor, "--version")),
        "python": platform.python_version(),
        "ndpiReader": _lines("ndpiReader", "-h")[0],
    }
