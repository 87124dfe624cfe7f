"""Calls of `http.request`, and broken servers for it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Any

import pytest

from lambdas.work.http_request import HttpRequest, http_request
from lambdas.work.registry import WorkContext
from tests.unit.work.context import a_context


def deliver(url: str, context: WorkContext | None = None, **payload: Any) -> Any:
    request = HttpRequest.model_validate({"url": url, **payload})
    return http_request.perform(request, context or a_context())


@contextmanager
def closed_port() -> Iterator[int]:
    """Reserve a port on 127.0.0.1 on which nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@contextmanager
def dripping(data: bytes) -> Iterator[int]:
    """Run a TCP server that accepts a connection, sends `data`, and then a byte every 20 ms without end."""
    over = Event()

    def drip(connection: socket.socket) -> None:
        with connection:
            try:
                connection.sendall(data)
                while not over.wait(0.02):
                    connection.sendall(b"x")
            except OSError:
                pass  # the client has closed the connection, as it should

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            drip(connection)

    listener = socket.create_server(("127.0.0.1", 0))
    thread = Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def resolving(monkeypatch: pytest.MonkeyPatch, hosts: dict[str, list[str]], *, public: set[str]) -> list[str]:
    """Resolve names to addresses of this machine, each time to the next one.

    The first address of a `public` name counts as public. Returns the names that are resolved.
    """
    asked: list[str] = []
    first = {hosts[name][0] for name in public}
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host not in hosts:
            return real(host, port, *rest, **more)
        asked.append(host)
        return real(hosts[host][min(asked.count(host), len(hosts[host])) - 1], port, *rest, **more)

    def is_public(address: str) -> bool:
        return asked[-1] in public and address in first

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    monkeypatch.setattr("lambdas.work.http.public_addresses.is_public", is_public)
    return asked


def silent(handler: BaseHTTPRequestHandler) -> None:
    """Answer nothing until the client has closed the connection."""
    handler.connection.settimeout(10)
    handler.connection.recv(1)


@dataclass
class Raw:
    """A TCP server that gives one answer to each connection and closes it."""

    answer: bytes
    url: str = ""
    requests: int = 0


@contextmanager
def raw_server(answer: bytes, *, read_body: bool = True) -> Iterator[Raw]:
    """Serve unaltered bytes after a request has arrived, with or without its body."""
    served = Raw(answer)

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            length = 0
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            served.requests += 1
            if read_body:
                self.rfile.read(length)
            self.wfile.write(served.answer)

    class QuietServer(ThreadingTCPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Ignore clients that close the connection, which these tests provoke."""

    with QuietServer(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


ENDLESS_BODY = b"HTTP/1.1 200 OK\r\n\r\n"
LONG_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
CHUNKED_BODY = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"
ENDLESS_HEADER = b"HTTP/1.1 200 OK\r\nX-Slow: "
ENDLESS_STATUS = b"HTTP/1.1 200 "


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def send(data: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)

    return answer
