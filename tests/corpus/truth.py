# SPDX-License-Identifier: Apache-2.0
"""The truth of a corpus: what each mining stream of each positive capture holds, as ``positives.json`` tells it.

Knows nothing of the sensor but its dialect names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from sensor.finding import Stage
from sensor.model import Endpoint

TRUTH_FILE: Final = "positives.json"
# The truth's own words for what a stream speaks -> our dialects. Other variants are listed, not judged.
DIALECTS: Final = {
    "stratum-v1": "stratum-v1",
    "zcash-stratum": "equihash-stratum",
    "cryptonote-stratum": "cryptonote",
    "ethproxy(eth_getWork)": "ethproxy",
    "EthereumStratum/1.0.0": "ethereumstratum-1",
    "EthereumStratum/2.0.0": "ethereumstratum-2",
    "kawpow-stratum": "progpow-stratum",
    "conflux-stratum": "octopus-stratum",
    "kaspa-stratum": "kaspa",
    "http-getwork": "getwork",
    "http-getblocktemplate": "getblocktemplate",
    # The heads are getwork's; what was asked for is not in the capture.
    "http-mining(headers only, answered 400)": "getwork",
}
# Not mining of its own: a TLS hello that a plain port answers with nothing, and a pool's server that asks its own node
# for blocks, where a miner that asks the same names itself. The server is told as such, and as no attempt.
SILENT: Final = frozenset({"tls-hello-to-plaintext-stratum"})
OVER_HTTP: Final = "http-"
OF_SERVERS: Final = frozenset({"http-getblocktemplate"})
_NS_PER_SECOND: Final = 1_000_000_000


class TruthError(ValueError):
    """The truth cannot be read; the text is one line."""


class Stream(msgspec.Struct, frozen=True):
    """One mining TCP stream. ``first`` and ``duration`` are seconds; ``agents`` and ``users`` in order of sending."""

    stream: int
    client: str
    server: str
    variant: str
    stage: Stage
    first: float
    duration: float
    jobs: int
    submits: int
    accepted: int
    rejected: int
    agents: tuple[str, ...] = ()
    users: tuple[str, ...] = ()

    @property
    def miner(self) -> Endpoint:
        return _endpoint(self.client)

    @property
    def pool(self) -> Endpoint:
        return _endpoint(self.server)

    @property
    def dialect(self) -> str | None:
        """Our name for the variant; None: it is listed, not judged."""
        return None if self.is_silent else DIALECTS.get(self.variant)

    @property
    def is_silent(self) -> bool:
        """Whether nothing may be said of it."""
        return self.variant in SILENT or (self.variant in OF_SERVERS and not self.agents)

    @property
    def logins(self) -> tuple[str, ...]:
        """``users`` as we tell them: of HTTP's credentials without the password."""
        if not self.variant.startswith(OVER_HTTP):
            return self.users
        return tuple(user.partition(":")[0] for user in self.users)

    @property
    def first_ns(self) -> int:
        return round(self.first * _NS_PER_SECOND)

    @property
    def last_ns(self) -> int:
        return round((self.first + self.duration) * _NS_PER_SECOND)

    @property
    def is_grade_a(self) -> bool:
        """Both sides speak: a share was sent, and a job or an accepted share came back."""
        return self.submits > 0 and (self.jobs > 0 or self.accepted > 0)


class TrueFile(msgspec.Struct, frozen=True):
    """One positive capture."""

    streams: tuple[Stream, ...]


def load(folder: Path) -> dict[str, TrueFile]:
    """The truth by path below ``folder``. Raises TruthError."""
    path = folder / TRUTH_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, TrueFile])
    except OSError as error:
        raise TruthError(f"{path}: {error.strerror}; name a folder with positives/ and {TRUTH_FILE}") from None
    except msgspec.DecodeError as error:
        raise TruthError(f"{path}: {error}") from None


def _endpoint(text: str) -> Endpoint:
    ip, _, port = text.rpartition(":")
    return Endpoint(ip.strip("[]"), int(port))
