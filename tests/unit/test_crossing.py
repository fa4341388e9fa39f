from __future__ import annotations

import subprocess
import sys

import pytest

# In a process of its own: those who run these tests have threads that hear all.
INTERRUPTED = """
import os, signal, sys, threading, time
from sensor.crossing import start_deaf, undisturbed
is_over = threading.Event()
def hear():
    # A thread that sleeps on would leave it open when the first hears of what came to it.
    while not is_over.wait(0.01):
        pass
thread = threading.Thread(target=hear)
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


LATE = """
import signal
from sensor.crossing import undisturbed
alone = frozenset({signal.SIGALRM})
def interrupt(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, interrupt)
left = set()
for _ in range(3000):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.00005)
        while True:
            with undisturbed(alone):
                pass
    except KeyboardInterrupt:
        left |= signal.pthread_sigmask(signal.SIG_SETMASK, ())
print(len(left))
"""


def test_an_interruption_that_comes_while_others_are_told_to_wait_leaves_nothing_blocked() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "0\n"
