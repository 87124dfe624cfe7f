"""Connections to checked addresses, with a limit to the time of a whole exchange.

urllib3's timeouts apply to each wait on the socket, so that a server could keep a connection busy for ever by
sending a byte now and then (https://urllib3.readthedocs.io/en/stable/reference/urllib3.util.html, `Timeout`).
Here a watchdog cuts the connection off when the time is over.
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

# Exceptions of connecting, of sending the request, and of reading the answer.
BROKEN = (HTTPError, HTTPException, OSError)


@contextmanager
def connected(url: SplitResult, addresses: Sequence[Address], ends: float) -> Iterator[HTTPConnection]:
    """Connect to the first address that accepts, and close the connection after the block.

    Args:
        url: Scheme and host name of the server.
        addresses: Its addresses, the preferred one first.
        ends: End of the time for connecting and for the block, by `time.monotonic`.

    Raises:
        TimeoutError: The block did not end in time.
        HTTPError, HTTPException, OSError: See BROKEN; that of the last address when none accepts.
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
    if monotonic() >= ends:  # A body that ends with the connection looks complete even if it was cut off.
        raise TimeoutError("no complete answer in time")


def _first_to_connect(url: SplitResult, addresses: Sequence[Address], ends: float) -> HTTPConnection:
    failure: Exception = TimeoutError("no time was left to connect")
    for tried, address in enumerate(addresses):
        seconds = (ends - monotonic()) / (len(addresses) - tried)
        if seconds <= 0:
            break
        # The handshakes of TCP and of TLS may each take the timeout.
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
    """Shut down a socket that another thread reads or writes."""
    with suppress(OSError):
        # SSLSocket's own shutdown would remove the TLS state while another thread uses it.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
