"""What mining looks like, as data: protocol anchors and pool lists, and the loader that checks them.

``load()`` is the door to all there is; ``watched()`` gives a scan what it needs of it, at once. The package imports
nothing of ours but ``system``, and nothing here touches the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from signatures.compiled import watched
from signatures.schema import PACKAGED, Carrier, SignatureError
from signatures.watched import Watched

if TYPE_CHECKING:
    from signatures.catalogue import Signatures

__all__ = ["PACKAGED", "Carrier", "SignatureError", "Watched", "load", "watched"]


def load(folders: Sequence[Path] | None = None) -> Signatures:
    """All signatures of these folders, read from their files; ``None`` means the packaged ones alone.

    Raises SignatureError, one line of text.
    """
    from signatures.loader import load as load_files  # noqa: PLC0415

    return load_files(folders)
