"""Local HTTP servers on 127.0.0.1 that answer correctly or wrongly, as a test decides."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass(frozen=True, kw_only=True)
class Received:
    """A received request.

    Attributes:
        raw_path: The target in the request line. In `path`, http.server has reduced a double slash at the
            start to one.
    """

    method: str
    raw_path: str
    path: str
    headers: Message
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server.

    Attributes:
        requests: The requests received so far.
        over: Set at the end of the test, to end answers that would not end by themselves.
    """

    port: int
    requests: list[Received] = field(default_factory=list)
    over: Event = field(default_factory=Event)


type Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve until the block ends; `answer` writes the whole response to each request."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            served.requests.append(
                Received(
                    method=self.command,
                    raw_path=self.requestline.split(" ")[1],
                    path=self.path,
                    headers=self.headers,
                    body=body,
                )
            )
            answer(self)

        do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 # as http.server calls them

        def log_message(self, format: str, *args: object) -> None:
            """Keep requests out of the tests' output."""

    class QuietServer(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Ignore clients that close the connection, which these tests provoke."""

    with QuietServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        served = Server(port=server.server_address[1])
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield served
        finally:
            served.over.set()
            server.shutdown()
            thread.join()


def answering(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Return a plain answer; underscores in the headers' names stand for hyphens."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"content_length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer
