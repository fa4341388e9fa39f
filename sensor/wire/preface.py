"""Lines of text before the first message: what proxies, pools' pages and HTTP say, one predicate a kind.

Pure, and without a memory: whose line it is and what follows from it is sensor/wire/dialogue.py's.
"""

from __future__ import annotations

from typing import Final

# The request lines of HTTP but for CONNECT, which is a preface.
_REQUESTS: Final = (b"GET ", b"POST ", b"PUT ", b"HEAD ", b"OPTIONS ", b"DELETE ", b"PATCH ", b"TRACE ")
_VERSION: Final = b" HTTP/1."
_ANSWER: Final = b"HTTP/"
# What stands before the miner's own words: to a proxy, or by one.
_PROXIES: Final = (b"CONNECT ", b"PROXY ")
# What pool software says to a browser.
_BANNERS: Final = (b"mining server online", b"Stratum online", b"connect to a Stratum server")
_TUNNEL_WORDS: Final = b"onnection established"
_OBJECTS_END: Final = b"}"


def begins_like_http(line: bytes) -> bool:
    return line.startswith((*_REQUESTS, _ANSWER))


def is_request(line: bytes) -> bool:
    """Whether ``line`` asks for a page."""
    return line.startswith(_REQUESTS) and _VERSION in line


def is_answer(line: bytes) -> bool:
    return line.startswith(_ANSWER)


def opens_tunnel(answer: bytes) -> bool:
    """Whether the conversation begins behind this answer; behind any other the body of a page does."""
    return answer.rstrip().endswith(_TUNNEL_WORDS)


def is_aside(line: bytes) -> bool:
    """Whether ``line`` is meant for a proxy, by one, or for a browser."""
    return line.startswith(_PROXIES) or any(words in line for words in _BANNERS)


def is_plain(line: bytes) -> bool:
    """Whether ``line`` is text and no part of a message: neither the end of an object whose head was not seen, nor one
    behind something in binary.
    """
    return not line.rstrip().endswith(_OBJECTS_END) and line.decode("utf-8", "replace").strip().isprintable()
