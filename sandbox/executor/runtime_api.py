"""The Lambda Runtime API of one function process, and what that process says through it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import contextlib
import json
import queue
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# "6 MB": https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; AWS counts so.
MAX_RESPONSE_BYTES = 6_291_556

LOCALHOST = "127.0.0.1"
CLOSE_SECONDS = 1.0  # for connections that a daemon of the function holds on to

_ROOT = "/2018-06-01/runtime"
_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One event for the function. `deadline_ms` is Unix time in milliseconds."""

    request_id: str
    function_arn: str
    trace_id: str
    event: bytes
    deadline_ms: int


@dataclass(frozen=True)
class Ready:
    """The runtime asked for the next invocation: its init, or its last invocation, is done.

    `at` is the time on the monotonic clock, in seconds.
    """

    at: float


@dataclass(frozen=True)
class InitError:
    """The function could not be initialised; `payload` is the runtime's JSON error object."""

    payload: bytes
    error_type: str


@dataclass(frozen=True)
class Answer:
    """The function's answer to the invocation; `error_type` is None if the handler returned.

    `too_large` holds when the answer was refused; its payload is empty then.
    """

    payload: bytes
    error_type: str | None = None
    too_large: bool = False


@dataclass(frozen=True)
class Exited:
    """The process ended; `status` is as `subprocess` has it, negative for a signal."""

    status: int


type Event = Ready | InitError | Answer | Exited


class RuntimeApi:
    """Serves one runtime on a free port of 127.0.0.1, and puts what happens on `events`.

    Nothing in it polls: its threads block until the runtime or `send` wakes them.
    """

    def __init__(self, events: "queue.SimpleQueue[Event]") -> None:
        self.events = events
        self.current: Invocation | None = None
        self.taken = False
        self._pending = queue.SimpleQueue[Invocation | None]()
        self._closed = False
        self._server = _Server((LOCALHOST, 0), _Handler)
        self._server.api = self
        self.address = f"{LOCALHOST}:{self._server.server_port}"
        self.connections = set[threading.Thread]()
        threading.Thread(target=self._accept, name="runtime-api", daemon=True).start()

    def send(self, invocation: Invocation) -> None:
        """Hand the runtime its next invocation, now or when it asks.

        After the runtime's end, `taken` says whether it had read the invocation.
        """
        self.current = invocation
        self.taken = False
        self._pending.put(invocation)

    def next(self) -> Invocation | None:
        """Block until there is an invocation, or None once the API is closed."""
        self.events.put(Ready(time.monotonic()))
        return self._pending.get()

    def close(self) -> None:
        """Stop listening, let go of the runtime, which has ended, and return when `taken` is sure."""
        self._closed = True
        self._pending.put(None)
        # Wakes the thread that waits in accept: closing its socket would not.
        socket.create_connection((LOCALHOST, self._server.server_port)).close()
        for connection in tuple(self.connections):
            connection.join(CLOSE_SECONDS)

    def _accept(self) -> None:
        while not self._closed:
            self._server.handle_request()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: RuntimeApi

    def handle_error(self, request: object, client_address: object) -> None:
        """A runtime that was killed breaks its connection; the process's end is reported as such."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet for the headers and the body
    server: _Server
    handed: Invocation | None = None  # the last one that was sent over this connection

    def handle(self) -> None:
        """Serve the connection to its end, which tells whether an invocation was read.

        A process that dies with unread data in a socket resets the connection; else it ends.
        """
        api = self.server.api
        api.connections.add(threading.current_thread())
        with contextlib.suppress(ConnectionError):
            super().handle()
            api.taken |= self.handed is not None and self.handed is api.current
        api.connections.discard(threading.current_thread())

    def do_GET(self) -> None:
        if self.path != f"{_ROOT}/invocation/next":
            return self._reply(404)
        invocation = self.server.api.next()
        if invocation is None or self._hung_up():
            self.close_connection = True
            return None
        self.handed = invocation
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        return self._reply(200, invocation.event, headers)

    def _hung_up(self) -> bool:
        try:
            return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        error_type = self.headers.get("Lambda-Runtime-Function-Error-Type", "Runtime.Unknown")
        api = self.server.api
        invocation = f"{_ROOT}/invocation/{api.current.request_id if api.current else ''}"
        if self.path == f"{_ROOT}/init/error":
            self._report(InitError(body, error_type))
        elif self.path == f"{invocation}/error":
            self._report(Answer(body, error_type))
        elif self.path != f"{invocation}/response":
            self._reply(400, b'{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}')
        elif len(body) > MAX_RESPONSE_BYTES:
            self._report(Answer(b"", too_large=True), 413)
        else:
            self._report(Answer(body))

    def _report(self, event: Event, status: int = 202) -> None:
        # Before the reply: after it the process may exit, and its answer must come first.
        self.server.api.events.put(event)
        words = {"status": "OK"} if status == 202 else {"errorType": "RequestEntityTooLarge"}
        self._reply(status, json.dumps(words).encode())

    def _reply(self, status: int, body: bytes = b"", headers: Mapping[str, str] = _NO_HEADERS) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Not LocalStack's log's business."""
