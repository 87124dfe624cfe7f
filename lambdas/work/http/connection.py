"""A connection to addresses that were checked, on which no exchange takes longer than it may.

urllib3's timeouts hold for each wait on the socket, so that a server which sends a byte now and then
would be listened to for ever (https://urllib3.readthedocs.io/en/stable/reference/urllib3.util.html,
`Timeout`); here a watchdog cuts the connection off when the time is over.
"""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPException
from threading import Timer
from time import monotonic
from urllib.parse import SplitResult

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from lambdas.work.http.public_addresses import Address

# What goes wrong on the way to an answer, and while it is read.
BROKEN = (HTTPError, HTTPException, OSError)


@contextmanager
def connected(url: SplitResult, addresses: Sequence[Address], ends: float) -> Iterator[HTTPConnection]:
    """Connect to the first of `addresses` that takes the connection, under the name in `url`.

    Args:
        ends: when connecting and all that is done in the block are over, by `time.monotonic`.

    Raises:
        TimeoutError: the time was over before the block was.
        HTTPError, HTTPException, OSError: see BROKEN; the last address's failure to connect.
    """
    connection = _first_to_connect(url, addresses, ends)
    sock = connection.sock
    connection.timeout = max(ends - monotonic(), 0.001)
    watchdog = Timer(connection.timeout, _cut, [sock])
    watchdog.daemon = True
    watchdog.start()
    try:
        yield connection
    except BROKEN as error:
        if monotonic() >= ends:
            raise TimeoutError("no complete answer in time") from error
        raise
    finally:
        watchdog.cancel()
        connection.close()
    if monotonic() >= ends:  # a body that ends where the connection does looks complete when cut off
        raise TimeoutError("no complete answer in time")


def _first_to_connect(url: SplitResult, addresses: Sequence[Address], ends: float) -> HTTPConnection:
    failure: Exception = TimeoutError("no time was left to connect")
    for tried, address in enumerate(addresses):
        seconds = (ends - monotonic()) / (len(addresses) - tried)
        if seconds <= 0:
            break
        # TCP's handshake and TLS's may each take the timeout.
        connection = _connection(url, address, seconds / 2)
        try:
            connection.connect()
        except BROKEN as error:
            failure = error
            connection.close()
        else:
            return connection
    raise failure


def _connection(url: SplitResult, address: Address, timeout: float) -> HTTPConnection:
    if url.scheme == "http":
        return HTTPConnection(address.host, address.port, timeout=timeout)
    return HTTPSConnection(address.host, address.port, timeout=timeout, server_hostname=url.hostname)


def _cut(sock: socket.socket) -> None:
    """End all reads and writes on a socket that another thread waits on."""
    with suppress(OSError):
        # Not SSLSocket's own, which would take the TLS state away under the reader's feet.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
