# SPDX-License-Identifier: Apache-2.0
"""Servers on loopback that are no broker, or none that we can use: each says what such a server says, and no more."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

Answer = Callable[[socket.socket], None]


@contextmanager
def listening(answer: Answer) -> Iterator[int]:
    """The port of a server that treats each connection so, until the end of the ``with``."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, answer), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        # Wakes ``accept``, which closing alone does not.
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def _serve(server: socket.socket, answer: Answer) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(5)
            try:
                answer(connection)
            except OSError:
                continue  # the client has left


def closes(connection: socket.socket) -> None:
    connection.recv(4096)


def is_silent(connection: socket.socket) -> None:
    """Until the client gives up."""
    while connection.recv(4096):
        pass


def web_server(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def shell_server(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    is_silent(connection)


def tls_server(connection: socket.socket) -> None:
    """To whoever does not begin with a handshake: a fatal alert, unexpected message."""
    connection.recv(4096)
    connection.sendall(b"\x15\x03\x03\x00\x02\x02\x0a")


def broker(*versions: tuple[int, int, int], then: Sequence[bytes] = ()) -> Answer:
    """Answers ApiVersions with (api, lowest, highest), then each further request with the next of these bodies."""
    first = struct.pack(">hi", 0, len(versions)) + b"".join(struct.pack(">hhh", *row) for row in versions)

    def answer(connection: socket.socket) -> None:
        for body in (first, *then):
            request = connection.recv(4096)
            if not request:
                return
            (correlation,) = struct.unpack_from(">i", request, 8)
            connection.sendall(struct.pack(">ii", len(body) + 4, correlation) + body)
        connection.recv(4096)

    return answer
