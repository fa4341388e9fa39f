from __future__ import annotations

import subprocess
import sys

import pytest

# In a process of its own: those who run these tests have threads that hear all.
INTERRUPTED = """
import os, signal, sys, threading, time
from sensor.crossing import start_deaf, undisturbed
is_over = threading.Event()
thread = threading.Thread(target=is_over.wait)
start_deaf(thread) if sys.argv[1] == "deaf" else thread.start()
said = []
try:
    with undisturbed():
        os.kill(os.getpid(), signal.SIGINT)
        until = time.monotonic() + (0.2 if sys.argv[1] == "deaf" else 30)
        while time.monotonic() < until:
            pass
        said.append("whole")
except KeyboardInterrupt:
    said.append("interrupted")
print(*said)
is_over.set()
"""


@pytest.mark.parametrize(("kind", "said"), [("deaf", "whole interrupted"), ("hearing", "interrupted")])
def test_an_interruption_waits_for_a_message_where_no_other_thread_hears_it(kind: str, said: str) -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, kind], capture_output=True, text=True, check=True)
    assert done.stdout.split() == said.split()
