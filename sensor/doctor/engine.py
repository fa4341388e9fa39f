"""Does the compiled engine load, is it the one that belongs to this program, and does it find what it should?"""

from __future__ import annotations

from typing import Final

from sensor import __version__
from sensor.doctor.base import Diagnosis, Visit, failure, warning, well

_CHECK: Final = "engine"
_AGAIN: Final = "install again, or build it with 'make'"


def engine(_: Visit) -> list[Diagnosis]:
    try:
        from sensor import app, selftest  # noqa: PLC0415
        from sensor.native import build_info  # noqa: PLC0415
    except ImportError as error:
        return failure(_CHECK, f"it does not load: {error}", _AGAIN)
    try:
        results = selftest.run_cases()
    except (*app.EXPECTED, OSError) as error:
        return failure(_CHECK, f"its self-test cannot run: {error}", "see the other checks")
    return diagnosis(build_info(), failed=[result.case for result in results if not result.ok])


def diagnosis(build: dict[str, str], *, failed: list[str]) -> list[Diagnosis]:
    """What is to be said of an engine that was built so, and of the cases of the self-test that failed."""
    shown = f"{build['profile']} build {build['version']} for {build['target']}"
    if failed:
        return failure(_CHECK, f"{shown}; self-test failed: {', '.join(failed)}", f"{_AGAIN}; if it stays, report it")
    if build["version"] != __version__:
        return failure(_CHECK, f"{shown}, and the program is {__version__}", _AGAIN)
    if build["profile"] != "release":
        return warning(_CHECK, f"{shown}: many times slower than a release build", _AGAIN)
    return well(_CHECK, f"{shown}; self-test passed")
