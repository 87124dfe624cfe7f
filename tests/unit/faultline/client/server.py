"""A local HTTP server that gives predefined answers and records the requests."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NOTHING = 0
"""Pseudo-status for closing the connection without an answer."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    method: str
    path: str
    body: Any
    headers: Message
    connection: Any = None


@dataclass(kw_only=True)
class Server:
    """A server that gives its answers in turn and repeats the last one.

    Attributes:
        answers: Tuples of (status, body, headers). A text is sent unchanged; a function is called with the
            request, and returns a body, or a tuple of a status and a body.
    """

    url: str = ""
    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def says(self, status: int, body: Any = None, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, body, named))

    def answer(self, asked: Asked) -> tuple[int, Any, dict[str, str]]:
        with self._lock:
            self.asked.append(asked)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def running() -> Iterator[Server]:
    script = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65_537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, said, headers = script.answer(
                Asked(
                    method=self.command,
                    path=self.path,
                    body=json.loads(body) if body else None,
                    headers=self.headers,
                    connection=self.client_address,
                )
            )
            if status == NOTHING:
                self.close_connection = True
                return
            if callable(said):
                said = said(script.asked[-1])
                status, said = said if isinstance(said, tuple) else (status, said)
            content = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}/stage/"
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
