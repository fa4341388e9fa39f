"""What mining looks like, as data: protocol anchors and pool lists, and the loader that checks them.

``load()`` is the door. The package imports nothing of ours and nothing here touches the network.
"""

from signatures.catalogue import Match, Signatures
from signatures.loader import PACKAGED, load
from signatures.schema import SignatureError

__all__ = ["PACKAGED", "Match", "SignatureError", "Signatures", "load"]
