"""Connections to given addresses, with a time limit for the whole exchange.

urllib3's timeouts apply to each wait on the socket, so a server could keep a connection busy forever by
sending a byte from time to time (https://urllib3.readthedocs.io/en/stable/reference/urllib3.util.html,
`Timeout`). A watchdog thread therefore shuts the connection down when the time is up.
"""

import io
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPException, HTTPResponse, parse_headers
from threading import Timer
from time import monotonic
from typing import Any
from urllib.parse import SplitResult

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from lambdas.work.http.public_addresses import Address

# Exceptions raised while connecting, sending the request or reading the response.
BROKEN = (HTTPError, HTTPException, OSError)


class _Received(io.RawIOBase):
    """The bytes of a response, which end where the watchdog has shut the connection down.

    A byte that arrives after the shutdown resets the connection. As an error, the reset would discard the
    line being read, even if that is a status line with a success.
    """

    def __init__(self, connection: "Connection", raw: io.RawIOBase) -> None:
        self._connection = connection
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        try:
            return self._raw.readinto(buffer)
        except OSError:
            if self._connection.is_cut:
                return 0
            raise

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Lines(io.BufferedReader):
    """Reader of a response that detects truncated headers.

    Attributes:
        ended: Whether the response ended within a line, or where another line was expected.
    """

    ended = False

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line, or the rest of the response if it ends without one."""
        line = super().readline(size)
        self.ended = self.ended or not line.endswith(b"\n")
        return line


class _Answer(HTTPResponse):
    """HTTP response that passes its status to the connection before the headers are read."""

    def __init__(self, connection: "Connection", sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._connection = connection
        self._lines = self.fp = _Lines(_Received(connection, self.fp.detach()))

    def begin(self) -> None:
        """Read the status line and the headers, and note whether the headers were cut off.

        http.client treats headers that end with the connection as complete, but the last one may be
        truncated (https://www.rfc-editor.org/rfc/rfc9112#section-8).
        """
        super().begin()
        self._connection.headers_cut_off = self._lines.ended

    def _read_status(self) -> tuple[str, int, str]:
        """Read the status line, skipping interim responses before it.

        https://www.rfc-editor.org/rfc/rfc9110#section-15.2. http.client skips only 100 (Continue).
        """
        version, status, reason = super()._read_status()  # type: ignore[misc] # typeshed leaves it out
        while 100 <= status < 200 and status != 101:  # 101 (Switching Protocols) is final
            parse_headers(self.fp)
            version, status, reason = super()._read_status()  # type: ignore[misc]
        self._connection.status = status
        return version, status, reason


class Connection(HTTPConnection):
    """A connection for a single request.

    Attributes:
        status: Status of the response; 0 until its status line has been read.
        headers_cut_off: Whether the response ended within its headers, whose values are then unreliable.
        is_cut: Whether the watchdog has shut the connection down, since its time was up.
        answering: Socket of the response, still set when `sock` has been cleared.
    """

    status = 0
    headers_cut_off = False
    is_cut = False
    answering: socket.socket | None = None

    def response_class(self, sock: socket.socket, *args: Any, **kwargs: Any) -> HTTPResponse:  # type: ignore[override]
        """Create the response that reads from a socket."""
        self.answering = sock
        return _Answer(self, sock, *args, **kwargs)

    @property
    def accepted(self) -> bool:
        """Whether the response is a success, even if it is incomplete."""
        return 200 <= self.status < 300

    def wait_at_most(self, seconds: float) -> None:
        """Limit the time of each further wait for data."""
        if self.answering is not None:
            self.answering.settimeout(seconds)


class _SecureConnection(Connection, HTTPSConnection):
    """A TLS connection for a single request."""


@contextmanager
def connected(url: SplitResult, addresses: Sequence[Address], ends: float) -> Iterator[Connection]:
    """Context manager that connects to the first address that accepts, and closes the connection.

    Args:
        url: Scheme and host name of the server.
        addresses: Addresses of the server, the preferred one first.
        ends: Deadline for connecting and for the block, by `time.monotonic`.

    Raises:
        TimeoutError: The block did not end in time.
        HTTPError, HTTPException, OSError: The connection failed (see BROKEN); if no address accepts, this is
            the error of the last one.
    """
    connection = _first_to_connect(url, addresses, ends)
    connection.timeout = max(ends - monotonic(), 0.001)
    watchdog = Timer(connection.timeout, _cut, [connection, connection.sock])
    watchdog.daemon = True
    watchdog.start()
    try:
        yield connection
    except BROKEN as error:
        if monotonic() >= ends:
            raise TimeoutError("no complete response in time") from error
        raise
    finally:
        watchdog.cancel()
        connection.close()


def _first_to_connect(url: SplitResult, addresses: Sequence[Address], ends: float) -> Connection:
    failure: Exception = TimeoutError("no time was left to connect")
    for tried, address in enumerate(addresses):
        seconds = (ends - monotonic()) / (len(addresses) - tried)
        if seconds <= 0:
            break
        # The handshakes of TCP and TLS may each take up to the timeout.
        connection = _connection(url, address, seconds / 2)
        try:
            connection.connect()
        except BROKEN as error:
            failure = error
            connection.close()
        else:
            return connection
    raise failure


def _connection(url: SplitResult, address: Address, timeout: float) -> Connection:
    if url.scheme == "http":
        return Connection(address.host, address.port, timeout=timeout)
    return _SecureConnection(address.host, address.port, timeout=timeout, server_hostname=url.hostname)


def _cut(connection: Connection, sock: socket.socket) -> None:
    """Shut down a connection's socket while another thread uses it."""
    connection.is_cut = True
    with suppress(OSError):
        # SSLSocket's own shutdown would remove the TLS state while another thread uses it.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
