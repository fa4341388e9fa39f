"""One test per complaint about a protocol file, with the exact line."""

from __future__ import annotations

import pytest

from signatures.loader import load

ERRORS = {
    "name-and-file-differ": (
        'name = "p"',
        'name = "q"',
        "1: name 'q' differs from the file's; call the file q.toml",
    ),
    "bad-name": (
        'name = "p"',
        'name = "P!"',
        "1: name 'P!' must be lower-case letters, digits and '-'; rename it",
    ),
    "no-documents": (
        'documents = ["none"]',
        "documents = []",
        "4: documents must be a list of texts, none of them empty; correct it",
    ),
    "short-anchor": ("mining.example", "hash", "6: anchor 'hash' has 4 bytes; use 6 to 64"),
    "long-anchor": ("mining.example", "m" * 65, f"6: anchor '{'m' * 60}...' has 65 bytes; use 6 to 64"),
    "anchor-not-ascii": (
        "mining.example",
        "mining.\u00e9",
        "6: anchor 'mining.\\xe9' must be printable ASCII; correct it",
    ),
    "bad-side": ('side = "miner"', 'side = "client"', "7: side is 'client'; write one of miner, pool, any"),
    "bad-depth": ("depth = 64", "depth = 5000", "8: depth is 5000; write a number from 0 to 4096"),
    "depth-is-a-flag": ("depth = 64", "depth = true", "8: depth is True; write a number from 0 to 4096"),
    "no-depth": ("depth = 64\n", "", "5: depth is missing; add it to [[anchor]]"),
    "unknown-key": (
        "depth = 64",
        "depth = 64\noffset = 1",
        "9: unknown key 'offset' in [[anchor]]; correct or remove it",
    ),
    "example-of-any-side": (
        '[[match]]\nside = "miner"',
        '[[match]]\nside = "any"',
        "10: an example is sent by one side; write miner or pool",
    ),
    "empty-example": (
        "text = 'mining.example'",
        "text = ''",
        "11: an example has 1 to 8192 characters; correct it",
    ),
    "match-that-is-candidate-only": (
        "text = 'mining.example'",
        "text = 'mining.example'\ncandidate_only = true",
        "12: unknown key 'candidate_only' in [[match]]; correct or remove it",
    ),
    "control-in-title": (
        'title = "A protocol"',
        'title = "A\\u001b[2Jprotocol"',
        "2: title holds control characters; remove them",
    ),
    "long-title": (
        'title = "A protocol"',
        f'title = "{"t" * 201}"',
        "2: title is longer than 200 characters; shorten it",
    ),
}


@pytest.mark.parametrize(("old", "new", "what"), ERRORS.values(), ids=ERRORS.keys())
def test_bad_protocol_is_named_with_its_line(write, complaint, protocol, old, new, what):
    root = write("protocols/p.toml", protocol.replace(old, new, 1))
    assert complaint(lambda: load([root])) == f"protocols/p.toml:{what}"


def test_protocol_without_anchor_is_refused(write, complaint, protocol):
    root = write("protocols/p.toml", protocol[: protocol.index("[[anchor]]")])
    assert complaint(lambda: load([root])) == "protocols/p.toml:1: no anchor; add at least one [[anchor]]"


def test_anchor_twice_in_a_file_is_refused(write, complaint, protocol):
    anchor = protocol[protocol.index("[[anchor]]") : protocol.index("[[match]]")]
    root = write("protocols/p.toml", protocol.replace("[[match]]", anchor + "[[match]]"))
    assert complaint(lambda: load([root])) == (
        "protocols/p.toml:10: anchor 'mining.example' stands here twice; remove one"
    )


def test_protocol_is_read_as_written(write, protocol):
    signatures = load([write("protocols/p.toml", protocol)])
    (read,) = signatures.protocols
    assert (read.name, read.title, read.description, read.documents) == (
        "p",
        "A protocol",
        "For tests.",
        ("none",),
    )
    (anchor,) = signatures.anchors
    assert (anchor.pattern, anchor.depth, anchor.side, anchor.protocols) == (
        b"mining.example",
        64,
        "miner",
        ("p",),
    )
    assert [(example.text, example.line) for example in read.matches] == [("mining.example", 11)]
