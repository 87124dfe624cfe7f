"""An HTTP/1.1 server with a thread per connection.

Requests are parsed by httptools, which wraps llhttp, the parser of Node.js
(https://github.com/MagicStack/httptools). Python's http.server parses headers with the e-mail parser, which
took a sixth of the time of a function's call to AWS.
"""

import logging
import socket
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from io import BytesIO
from socketserver import BaseRequestHandler, ThreadingTCPServer

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

LOG = logging.getLogger(__name__)

LOCALHOST = "127.0.0.1"

WAITING = 4 * 1024
"""Maximum number of bytes to read from a socket that may be idle.

Python allocates a buffer of this size before it waits, and a hundred sockets may be idle."""

RECEIVED = 64 * 1024
"""Maximum number of bytes to read after a read that filled its buffer."""

ACCEPT_PAUSE_SECONDS = 0.2
"""Pause after a connection that could not be accepted."""

_OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade"})
"""Headers that the server sets by itself."""

type Headers = Iterable[tuple[str, str]]


@dataclass
class Request:
    """A complete request. `target` is the path as it was sent, with the query if there is one.

    Text is decoded as Latin-1, so that each byte is a character.
    """

    method: str = ""
    target: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    version: str = "1.1"
    keeps_connection: bool = True

    def header(self, name: str, default: str = "") -> str:
        """Return the value of a header's first line, or the default. `name` is lower-case."""
        return next((value for key, value in self.headers if key.lower() == name), default)


class Server(ThreadingTCPServer):
    """A server on an address, by default on a free port of 127.0.0.1."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024  # a full queue costs a client a second, after which it tries again

    def __init__(self, connection: type["Connection"], host: str = LOCALHOST, port: int = 0) -> None:
        super().__init__((host, port), connection)
        self.port = int(self.server_address[1])
        self.address = f"{host}:{self.port}"
        self.has_ended = False

    def start(self, name: str) -> None:
        """Accept connections in a thread with that name until `end` is called."""
        self._thread = threading.Thread(target=self._accept, name=name, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while not self.has_ended:
            self.handle_request()
        self.server_close()

    def end(self) -> None:
        """Accept no more connections. Idempotent."""
        if not self.has_ended:
            self.has_ended = True
            # This ends the wait in accept, which closing the socket would not. A client that connects at the
            # same time may have ended it already.
            with suppress(ConnectionError):
                socket.create_connection(self.server_address[:2]).close()
            self._thread.join()

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept a connection. Pause if that fails, as it does all the time without file descriptors."""
        try:
            return super().get_request()
        except OSError as error:
            LOG.warning("connections cannot be accepted: %s", error)
            time.sleep(ACCEPT_PAUSE_SECONDS)
            raise

    def handle_error(self, _request: object, client_address: object) -> None:
        """Log an error of a connection, unless the other side has broken the connection."""
        error = sys.exception()
        if not isinstance(error, OSError):
            LOG.error("a connection from %s failed", client_address, exc_info=error)


class Connection(BaseRequestHandler, ABC):
    """A connection whose requests are answered one after another."""

    request: socket.socket
    server: Server

    @abstractmethod
    def answer(self, request: Request) -> bool:
        """Respond with `reply`, and return whether the connection may be kept."""

    def setup(self) -> None:
        """Disable Nagle's algorithm, so that small responses are not delayed."""
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle(self) -> None:
        """Serve requests until the connection ends."""
        reader = _Reader(self.request)
        most = WAITING
        while data := self.request.recv(most):
            most = RECEIVED if len(data) == most else WAITING
            is_valid = reader.read(data)
            if not self._answer_all(reader.complete):
                return None
            if not is_valid:
                bad = Request(keeps_connection=False)
                return self.refuse(bad, HTTPStatus.BAD_REQUEST)
        return None

    def _answer_all(self, complete: list[Request]) -> bool:
        """Answer requests in order, and return whether the connection may be kept."""
        while complete:
            request = complete.pop(0)
            self._is_replying = False
            try:
                may_be_kept = self.answer(request)
            except Exception as error:
                if self._is_replying or isinstance(error, ConnectionError):
                    raise
                LOG.exception("%s %s could not be answered", request.method, request.target)
                self.refuse(request, HTTPStatus.INTERNAL_SERVER_ERROR)
                may_be_kept = True
            if not (may_be_kept and request.keeps_connection):
                return False
        return True

    def refuse(self, request: Request, status: HTTPStatus) -> None:
        """Respond without a body."""
        self.reply(request, status, [("Content-Length", "0")])

    def reply(self, request: Request, status: int, headers: Headers, parts: Iterable[bytes] = ()) -> None:
        """Send the parts as they come, the first one together with the headers.

        Without a Content-Length they are sent as chunks, unless the response cannot have a body, or the
        client does not know chunks and reads until the connection ends. Headers about the connection are
        replaced: a function may return those that it got from another server.
        """
        headers = [header for header in headers if header[0].lower() not in _OF_THE_CONNECTION]
        named = {name.lower() for name, _ in headers}
        if "date" not in named:
            headers.append(("Date", _date(int(time.time()))))
        in_chunks = not (
            "content-length" in named
            or request.method == "HEAD"
            or status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
        )
        if in_chunks and request.version == "1.0":
            in_chunks = request.keeps_connection = False
        if in_chunks:
            headers.append(("Transfer-Encoding", "chunked"))
        if self.server.has_ended:
            request.keeps_connection = False
        if not request.keeps_connection:
            headers.append(("Connection", "close"))
        elif request.version == "1.0":
            headers.append(("Connection", "keep-alive"))
        unsent = _head(f"HTTP/1.1 {status} {_phrase(status)}", headers)
        for part in parts:
            if part:
                self._send(unsent + (_chunk(part) if in_chunks else part))
                unsent = b""
        if in_chunks:
            unsent += _chunk(b"")
        self._send(unsent)

    def _send(self, data: bytes) -> None:
        self._is_replying = True
        self.request.sendall(data)


class _Reader:
    """The callbacks of httptools' parser. `complete` holds the requests that have not been answered yet."""

    def __init__(self, connection: socket.socket) -> None:
        self.complete: list[Request] = []
        self.parser = HttpRequestParser(self)
        self._connection = connection
        self._reading = Request()
        self._body = BytesIO()  # joining the parts would take twice the memory

    def read(self, data: bytes) -> bool:
        """Add to `complete` the requests that end in the data, and return whether all of it is valid."""
        while data:
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as upgrade:
                data = self._stay(data[upgrade.args[0] :])
            except HttpParserError:
                return False
            else:
                break
        return True

    def _stay(self, rest: bytes) -> bytes:
        """Return what to read in place of a request for another protocol, and the rest.

        A server may answer in the current protocol, but the parser takes the body for the other one, as it
        does all that follows CONNECT. Java's HTTP client and `curl --http2` offer HTTP/2 in each request.
        """
        request = self.complete[-1]
        if request.method == "CONNECT":
            request.keeps_connection = False
            return b""
        self.complete.pop()
        self.parser = HttpRequestParser(self)
        headers = [header for header in request.headers if header[0].lower() != "upgrade"]
        return _head(f"{request.method} {request.target} HTTP/{request.version}", headers) + rest

    def on_url(self, part: bytes) -> None:
        self._reading.target += part.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._reading.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        expects = self._reading.header("expect").lower() == "100-continue"
        if expects and not self.parser.should_upgrade():  # else they are read once more
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        self._body.write(part)

    def on_message_complete(self) -> None:
        request, self._reading = self._reading, Request()
        request.method = self.parser.get_method().decode()
        request.body = self._body.getvalue()
        request.version = self.parser.get_http_version()
        request.keeps_connection = self.parser.should_keep_alive()
        self._body = BytesIO()
        self.complete.append(request)


def _head(first: str, headers: Headers) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


@lru_cache(1)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _chunk(part: bytes) -> bytes:
    """Encode a part of a body of unknown length. An empty part marks the end."""
    return b"%x\r\n%s\r\n" % (len(part), part)
