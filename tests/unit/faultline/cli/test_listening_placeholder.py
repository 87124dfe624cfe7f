"""The process that keeps the console's socket open until a browser connects."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from faultline.cli import listening_placeholder

ANSWER = """
import socket, sys
connection, _ = socket.socket(fileno=int(sys.argv[1])).accept()
connection.sendall(b"served")
"""


@contextmanager
def waiting(listener: socket.socket, process: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the waiting process beside a watched one; the command that it starts answers one connection."""
    number = str(listener.fileno())
    command = [sys.executable, "-I", "-S", listening_placeholder.__file__, number, str(process)]
    with subprocess.Popen(
        [*command, sys.executable, "-c", ANSWER, number], pass_fds=[listener.fileno()]
    ) as waits:
        listener.close()  # only that process has it
        try:
            yield waits
        finally:
            waits.kill()


def test_the_first_client_is_served_by_the_command() -> None:
    """The connection that starts the command is answered by it, in the same process."""
    with (
        subprocess.Popen(["sleep", "60"]) as watched,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        address = listener.getsockname()
        with waiting(listener, watched.pid) as waits:
            with socket.create_connection(address, timeout=30) as client:
                assert client.recv(100) == b"served"
            assert waits.wait(30) == 0
        watched.kill()


def test_it_ends_with_the_process_that_it_watches() -> None:
    """Without a connection, the wait ends with the watched process, and the port is free again."""
    with subprocess.Popen(["true"]) as ended:
        ended.wait(30)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        with waiting(listener, ended.pid) as waits:
            assert waits.wait(30) == 0
    with socket.socket() as client:
        assert client.connect_ex(address) != 0
