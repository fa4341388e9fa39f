"""A damaged signature file is refused in one line, whatever the damage: never another exception."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from signatures.loader import PACKAGED, load
from signatures.schema import SignatureError

ORIGINALS = {
    "pools/relays.toml": (PACKAGED / "pools/relays.toml").read_bytes(),
    "protocols/ethproxy.toml": (PACKAGED / "protocols/ethproxy.toml").read_bytes(),
}
EDITS = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.integers(0, 40),
        st.binary(max_size=12) | st.sampled_from([b"'''", b"[[", b"\n"]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(ORIGINALS)), edits=EDITS)
def test_damaged_file_is_refused_in_one_line_or_read(name: str, edits: list[tuple[int, int, bytes]]) -> None:
    data = ORIGINALS[name]
    for place, cut, insert in edits:
        at = place % (len(data) + 1)
        data = data[:at] + insert + data[at + cut :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.parent.mkdir()
        path.write_bytes(data)
        try:
            load([Path(folder)])
        except SignatureError as error:
            text = str(error)
            assert text.startswith(f"{path}:")
            assert "; " in text
            assert text.isprintable()
