"""The HTTP server with a thread per connection: many clients, and large bodies."""

import socket
import tracemalloc
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox.common.connections import LOCALHOST, Connection, Request, Server

DEADLINE_SECONDS = 60
CLIENTS = 300


def _longest_queue() -> int:
    try:
        return int(Path("/proc/sys/net/core/somaxconn").read_text())
    except FileNotFoundError:  # another system than Linux
        return 0


class Ending(Connection):
    """A connection that answers nothing."""

    def answer(self, _request: Request) -> bool:
        """End the connection."""
        return False


@pytest.mark.skipif(_longest_queue() < CLIENTS, reason="the kernel allows fewer connections to wait")
def test_many_clients_may_connect_at_once() -> None:
    """A burst of connections waits in the kernel's queue, even if the server accepts none of them yet."""
    with Server(Ending) as server, ExitStack() as clients:
        for _ in range(CLIENTS):
            client = socket.create_connection((LOCALHOST, server.port), timeout=DEADLINE_SECONDS)
            clients.enter_context(client)


def test_a_body_takes_its_memory_once() -> None:
    """Reading a large body takes no more memory than the body and some room to grow."""
    parts, part = 1_000, bytes(16 * 1024)
    with Server(Ending) as server:
        server.start("server")
        tracemalloc.start()
        head = b"PUT / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (parts * len(part))
        with socket.create_connection((LOCALHOST, server.port), timeout=DEADLINE_SECONDS) as client:
            for packet in (head, *[part] * parts):
                client.sendall(packet)
            assert client.recv(1) == b""
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        server.end()
    assert parts * len(part) < peak < 1.5 * parts * len(part)
