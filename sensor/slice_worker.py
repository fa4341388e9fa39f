"""The process behind one slice of a scan: ``python -m sensor.slice_worker DESCRIPTOR``, started by sensor/slices.py.

It is told to read on, with what is wanted of its flows, or (None) to report; it ends when its starter does.
"""

from __future__ import annotations

import contextlib
import sys
from multiprocessing.connection import Connection
from typing import Any

from sensor.native import CaptureError, CaptureScan, build_plan
from sensor.slices import Assignment, Report
from signatures import PACKAGED, watched


def main() -> None:
    # Whoever started it is gone or has enough: there is nobody to tell.
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
    with contextlib.suppress(EOFError, OSError), connection:
        assignment: Assignment = connection.recv()
        try:
            scan = _scan(assignment)
        except CaptureError as error:
            connection.send(error.args)
        else:
            connection.send(None)
            serve(connection, scan)


def serve(connection: Connection[Any, Any], scan: CaptureScan) -> None:
    """Answers until the other end is closed, and then raises EOFError or OSError."""
    while True:
        steering = connection.recv()
        if steering is None:
            connection.send(Report(scan.counters(), scan.unknown_links(), scan.inputs(), scan.failures()))
        else:
            scan.steer(steering)
            connection.send((scan.read_part(), scan.progress()))


def _scan(assignment: Assignment) -> CaptureScan:
    settings = assignment.settings
    signatures = watched(settings.signature_folders(PACKAGED))
    plan = build_plan(signatures, realms=settings.realm_rows(), caps=settings.caps())
    return CaptureScan(plan, assignment.inputs, assignment.since_ns, assignment.until_ns, part=assignment.part)


if __name__ == "__main__":
    main()
