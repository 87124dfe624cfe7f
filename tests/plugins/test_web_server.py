"""LocalStack's web server with handlers of the tests: requests that are unusual, and its end."""

import errno
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from localstack import config
from localstack.http import Response
from rolo.gateway import Gateway, HandlerChain

from sandbox.common import connections
from sandbox.common.connections import LOCALHOST
from sandbox.common.web_server import MAX_TARGET_LENGTH, WebServer
from tests.eventually import eventually

DEADLINE_SECONDS = 60


class Slow:
    """A handler that answers when it may."""

    def __init__(self) -> None:
        self.asked, self.may_answer = threading.Event(), threading.Event()

    def __call__(self, chain: HandlerChain[Any], context: Any, response: Response) -> None:
        self.asked.set()
        assert self.may_answer.wait(DEADLINE_SECONDS)
        response.set_response(b"done")


def echo(_chain: HandlerChain[Any], context: Any, response: Response) -> None:
    """Answer with the request's method, path and body, and with the headers that its query names."""
    request = context.request
    response.set_response(f"{request.method} {request.path} ".encode() + request.data)
    response.headers.update(request.args.to_dict())
    if request.path == "/unreadable":
        response.response = (Path(path).read_bytes() for path in ["/absent"])


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def server(slow: Slow) -> Iterator[tuple[WebServer, int]]:
    server = WebServer()
    handlers: list[Any] = [slow]
    server.register(Gateway(request_handlers=handlers), [config.HostAndPort(LOCALHOST, 0)])
    running = threading.Thread(target=server.run)
    running.start()
    yield server, server.ports[0]
    slow.may_answer.set()
    server.shutdown()
    running.join(DEADLINE_SECONDS)
    assert not running.is_alive()


@contextmanager
def serving(handler: Any) -> Iterator[int]:
    """Serve a handler on a port."""
    server = WebServer()
    server.register(Gateway(request_handlers=[handler]), [config.HostAndPort(LOCALHOST, 0)])
    yield server.ports[0]
    server.shutdown()


@pytest.fixture
def echoing() -> Iterator[int]:
    with serving(echo) as port:
        yield port


def exchange(port: int, *packets: bytes) -> bytes:
    """Send packets and return what is received until the server ends the connection."""
    with socket.create_connection((LOCALHOST, port), timeout=DEADLINE_SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for packet in packets:
            connection.sendall(packet)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def refuses(port: int) -> bool:
    try:
        socket.create_connection((LOCALHOST, port)).close()
    except ConnectionError:
        return True
    return False


def test_a_request_is_answered_although_the_server_ends(server: tuple[WebServer, int], slow: Slow) -> None:
    """The server waits for the request that is being answered, but not for the next one of its connection."""
    web_server, port = server
    connection = http.client.HTTPConnection(LOCALHOST, port, timeout=DEADLINE_SECONDS)
    connection.request("GET", "/")
    assert slow.asked.wait(DEADLINE_SECONDS)
    ending = threading.Thread(target=web_server.shutdown)
    ending.start()
    eventually(lambda: refuses(port), within=DEADLINE_SECONDS)
    assert ending.is_alive()
    slow.may_answer.set()
    response = connection.getresponse()
    assert response.read() == b"done"
    assert response.headers["Connection"] == "close"
    ending.join(DEADLINE_SECONDS)
    assert not ending.is_alive()


def test_an_idle_connection_does_not_delay_the_end(server: tuple[WebServer, int], slow: Slow) -> None:
    web_server, port = server
    slow.may_answer.set()
    connection = http.client.HTTPConnection(LOCALHOST, port, timeout=DEADLINE_SECONDS)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"done"
    web_server.shutdown()
    assert refuses(port)


def test_it_may_end_while_a_client_connects(
    server: tuple[WebServer, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client's connection may end the accepting before the server's own, which is then refused."""
    web_server, port = server
    connect = socket.create_connection

    def connect_late(address: tuple[str, int]) -> socket.socket:
        connect(address).close()
        eventually(lambda: is_refused(address), within=DEADLINE_SECONDS)
        return connect(address)

    def is_refused(address: tuple[str, int]) -> bool:
        with socket.socket() as client:
            return client.connect_ex(address) == errno.ECONNREFUSED

    with monkeypatch.context() as late:
        late.setattr(socket, "create_connection", connect_late)
        web_server.shutdown()
    assert refuses(port)


def test_it_may_end_before_it_runs() -> None:
    """LocalStack may be told to end just before it runs its server, which then returns at once."""
    early = WebServer()
    early.register(Gateway(), [config.HostAndPort(LOCALHOST, 0)])
    early.shutdown()
    running = threading.Thread(target=early.run, daemon=True)
    running.start()
    running.join(DEADLINE_SECONDS)
    assert not running.is_alive()
    assert refuses(early.ports[0])


H2C = b"Host: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Length: 7\r\n\r\n", b"payload"),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\npay\r\n4\r\nload\r\n0\r\n\r\n"),
    ],
)
def test_a_client_that_offers_http2_keeps_its_body(echoing: int, head: bytes, body: bytes) -> None:
    """Java's HTTP client offers HTTP/2 in each request, and so does `curl --http2`."""
    asked = b"POST /first HTTP/1.1\r\n" + H2C + head + body
    each_byte = [bytes([byte]) for byte in asked]
    for packets in ([asked + LAST], [asked, asked + LAST], [*each_byte, LAST]):
        received = exchange(echoing, *packets)
        assert received.count(b"POST /first payload") == b"".join(packets).count(b"POST /first")
        assert received.endswith(b"GET /last ")


def test_what_an_upgrading_client_expects_is_answered_once(echoing: int) -> None:
    """`Expect: 100-continue` and an offer of HTTP/2 in one request get one interim response."""
    head = b"POST / HTTP/1.1\r\n" + H2C + b"Expect: 100-continue\r\nContent-Length: 7\r\n\r\n"
    received = exchange(echoing, head, b"payload", LAST)
    assert received.count(b"100 Continue") == 1
    assert b"POST / payload" in received


def test_a_connection_ends_after_connect(echoing: int) -> None:
    """The server opens no tunnel, and takes nothing that is meant for one as a request."""
    received = exchange(echoing, b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n" + LAST)
    assert received.count(b"HTTP/1.1 ") == 1
    assert b"Connection: close" in received


def test_a_request_is_answered_although_another_one_is_invalid(echoing: int) -> None:
    """A valid request is answered even if nonsense follows it in one packet."""
    received = exchange(echoing, b"GET /valid HTTP/1.1\r\nHost: h\r\n\r\nnonsense\r\n\r\n")
    assert b"GET /valid " in received
    assert received.count(b"HTTP/1.1 400 ") == 1
    received = exchange(echoing, LAST + b"nonsense")
    assert received.startswith(b"HTTP/1.1 200 ")
    assert received.endswith(b"GET /last ")


def test_a_target_may_be_long_but_not_endless(echoing: int) -> None:
    """LocalStack's time for a path grows with the square of its length."""
    for length, status in ((MAX_TARGET_LENGTH, b"200"), (MAX_TARGET_LENGTH + 1, b"414")):
        asked = b"GET /" + b"a" * (length - 1) + b" HTTP/1.1\r\nHost: h\r\n\r\n"
        received = exchange(echoing, asked, LAST)
        assert received.startswith(b"HTTP/1.1 " + status)
        assert received.endswith(b"GET /last ")


@pytest.mark.parametrize("target", [b"/?X-Day=%E6%97%A5", b"/unreadable"])
def test_a_response_that_cannot_be_sent_is_an_error(echoing: int, target: bytes) -> None:
    """A function may return a header that HTTP cannot express; clients would try again without an answer."""
    received = exchange(echoing, b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n", LAST)
    assert received.startswith(b"HTTP/1.1 500 ")
    assert received.endswith(b"GET /last ")


def test_headers_of_another_connection_are_not_sent(echoing: int) -> None:
    """A function may return all headers that it got from another server."""
    copied = b"GET /?Transfer-Encoding=chunked&Connection=close&X-Other=kept HTTP/1.1\r\nHost: h\r\n\r\n"
    received = exchange(echoing, copied, LAST)
    first = received.partition(b"GET / ")[0]
    assert b"X-Other: kept" in first
    assert b"Transfer-Encoding" not in first
    assert b"Connection" not in first
    assert received.endswith(b"GET /last ")


def test_without_file_descriptors_it_waits(
    echoing: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Accepting is tried again and again, with a pause, until there are file descriptors."""
    attempts = list[float]()

    def accept(_: socket.socket) -> None:
        attempts.append(time.monotonic())
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as without:
        without.setattr(socket.socket, "accept", accept)
        client = socket.create_connection((LOCALHOST, echoing), timeout=DEADLINE_SECONDS)
        eventually(lambda: len(attempts) > 2, within=DEADLINE_SECONDS)
    with client:
        client.sendall(LAST)
        assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
    pauses = [later - earlier for earlier, later in pairwise(attempts)]
    assert min(pauses) >= connections.ACCEPT_PAUSE_SECONDS
    assert "connections cannot be accepted" in caplog.text


def test_a_body_is_freed_once_the_request_is_answered() -> None:
    """LocalStack may keep a request for long, but not the memory of its body."""
    kept = list[Any]()

    def keep(_chain: HandlerChain[Any], context: Any, response: Response) -> None:
        kept.append(context.request)
        response.set_response(context.request.stream.read())

    asked = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\npayload"
    with serving(keep) as port:
        assert b"payload" in exchange(port, asked, LAST)
    assert [request.environ["wsgi.input"].closed for request in kept] == [True, True]
