"""`http.request` against real servers."""

import gzip
import json
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

from lambdas.domain.errors import (
    InvalidWork,
    NetworkFailure,
    RateLimited,
    SystemFailure,
    UnknownFailure,
    WorkError,
)
from lambdas.work.http.connection import connected
from lambdas.work.http.public_addresses import Address
from lambdas.work.http_request import MAX_BODY_BYTES, HttpRequest, http_request
from lambdas.work.registry import WorkContext
from tests.unit.work.context import a_context
from tests.unit.work.servers import answering, serving


def deliver(url: str, context: WorkContext | None = None, **payload: Any) -> Any:
    request = HttpRequest.model_validate({"url": url, **payload})
    return http_request.perform(request, context or a_context())


@contextmanager
def closed_port() -> Iterator[int]:
    """A port on 127.0.0.1 where nobody listens, and nobody else comes to listen meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@contextmanager
def dripping(data: bytes) -> Iterator[int]:
    """A TCP server that takes a connection, sends `data`, and then a byte every 20 ms for ever."""
    over = Event()

    def drip(connection: socket.socket) -> None:
        with connection:
            try:
                connection.sendall(data)
                while not over.wait(0.02):
                    connection.sendall(b"x")
            except OSError:
                pass  # the client has hung up, as it should

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


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_2xx_is_success_with_what_was_answered(status: int) -> None:
    """The result holds status, content type and body."""
    with serving(answering(status, b"done \xe2\x82\xac", Content_Type="text/plain", X_Other="y")) as server:
        result = deliver(f"http://127.0.0.1:{server.port}/hook")
    assert result == {
        "status": status,
        "headers": {"content-type": "text/plain"},
        "body": "done €",
        "truncated": False,
    }


def test_an_empty_answer_is_success() -> None:
    """204 has neither body nor content type."""
    with serving(answering(204)) as server:
        result = deliver(f"http://127.0.0.1:{server.port}")
    assert result == {"status": 204, "headers": {}, "body": "", "truncated": False}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, InvalidWork),
        (304, InvalidWork),
        (307, InvalidWork),
        (400, InvalidWork),
        (401, InvalidWork),
        (404, InvalidWork),
        (408, NetworkFailure),
        (422, InvalidWork),
        (425, NetworkFailure),
        (429, RateLimited),
        (500, SystemFailure),
        (503, SystemFailure),
        (599, SystemFailure),
        (700, UnknownFailure),
    ],
)
def test_other_answers_are_errors_by_their_class(status: int, error: type[WorkError]) -> None:
    """A status that is no success decides the category, and is in the message."""
    with serving(answering(status)) as server, pytest.raises(error, match=str(status)):
        deliver(f"http://127.0.0.1:{server.port}/")


@pytest.mark.parametrize(("status", "method"), [(307, "POST"), (308, "PUT"), (301, "GET"), (303, "GET")])
def test_a_redirect_that_keeps_the_request_is_followed(status: int, method: str) -> None:
    """The same request goes there: method, body, key and headers; the place may be a relative one."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        moved = handler.path == "/old"
        (answering(status, Location="new?a=b#c") if moved else answering(200, b"there"))(handler)

    with serving(answer) as server:
        url = f"http://127.0.0.1:{server.port}/old"
        content: dict[str, Any] = {} if method == "GET" else {"body": {"a": 1}}
        result = deliver(url, method=method, headers={"Authorization": "x"}, **content)
    assert (result["status"], result["body"]) == (200, "there")
    first, second = server.requests
    assert (second.method, second.path, second.body) == (first.method, "/new?a=b", first.body)
    for name in ("Idempotency-Key", "Authorization", "X-Correlation-Id"):
        assert second.headers[name] == first.headers[name] is not None


def test_another_place_is_not_told_what_was_meant_for_the_first() -> None:
    """A redirect to another host, or port: the payload's own headers stay behind."""
    with serving(answering(200)) as elsewhere:
        place = f"http://localhost:{elsewhere.port}/"
        with serving(answering(307, Location=place)) as server:
            deliver(
                f"http://127.0.0.1:{server.port}/", headers={"Authorization": "x", "X-Api-Key": "y"}, body={}
            )
    (request,) = elsewhere.requests
    assert "Authorization" not in request.headers
    assert "X-Api-Key" not in request.headers
    assert request.headers["Idempotency-Key"] == "t:0"
    assert request.headers["Host"] == f"localhost:{elsewhere.port}"


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_would_make_another_request_is_not_followed(status: int) -> None:
    """A POST would become a GET without its body: the place gets none."""
    with serving(answering(200)) as elsewhere:
        place = f"http://127.0.0.1:{elsewhere.port}/inner"
        with serving(answering(status, Location=place)) as server, pytest.raises(InvalidWork, match=place):
            deliver(f"http://127.0.0.1:{server.port}/")
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "place",
    [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1:0/",
        "http://[::1/",
        "/a b",
        "javascript:alert(1)",
    ],
)
def test_a_redirect_to_where_no_request_may_go_is_not_followed(place: str) -> None:
    """What a payload may not name, a redirect may not either."""
    with serving(answering(307, Location=place)) as server, pytest.raises(InvalidWork, match="redirects to"):
        deliver(f"http://127.0.0.1:{server.port}/")
    assert len(server.requests) == 1


def test_a_redirect_is_checked_as_the_first_place_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public host sends the request to one that is not: it gets none, and the task is not tried again."""
    with serving(answering(200)) as inner:
        place = f"http://inner.example:{inner.port}/secrets"
        with serving(answering(307, Location=place)) as server:
            hosts = {"public.example": ["127.0.0.1"], "inner.example": ["127.0.0.1"]}
            resolving(monkeypatch, hosts, public={"public.example"})
            with pytest.raises(
                InvalidWork, match=r"inner\.example is 127\.0\.0\.1, which is not a public address"
            ):
                deliver(f"http://public.example:{server.port}/", a_context(private=False))
        assert len(server.requests) == 1
        assert inner.requests == []


def test_redirects_end() -> None:
    """Two places that send to each other are left after five; in no more time than for one."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        answering(307, Location="/b" if handler.path == "/a" else "/a")(handler)

    with serving(answer) as server, pytest.raises(InvalidWork, match="more than 5 times"):
        deliver(f"http://127.0.0.1:{server.port}/a")
    assert len(server.requests) == 6


def test_redirects_share_the_time() -> None:
    """Each is answered within the timeout, all of them are not."""

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        Event().wait(0.2)
        answering(307, Location="/")(handler)

    with serving(slowly) as server, pytest.raises(NetworkFailure, match=r"in time|no time"):
        deliver(f"http://127.0.0.1:{server.port}/", timeoutSeconds=0.5)
    assert len(server.requests) <= 3


def test_a_name_that_leads_elsewhere_when_asked_again_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the address that was checked is connected to, whatever the name leads to by then."""
    with serving(answering(200, b"public")) as public:
        asked = resolving(
            monkeypatch, {"rebound.example": ["127.0.0.1", "127.0.0.2"]}, public={"rebound.example"}
        )
        result = deliver(f"http://rebound.example:{public.port}/", a_context(private=False))
    assert result["body"] == "public"
    assert asked == ["rebound.example"]


def resolving(monkeypatch: pytest.MonkeyPatch, hosts: dict[str, list[str]], *, public: set[str]) -> list[str]:
    """Have names resolve to addresses of this machine, each time to the next; the first of a `public` name
    counts as public. Returns the names that are asked for."""
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


@pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (503, SystemFailure)])
def test_retry_after_in_seconds_is_honoured(status: int, error: type[WorkError]) -> None:
    """The seconds that 429 and 5xx ask for come with the error."""
    with serving(answering(status, Retry_After="17")) as server, pytest.raises(error) as raised:
        deliver(f"http://127.0.0.1:{server.port}/")
    assert raised.value.retry_after == 17


def test_retry_after_as_a_date_is_honoured() -> None:
    """A date is turned into the seconds until then."""
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    with serving(answering(429, Retry_After=then)) as server, pytest.raises(RateLimited) as raised:
        deliver(f"http://127.0.0.1:{server.port}/")
    assert raised.value.retry_after is not None
    assert 90 < raised.value.retry_after <= 100


def silent(handler: BaseHTTPRequestHandler) -> None:
    """Answer nothing until the client has gone."""
    handler.connection.settimeout(10)
    handler.connection.recv(1)


ENDLESS_BODY = b"HTTP/1.1 200 OK\r\n\r\n"
LONG_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
CHUNKED_BODY = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"
ENDLESS_HEADER = b"HTTP/1.1 200 OK\r\nX-Slow: "
ENDLESS_STATUS = b"HTTP/1.1 200 "


@pytest.mark.parametrize(
    ("scheme", "data"),
    [
        ("http", ENDLESS_BODY),
        ("http", LONG_BODY),
        ("http", CHUNKED_BODY),
        ("http", ENDLESS_HEADER),
        ("http", ENDLESS_STATUS),
        ("https", b"\x16\x03\x03\x3f\xff"),  # the head of a TLS handshake of 16 KB
    ],
    ids=["body", "body of a length", "chunked body", "headers", "status line", "TLS"],
)
def test_an_answer_that_trickles_is_cut_off_in_time(scheme: str, data: bytes) -> None:
    """The timeout bounds the whole exchange, not each wait for a byte of it."""
    with dripping(data) as port:
        began = time.monotonic()
        with pytest.raises(NetworkFailure):
            deliver(f"{scheme}://127.0.0.1:{port}/", timeoutSeconds=0.3)
        assert time.monotonic() - began < 3


def test_a_silent_server_is_given_up_in_time() -> None:
    """No answer within the timeout is NETWORK."""
    began = time.monotonic()
    with serving(silent) as server, pytest.raises(NetworkFailure, match="in time"):
        deliver(f"http://127.0.0.1:{server.port}/", timeoutSeconds=0.2)
    assert time.monotonic() - began < 3


def test_a_refusal_is_not_kept_waiting_for_its_body() -> None:
    """The status of an error decides at once, however slowly its body comes."""
    with dripping(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 100000\r\n\r\n") as port:
        began = time.monotonic()
        with pytest.raises(InvalidWork, match="400"):
            deliver(f"http://127.0.0.1:{port}/", timeoutSeconds=30)
        assert time.monotonic() - began < 5


def test_the_function_keeps_time_to_write_the_result_down() -> None:
    """With a second or less left, no request is begun that could not be told of."""
    with serving(answering(200)) as server, pytest.raises(NetworkFailure, match="no time was left"):
        deliver(f"http://127.0.0.1:{server.port}/", a_context(remaining_seconds=1.0))
    assert server.requests == []


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def send(data: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        hang_up,
        send(b"SSH-2.0-OpenSSH_9.6\r\n"),
        send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive."),
        send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        send(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n"),
        send(b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200 + b"\r\n"),
    ],
    ids=["hangs up", "no HTTP", "too short", "bad chunks", "long header", "many headers"],
)
def test_a_broken_answer_is_a_network_failure(answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
    """What is no whole HTTP answer is NETWORK, whichever way it is broken."""
    with serving(answer) as server, pytest.raises(NetworkFailure):
        deliver(f"http://127.0.0.1:{server.port}/")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_refused_connection_is_a_network_failure(scheme: str) -> None:
    """Nobody listens: NETWORK."""
    with closed_port() as port, pytest.raises(NetworkFailure, match="refused"):
        deliver(f"{scheme}://127.0.0.1:{port}/")


def test_a_name_that_does_not_resolve_is_a_network_failure() -> None:
    """DNS may know the name the next time: NETWORK (RFC 6761 keeps .invalid from ever existing)."""
    with pytest.raises(NetworkFailure, match="does not resolve"):
        deliver("http://faultline.invalid/")


def test_the_next_address_is_tried_when_one_refuses() -> None:
    """Of a name's addresses the first that takes a connection is used."""
    with closed_port() as dead, serving(answering(200)) as server:
        addresses = [Address(host="127.0.0.1", port=port) for port in (dead, server.port)]
        with connected(urlsplit("http://name/"), addresses, time.monotonic() + 5) as connection:
            connection.request("GET", "/")
            assert connection.getresponse().status == 200


def test_a_request_says_whose_it_is() -> None:
    """Idempotency key and correlation id are sent, and Host with its port."""
    with serving(answering(200)) as server:
        deliver(f"http://localhost:{server.port}/a/b?c=d&e#f", method="PUT")
    (request,) = server.requests
    assert (request.method, request.path) == ("PUT", "/a/b?c=d&e")
    assert request.headers.get_all("Host") == [f"localhost:{server.port}"]
    assert request.headers.get_all("Idempotency-Key") == ["t:0"]
    assert request.headers.get_all("X-Correlation-Id") == ["c-1"]
    assert request.headers.get_all("User-Agent") == ["faultline"]


def test_a_payloads_headers_replace_ours_whatever_their_case() -> None:
    """A header that the payload sets is sent once, as the payload has it."""
    headers = {"user-agent": "mine", "x-correlation-id": "theirs", "CONTENT-TYPE": "text/x", "X-A": ""}
    with serving(answering(200)) as server:
        deliver(f"http://127.0.0.1:{server.port}", headers=headers, body=[1])
    (request,) = server.requests
    for name, value in headers.items():
        assert request.headers.get_all(name) == [value]


@pytest.mark.parametrize(
    ("body", "sent", "content_type"),
    [
        ("text é", "text é".encode(), None),
        ("", b"", None),
        ({"b": 1, "a": [None, "é"]}, '{"a":[null,"é"],"b":1}'.encode(), "application/json"),
        ([], b"[]", "application/json"),
        (0, b"0", "application/json"),
        (False, b"false", "application/json"),
        (None, b"", None),
    ],
    ids=repr,
)
def test_a_string_is_sent_as_it_is_and_the_rest_as_json(
    body: object, sent: bytes, content_type: str | None
) -> None:
    """A body that is no string is JSON, and says so; null is no body."""
    with serving(answering(200)) as server:
        deliver(f"http://127.0.0.1:{server.port}/", body=body)
    (request,) = server.requests
    assert request.body == sent
    assert request.headers["Content-Length"] == str(len(sent))
    assert request.headers["Content-Type"] == content_type


def test_a_long_answer_is_read_to_the_limit_and_no_further() -> None:
    """Of a body without end 64 KB are kept, and the result says so."""

    def pour(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:  # until the client hangs up
            handler.wfile.write(b"x" * 65_536)

    with serving(pour) as server:
        result = deliver(f"http://127.0.0.1:{server.port}/")
    assert result["truncated"] is True
    assert result["body"] == "x" * MAX_BODY_BYTES


def test_an_answer_of_just_the_limit_is_whole() -> None:
    """64 KB are within the limit."""
    with serving(answering(200, b"x" * MAX_BODY_BYTES)) as server:
        result = deliver(f"http://127.0.0.1:{server.port}/")
    assert (result["truncated"], len(result["body"])) == (False, MAX_BODY_BYTES)


def test_a_compressed_answer_is_not_unpacked_beyond_the_limit() -> None:
    """50 MB of zeros in 50 KB cost no more memory than any long answer."""
    bomb = gzip.compress(bytes(50 * 1024 * 1024))
    with serving(answering(200, bomb, Content_Encoding="gzip")) as server:
        tracemalloc.start()
        result = deliver(f"http://127.0.0.1:{server.port}/")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (result["truncated"], len(result["body"])) == (True, MAX_BODY_BYTES)
    assert peak < 2 * 1024 * 1024


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_private_addresses_are_refused_where_they_are_not_allowed(host: str) -> None:
    """However 127.0.0.1 is written, no request reaches it, and none is retried."""
    with serving(answering(200)) as server, pytest.raises(InvalidWork, match="not a public address"):
        deliver(f"http://{host}:{server.port}/", a_context(private=False))
    assert server.requests == []


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "url"),
        ({"url": ""}, "url"),
        ({"url": "ftp://host/"}, "url"),
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": "//host/"}, "url"),
        ({"url": "http://"}, "url"),
        ({"url": "http:///path"}, "url"),
        ({"url": "http://user@host/"}, "url"),
        ({"url": "http://user:secret@host/"}, "url"),
        ({"url": "http://host:99999/"}, "url"),
        ({"url": "http://host:0/"}, "url"),
        ({"url": "http://host:port/"}, "url"),
        ({"url": "http://[::1/"}, "url"),
        ({"url": "http://host/a b"}, "url"),
        ({"url": "http://host/\r\nX: y"}, "url"),
        ({"url": "http://ho\nst/"}, "url"),
        ({"url": "http://bücher.example/"}, "url"),
        ({"url": "http://host/" + "x" * 2048}, "url"),
        ({"url": "http://host/", "method": "HEAD"}, "method"),
        ({"url": "http://host/", "method": "get"}, "method"),
        ({"url": "http://host/", "timeoutSeconds": 0}, "timeoutSeconds"),
        ({"url": "http://host/", "timeoutSeconds": 61}, "timeoutSeconds"),
        ({"url": "http://host/", "timeout_seconds": 1}, "timeout_seconds"),
        ({"url": "http://host/", "headers": {"hOsT": "x"}}, "headers"),
        ({"url": "http://host/", "headers": {"Idempotency-Key": "x"}}, "headers"),
        ({"url": "http://host/", "headers": {"Transfer-Encoding": "chunked"}}, "headers"),
        ({"url": "http://host/", "headers": {"": "x"}}, "headers"),
        ({"url": "http://host/", "headers": {"a b": "x"}}, "headers"),
        ({"url": "http://host/", "headers": {"X:": "x"}}, "headers"),
        ({"url": "http://host/", "headers": {"X": "a\r\nY: b"}}, "headers"),
        ({"url": "http://host/", "headers": {"X": "é"}}, "headers"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_request_that_cannot_be_meant_is_no_valid_payload(payload: dict[str, Any], field: str) -> None:
    """What would be refused, or smuggle something, is found at submission."""
    with pytest.raises(ValidationError) as refusal:
        HttpRequest.model_validate(payload)
    assert [error["loc"][0] for error in refusal.value.errors()] == [field]


def test_an_answer_that_is_no_utf8_is_still_text() -> None:
    """Bytes that are no text are replaced, and the result is JSON."""
    with serving(answering(200, b"\xff\xfe")) as server:
        result = deliver(f"http://127.0.0.1:{server.port}/")
    assert json.loads(json.dumps(result))["body"] == "��"


@pytest.mark.parametrize(
    ("url", "dependency"),
    [
        ("https://api.example.com/a?b", "api.example.com"),
        ("https://API.example.com:443/", "api.example.com"),
        ("http://api.example.com:80/", "api.example.com"),
        ("http://api.example.com:8080/", "api.example.com:8080"),
        ("https://api.example.com:80/", "api.example.com:80"),
    ],
)
def test_what_fails_and_recovers_as_one_is_the_host(url: str, dependency: str) -> None:
    """Requests to one host share a circuit, whatever their path; another port is another server."""
    assert http_request.dependency is not None
    assert http_request.dependency(HttpRequest.model_validate({"url": url})) == dependency
