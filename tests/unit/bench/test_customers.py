from __future__ import annotations

from pathlib import Path

from bench import customers


def test_the_list_is_the_same_each_time_and_what_is_in_it_is_found(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.csv", "two.csv")]
    for path in paths:
        customers.write(path, 2_000)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].read_bytes().count(b"\n") == 2_001
    measured = customers.measure(paths[0])
    assert 0 < measured.found < 1
    assert measured.lookups_per_s > 0
    assert 0 < measured.held_mb < 2
