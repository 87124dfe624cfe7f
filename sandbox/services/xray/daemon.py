"""The X-Ray daemon to which functions send their segments.

Lambda runs one next to each execution environment
(https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html). Here one thread listens on a port of
127.0.0.1 for each environment, which identifies a segment's function. A datagram is a header and a segment
document: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon

The thread sends no responses. The daemon's TCP side, which serves sampling rules to SDKs, is missing, since
the tracing header has the decision for a function.
"""

import json
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from sandbox.common.log_and_continue import contained
from sandbox.services.xray.store import Place, Store

LOG = logging.getLogger(__name__)

HOST = "127.0.0.1"
RECEIVE_BYTES = 4 * 1024 * 1024
"""Requested buffer of each port. The system may grant less (net.core.rmem_max)."""

LARGEST_DATAGRAM = 65_536
READ_IN_TURN = 64
"""Maximum number of datagrams to read from a port before continuing with the next one."""

_KNOWN_HEADERS = {b'{"format":"json","version":1}', b'{"format": "json", "version": 1}'}


class Port:
    """The port to which one execution environment sends its segments."""

    def __init__(self, place: Place, may_upload: Callable[[], bool]) -> None:
        self.place = place
        self.may_upload = may_upload
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self.socket.bind((HOST, 0))
        self.number = int(self.socket.getsockname()[1])

    def take(self) -> list[bytes]:
        """Return datagrams that have arrived, up to READ_IN_TURN."""
        found: list[bytes] = []
        with suppress(OSError):  # no more of them, or the port is closed
            while len(found) < READ_IN_TURN:
                found.append(self.socket.recv(LARGEST_DATAGRAM))
        return found


class Daemon:
    """A thread that reads from all open ports. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        threading.Thread(target=self._run, name="xray-daemon", daemon=True).start()

    def open(self, place: Place, may_upload: Callable[[], bool]) -> Port:
        """Open a port; documents sent there are stored at `place` if `may_upload` allows it at that moment.

        Raises:
            OSError: No port can be opened.
        """
        port = Port(place, may_upload)
        self._selector.register(port.socket, selectors.EVENT_READ, port)
        return port

    def close(self, port: Port) -> None:
        """Store the segments that have arrived, and close the port. Idempotent."""
        with suppress(KeyError, ValueError):
            self._selector.unregister(port.socket)
            while self._store_what_came(port):
                pass
        port.socket.close()

    def stop(self) -> None:
        """End the thread."""
        self._wake.close()

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                self._store_what_came(key.data)

    def _store_what_came(self, port: Port) -> bool:
        """Store the documents that have arrived, and return whether there were any datagrams."""
        datagrams = port.take()
        with contained("a function's trace segment"):
            documents = [found for each in datagrams if (found := document_in(each)) is not None]
            if documents and port.may_upload():
                self._store.add(port.place, documents, time.time())
        return bool(datagrams)


def document_in(datagram: bytes) -> bytes | None:
    """Return the unparsed segment document of a datagram, or None if it has another format."""
    header, _, document = datagram.partition(b"\n")
    if (header in _KNOWN_HEADERS or _is_header(header)) and document:
        return document
    LOG.debug("a datagram is not a segment: %.100r", datagram)
    return None


def _is_header(header: bytes) -> bool:
    try:
        found = json.loads(header)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("format") == "json" and found.get("version") == 1
