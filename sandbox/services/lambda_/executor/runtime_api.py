"""The Lambda Runtime API of one function process.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.common import connections

# "6 MB": https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; AWS's own figure.
MAX_RESPONSE_BYTES = 6_291_556

CLOSE_SECONDS = 1.0  # for connections that a daemon of the function keeps open

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
    """The runtime requested the next invocation: its init or its last invocation has finished.

    `at` is the time on the monotonic clock, in seconds.
    """

    at: float


@dataclass(frozen=True)
class InitError:
    """The function could not be initialized. `payload` is the runtime's JSON error object."""

    payload: bytes
    error_type: str


@dataclass(frozen=True)
class Answer:
    """The function's response to the invocation. `error_type` is None if the handler returned.

    `too_large` is set if the response was refused; its payload is then empty.
    """

    payload: bytes
    error_type: str | None = None
    too_large: bool = False


@dataclass(frozen=True)
class Exited:
    """The process ended. `status` is as in `subprocess`: negative for a signal."""

    status: int


type Event = Ready | InitError | Answer | Exited


class RuntimeApi:
    """The server for one runtime on a free port of 127.0.0.1, which puts the runtime's reports on `events`.

    Its threads do not poll; they block until the runtime sends a request or `send` is called.
    """

    def __init__(self, events: "queue.SimpleQueue[Event]") -> None:
        self.events = events
        self.current: Invocation | None = None
        self.taken = False
        self._pending = queue.SimpleQueue[Invocation | None]()
        self._server = _Server(_Connection)
        self._server.api = self
        self.address = self._server.address
        self.connections = set[threading.Thread]()
        self._server.start("runtime-api")

    def send(self, invocation: Invocation) -> None:
        """Give the runtime its next invocation, now or at its next request.

        After the runtime has ended, `taken` shows whether it had read the invocation.
        """
        self.current = invocation
        self.taken = False
        self._pending.put(invocation)

    def next(self) -> Invocation | None:
        """Report that the runtime is ready, and wait for an invocation; None once the API is closed."""
        self.events.put(Ready(time.monotonic()))
        return self._pending.get()

    def close(self) -> None:
        """Close the ended runtime's connections, and wait up to CLOSE_SECONDS for each of them to end."""
        self._pending.put(None)
        self._server.end()
        for connection in tuple(self.connections):
            connection.join(CLOSE_SECONDS)


class _Server(connections.Server):
    api: RuntimeApi


class _Connection(connections.Connection):
    server: _Server
    handed: Invocation | None = None  # the last one that was sent over this connection

    def handle(self) -> None:
        """Serve the connection until its end, which shows whether an invocation was read.

        A process that ends with unread data in a socket resets the connection.
        """
        api = self.server.api
        api.connections.add(threading.current_thread())
        with contextlib.suppress(ConnectionError):
            super().handle()
            api.taken |= self.handed is not None and self.handed is api.current
        api.connections.discard(threading.current_thread())

    def answer(self, request: connections.Request) -> bool:
        """Respond to a request of the runtime."""
        match request.method, request.target.partition(_ROOT):
            case "GET", ("", _, "/invocation/next"):
                return self._next(request)
            case "POST", ("", _, path):
                self._report(request, path)
            case _:
                self._reply(request, 404)
        return True

    def _next(self, request: connections.Request) -> bool:
        invocation = self.server.api.next()
        if invocation is None or self._hung_up():
            return False
        self.handed = invocation
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        self._reply(request, 200, invocation.event, headers)
        return True

    def _hung_up(self) -> bool:
        try:
            return not self.request.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False

    def _report(self, request: connections.Request, path: str) -> None:
        """Put the report on `events` before the reply, after which the process may exit."""
        api, body = self.server.api, request.body
        error_type = request.header("lambda-runtime-function-error-type", "Runtime.Unknown")
        invocation = f"/invocation/{api.current.request_id if api.current else ''}"
        event: Event
        if path == "/init/error":
            event = InitError(body, error_type)
        elif path == f"{invocation}/error":
            event = Answer(body, error_type)
        elif path == f"{invocation}/response":
            event = Answer(body) if len(body) <= MAX_RESPONSE_BYTES else Answer(b"", too_large=True)
        else:
            words = b'{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}'
            return self._reply(request, 400, words)
        api.events.put(event)
        if isinstance(event, Answer) and event.too_large:
            return self._reply(request, 413, b'{"errorType":"RequestEntityTooLarge"}')
        return self._reply(request, 202, b'{"status":"OK"}')

    def _reply(
        self,
        request: connections.Request,
        status: int,
        body: bytes = b"",
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        self.reply(request, status, [*headers.items(), ("Content-Length", str(len(body)))], [body])
