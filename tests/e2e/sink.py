"""A test server that records requests, as evidence of tasks' effects."""

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request that the sink has answered.

    Attributes:
        key: The Idempotency-Key, `{taskId}:{generation}`.
    """

    key: str
    path: str
    status: int
    at: datetime
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""

    @property
    def task_id(self) -> str:
        return self.key.rpartition(":")[0]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response; `headers` are those besides Content-Length."""

    status: int
    headers: dict[str, str]
    delay_seconds: float = 0.0


class Sink:
    """A server that responds with 200 by default. A request that gets a 200 counts as an effect."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._answers: dict[str, Answer] = {}

    @property
    def host(self) -> str:
        """The name of the sink's circuit."""
        return urlsplit(self.url).netloc

    def answer(
        self,
        status: int,
        *,
        path: str = "/",
        retry_after: int | None = None,
        location: str | None = None,
        delay_seconds: float = 0.0,
    ) -> None:
        """Change the response for a single path; `location` is the target of a redirect."""
        headers = {"Retry-After": retry_after, "Location": location}
        given = {name: str(value) for name, value in headers.items() if value is not None}
        with self._lock:
            self._answers[path] = Answer(status=status, headers=given, delay_seconds=delay_seconds)

    def take(self, key: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Record a request, and return the response to it."""
        with self._lock:
            answer = self._answers.get(path, Answer(status=200, headers={}))
            request = Request(
                key=key,
                path=path,
                status=answer.status,
                at=datetime.now(UTC),
                headers=headers,
                body=body,
            )
            self._requests.append(request)
            return answer

    def requests(self) -> list[Request]:
        """Return all requests in the order of their arrival."""
        with self._lock:
            return list(self._requests)

    def done(self) -> list[Request]:
        """Return the requests that had an effect, in order."""
        return [request for request in self.requests() if request.status == 200]

    def effects(self) -> Counter[str]:
        """Return the number of effects by Idempotency-Key."""
        return Counter(request.key for request in self.done())

    def order(self) -> list[str]:
        """Return the ids of tasks in the order of their effects, once for each effect."""
        return [request.task_id for request in self.done()]


HOST = os.environ.get("FAULTLINE_SINK_HOST", "127.0.0.1")
"""The address at which functions reach this machine, such as a container network's gateway."""


@contextmanager
def running() -> Iterator[Sink]:
    """Run a sink on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = sink.take(self.headers["Idempotency-Key"], self.path, dict(self.headers), body)
            time.sleep(answer.delay_seconds)
            self.send_response(answer.status)
            self.send_header("Content-Length", "2")
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Log nothing, to keep the output of the tests readable."""

    server = ThreadingHTTPServer((_own_address(), 0), Handler)
    sink = Sink(f"http://{HOST}:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _own_address() -> str:
    """Return the address to listen on: HOST if it belongs to this machine, else the loopback.

    Docker Desktop's name for the machine does not, and leads to the loopback.
    """
    try:
        with socket.create_server((HOST, 0)):
            return HOST
    except OSError:
        return "127.0.0.1"
