"""X-Ray's daemon: takes segments as datagrams, `{"format": "json", "version": 1}`, a line end, the document.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon
On AWS it sends them to X-Ray with the function's permissions; here it puts them into the store at once.
"""

import json
import logging
import socket
import threading

from sandbox.tracing.segments import Refused
from sandbox.tracing.store import TRACES, TraceStore

LOG = logging.getLogger(__name__)

# A burst waits in the kernel while the reader waits for its turn; the kernel gives as much as it may.
BUFFER_BYTES = 4 * 1024 * 1024
MAX_DATAGRAM_BYTES = 65_536


class Daemon:
    """Listens on a port of its own at 127.0.0.1 until it is closed."""

    def __init__(self, traces: TraceStore) -> None:
        self._traces = traces
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._listen, name="xray-daemon", daemon=True)

    @property
    def address(self) -> str:
        """`127.0.0.1:2000`, as AWS_XRAY_DAEMON_ADDRESS has it."""
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def start(self) -> None:
        self._thread.start()

    def _listen(self) -> None:
        while True:
            self._take(self._socket.recv(MAX_DATAGRAM_BYTES))

    def _take(self, datagram: bytes) -> None:
        header, _, document = datagram.partition(b"\n")
        try:
            if json.loads(header).get("format") != "json":
                raise Refused("UnsupportedFormat", "the header says no format that is known")
            self._traces.put(document.decode())
        except (ValueError, AttributeError, RecursionError) as error:
            LOG.debug("not a segment: %s: %s", error, datagram[:200])


DAEMON = Daemon(TRACES)
