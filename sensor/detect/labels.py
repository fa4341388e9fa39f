"""What a session is called, and what a list calls the place that it goes to."""

from __future__ import annotations

import msgspec


class Hint(msgspec.Struct, frozen=True, gc=False):
    """What a pool list says of the endpoint this session goes to."""

    host: str  # "" where an address is listed
    pool: str
    coin: str
    kind: str = ""


class Labels(msgspec.Struct, frozen=True, gc=False):
    """What a finding is called; it does not change between revisions."""

    finding_id: str
    community_id: str
