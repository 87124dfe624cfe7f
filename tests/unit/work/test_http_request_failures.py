"""Slow, broken and absent servers for `http.request`."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest

from lambdas.domain.errors import (
    InvalidWork,
    NetworkFailure,
    UnknownFailure,
)
from lambdas.work.http.connection import _cut, connected
from lambdas.work.http.public_addresses import Address
from tests.eventually import DEADLINE_SECONDS
from tests.unit.work.context import a_context
from tests.unit.work.delivering import (
    CHUNKED_BODY,
    ENDLESS_BODY,
    ENDLESS_HEADER,
    ENDLESS_STATUS,
    LONG_BODY,
    closed_port,
    deliver,
    dripping,
    hang_up,
    send,
    silent,
)
from tests.unit.work.servers import answering, serving


@pytest.mark.parametrize(
    ("scheme", "data"),
    [
        ("http", b"HTTP/1.1 "),
        ("http", b"HTTP/1.1 103 Early Hints\r\nLink: "),
        ("https", b"\x16\x03\x03\x3f\xff"),  # the head of a TLS handshake of 16 KB
    ],
    ids=["status line", "interim answer", "TLS"],
)
def test_an_answer_that_trickles_is_cut_off_in_time(scheme: str, data: bytes) -> None:
    """A request's timeout limits the whole exchange, and not each wait for data."""
    with dripping(data) as port:
        began = time.monotonic()
        with pytest.raises(NetworkFailure):
            deliver(f"{scheme}://127.0.0.1:{port}/", timeoutSeconds=0.3)
        assert time.monotonic() - began < 20


def test_an_accepted_request_is_done_in_time_however_its_answer_trickles() -> None:
    """After a 2xx, an answer that trickles is cut off in time, and its result is marked as truncated."""

    def outcome(data: bytes) -> tuple[int, bool]:
        with dripping(data) as port:
            # The status has to arrive within this time, also on a busy machine.
            result = deliver(f"http://127.0.0.1:{port}/", timeoutSeconds=10)
        return result["status"], result["truncated"]

    answers = [ENDLESS_BODY, LONG_BODY, CHUNKED_BODY, ENDLESS_HEADER, ENDLESS_STATUS]
    with ThreadPoolExecutor(len(answers)) as requests:
        found = dict(zip(answers, requests.map(outcome, answers), strict=True))
    assert found == dict.fromkeys(answers, (200, True))


def test_a_status_is_read_although_its_line_is_cut_off_by_a_reset() -> None:
    """A server that sends more after the time is up, and so resets the connection, hides no success."""
    sent = Event()

    def trickle() -> None:
        server, _ = listener.accept()
        with server, suppress(OSError):
            server.sendall(ENDLESS_STATUS)
            sent.set()
            while server.recv(1000):
                pass  # until the client shuts the connection down
            while True:
                server.sendall(b"x")  # until it is reset

    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = Address(host="127.0.0.1", port=listener.getsockname()[1])
        trickling = Thread(target=trickle)
        trickling.start()
        ends = time.monotonic() + DEADLINE_SECONDS
        with connected(urlsplit("http://name/"), [address], ends) as connection:
            connection.request("GET", "/")
            assert sent.wait(DEADLINE_SECONDS)
            _cut(connection, connection.sock)  # as the watchdog does
            trickling.join()
            assert connection.getresponse().status == 200


def test_a_silent_server_is_given_up_in_time() -> None:
    """A server that does not answer within the timeout is a NETWORK failure."""
    began = time.monotonic()
    with serving(silent) as server, pytest.raises(NetworkFailure, match="in time"):
        deliver(f"http://127.0.0.1:{server.port}/", timeoutSeconds=1)
    assert time.monotonic() - began < 20


def test_a_refusal_is_not_kept_waiting_for_its_body() -> None:
    """The status of an error decides at once, however slowly its body arrives."""
    with dripping(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 100000\r\n\r\n") as port:
        began = time.monotonic()
        with pytest.raises(InvalidWork, match="400") as refused:
            deliver(f"http://127.0.0.1:{port}/", timeoutSeconds=30)
        assert refused.value.answered
        assert time.monotonic() - began < 20


def test_the_function_keeps_time_to_write_the_result_down() -> None:
    """No request is made with a second or less left, since its result could not be recorded."""
    with serving(answering(200)) as server, pytest.raises(UnknownFailure, match="no time was left"):
        deliver(f"http://127.0.0.1:{server.port}/", a_context(remaining_seconds=1.0))
    assert server.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        hang_up,
        send(b"SSH-2.0-OpenSSH_9.6\r\n"),
        send(b"HTTP/1.1 "),
        send(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        send(b"HTTP/1.1 307 Temporary Redirect\r\nX: " + b"x" * 70_000 + b"\r\n\r\n"),
    ],
    ids=["hangs up", "no HTTP", "no status", "only an interim answer", "redirect without a header's end"],
)
def test_a_broken_answer_is_a_network_failure(answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
    """An incomplete or malformed answer is a NETWORK failure."""
    with serving(answer) as server, pytest.raises(NetworkFailure):
        deliver(f"http://127.0.0.1:{server.port}/")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_refused_connection_is_a_network_failure(scheme: str) -> None:
    """A port on which nothing listens is a NETWORK failure."""
    with closed_port() as port, pytest.raises(NetworkFailure, match="refused"):
        deliver(f"{scheme}://127.0.0.1:{port}/")


def test_a_name_that_does_not_resolve_is_a_network_failure() -> None:
    """A name that does not resolve is a NETWORK failure (RFC 6761 reserves .invalid for this)."""
    with pytest.raises(NetworkFailure, match="does not resolve"):
        deliver("http://faultline.invalid/")


def test_the_next_address_is_tried_when_one_refuses() -> None:
    """The first of a name's addresses that accepts a connection is used."""
    with closed_port() as dead, serving(answering(200)) as server:
        addresses = [Address(host="127.0.0.1", port=port) for port in (dead, server.port)]
        with connected(urlsplit("http://name/"), addresses, time.monotonic() + 5) as connection:
            connection.request("GET", "/")
            assert connection.getresponse().status == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_private_addresses_are_refused_where_they_are_not_allowed(host: str) -> None:
    """No spelling of 127.0.0.1 gets a request, and the error is VALIDATION."""
    with (
        serving(answering(200)) as server,
        pytest.raises(InvalidWork, match="not a public address") as refused,
    ):
        deliver(f"http://{host}:{server.port}/", a_context(private=False))
    assert server.requests == []
    assert not refused.value.answered
