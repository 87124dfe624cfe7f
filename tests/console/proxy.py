"""A TCP proxy in front of the sandbox, to simulate its outages."""

import contextlib
import re
import socket
import threading
from collections.abc import Iterator

# A client sends a request's head as a whole, after it has read the previous answer.
_REQUEST = re.compile(rb"(GET|POST|PUT|DELETE|HEAD|PATCH) (\S+) HTTP/1.1\r\n")


class Proxy:
    """A forwarder of connections to another port, able to simulate an outage.

    Attributes:
        requests: The paths of the HTTP requests that it has forwarded.
    """

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self.requests: list[str] = []
        self._open: set[socket.socket] = set()
        self._loses: tuple[str, str] | None = None
        self._lost: set[socket.socket] = set()
        self._passes = threading.Event()
        self._passes.set()
        self._socket = _bound(0)
        self.port = int(self._socket.getsockname()[1])
        self.come_back()

    def go_away(self) -> None:
        """Refuse connections, and cut open ones. The port stays reserved."""
        self.end()
        self._socket = _bound(self.port)

    def come_back(self) -> None:
        """Forward connections, on the same port as before an outage."""
        self._socket.listen(128)
        threading.Thread(target=self._accept, args=(self._socket,), daemon=True).start()

    def end(self) -> None:
        """Give up the port, and cut open connections."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def hanging(self) -> Iterator[None]:
        """Accept connections and requests during the block, and forward them only after it."""
        self._passes.clear()
        try:
            yield
        finally:
            self._passes.set()

    @contextlib.contextmanager
    def losing_answers(self, method: str, path: str) -> Iterator[None]:
        """Cut the connection instead of forwarding an answer, for requests whose path has a given end."""
        self._loses = (method, path)
        try:
            yield
        finally:
            self._loses = None

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            for source, sink in ((client, server), (server, client)):
                self._open.add(source)
                threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if found := _REQUEST.match(data):
                    method, path = found[1].decode(), found[2].decode()
                    self.requests.append(path)
                    if self._loses and method == self._loses[0] and path.endswith(self._loses[1]):
                        self._lost.add(source)
                self._passes.wait()
                if sink in self._lost:
                    self._lost.discard(sink)
                    sink.shutdown(socket.SHUT_RDWR)
                    break
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        self._open.discard(source)


@contextlib.contextmanager
def running(target_port: int) -> Iterator[Proxy]:
    """Forward connections to a port until the block ends."""
    proxy = Proxy(target_port)
    try:
        yield proxy
    finally:
        proxy.end()


def _bound(port: int) -> socket.socket:
    """Return a socket that has a port, and refuses connections until it listens."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made
