"""The scaffold writes four files that import, once."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from sensor.event import Standing
from sensor.model import Side
from sensor.room import Purse
from sensor.wire.candidate import Candidate
from sensor.wire.jsonrpc import Rpc

SOURCE = Path(__file__).parents[3] / "tools/new_protocol.py"
_spec = importlib.util.spec_from_file_location("new_protocol", SOURCE)
assert _spec is not None
assert _spec.loader is not None
new_protocol = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(new_protocol)


def test_a_scaffold_is_four_files_and_its_decoder_loads(tmp_path: Path) -> None:
    paths = new_protocol.scaffold("my-dialect", tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in paths] == [
        "sensor/wire/my_dialect.py",
        "signatures/protocols/my-dialect.toml",
        "docs/protocols/my-dialect.md",
        "tests/unit/wire/test_my_dialect.py",
    ]
    spec = importlib.util.spec_from_file_location("my_dialect", paths[0])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["my_dialect"] = module
    spec.loader.exec_module(module)
    assert module.MyDialect.dialect == "my-dialect"
    decoder = Candidate(module.MyDialect, Purse()).decoder
    assert not decoder.may_begin(Rpc(method="login"))
    assert decoder.receive(Side.A, Rpc(method="login"), 0) == []
    assert decoder.standing is Standing.REFUTED


@pytest.mark.parametrize("name", ["", "My", "a b", "../x", "-a", "a--b", "a_b"])
def test_a_bad_name_writes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no dialect name"):
        new_protocol.scaffold(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_exists_is_not_overwritten(tmp_path: Path) -> None:
    new_protocol.scaffold("my-dialect", tmp_path)
    with pytest.raises(ValueError, match="exists already"):
        new_protocol.scaffold("my-dialect", tmp_path)
