"""Redirects of `http.request`, against real servers."""

from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any

import pytest

from lambdas.domain.errors import (
    InvalidWork,
    NetworkFailure,
)
from tests.unit.work.context import a_context
from tests.unit.work.delivering import deliver, raw_server, resolving
from tests.unit.work.servers import answering, serving


@pytest.mark.parametrize(("status", "method"), [(307, "POST"), (308, "PUT"), (301, "GET"), (303, "GET")])
def test_a_redirect_that_keeps_the_request_is_followed(status: int, method: str) -> None:
    """A redirect, even to a relative location, keeps the method, body, idempotency key and headers."""

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
    """A redirect to another host or port drops the payload's own headers."""
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


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ({}, {"Content-Type": "application/json"}),
        ({"content-type": "application/xml"}, {"Content-Type": "application/xml"}),
        (
            {"Content-Type": "text/csv", "Content-Encoding": "gzip", "CONTENT-LANGUAGE": "de"},
            {"Content-Type": "text/csv", "Content-Encoding": "gzip", "Content-Language": "de"},
        ),
    ],
)
def test_a_body_keeps_its_description_elsewhere(headers: dict[str, str], sent: dict[str, str]) -> None:
    """A body that is redirected to another place keeps the headers that describe it."""
    with serving(answering(200)) as elsewhere:
        place = f"http://localhost:{elsewhere.port}/"
        with serving(answering(307, Location=place)) as server:
            deliver(f"http://127.0.0.1:{server.port}/", headers={**headers, "X-Secret": "x"}, body={"a": 1})
    (request,) = elsewhere.requests
    assert request.body == b'{"a":1}'
    for name, value in sent.items():
        assert request.headers.get_all(name) == [value]
    assert "X-Secret" not in request.headers


@pytest.mark.parametrize(
    ("location", "sent"),
    [
        ("{here}//hook", "//hook"),
        ("{here}/a/../b?", "/a/../b?"),
        ("//{host}/x", "/x"),
        ("/a//b", "/a//b"),
        ("?q=1", "/first/?q=1"),
        ("../up", "/up"),
        ("/caf\u00e9", "/caf%C3%A9"),
    ],
)
def test_a_location_is_sent_as_the_server_gave_it(location: str, sent: str) -> None:
    """A relative location is resolved, an absolute one kept, and characters beyond ASCII percent-encoded."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        host = f"127.0.0.1:{server.port}"
        place = location.format(here=f"http://{host}", host=host)
        moved = handler.path == "/first/"
        raw = place.encode().decode("iso-8859-1")
        (answering(307, Location=raw) if moved else answering(200))(handler)

    with serving(answer) as server:
        deliver(f"http://127.0.0.1:{server.port}/first/")
    assert server.requests[1].raw_path == sent


@pytest.mark.parametrize("end", ["", "\r\n", "\r\nX: y\r\n", "\r\nX: y"])
@pytest.mark.parametrize("location", ["{there}/", "{there}/tenants/4", "//{host}/x", "/ho"])
def test_a_location_that_is_cut_off_is_not_followed(location: str, end: str) -> None:
    """A truncated location is not followed, since it may name another place."""
    with serving(answering(200)) as elsewhere:
        host = f"127.0.0.1:{elsewhere.port}"
        answer = f"HTTP/1.1 307 Go\r\nLocation: {location.format(there=f'http://{host}', host=host)}{end}"
        with raw_server(answer.encode()) as server, pytest.raises(NetworkFailure, match="answered 307"):
            deliver(server.url)
        assert server.requests == 1
        assert elsewhere.requests == []


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_would_make_another_request_is_not_followed(status: int) -> None:
    """A redirect that would turn a POST into a GET is refused."""
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
    """Locations have the same restrictions as a payload's URL."""
    with (
        serving(answering(307, Location=place)) as server,
        pytest.raises(InvalidWork, match="redirects to") as refused,
    ):
        deliver(f"http://127.0.0.1:{server.port}/")
    assert refused.value.answered
    assert len(server.requests) == 1


def test_a_redirect_is_checked_as_the_first_place_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A redirect from a public host to a private one is refused without a request to it."""
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
    """A redirect loop is refused after five redirects."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        answering(307, Location="/b" if handler.path == "/a" else "/a")(handler)

    with serving(answer) as server, pytest.raises(InvalidWork, match="more than 5 times"):
        deliver(f"http://127.0.0.1:{server.port}/a")
    assert len(server.requests) == 6


def test_redirects_share_the_time() -> None:
    """The timeout covers all redirects of a request together."""

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        Event().wait(0.2)
        answering(307, Location="/")(handler)

    with serving(slowly) as server, pytest.raises(NetworkFailure, match=r"in time|no time"):
        deliver(f"http://127.0.0.1:{server.port}/", timeoutSeconds=0.5)
    assert len(server.requests) <= 3


def test_a_name_that_leads_elsewhere_when_asked_again_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is resolved once, and the request goes to the address that was checked."""
    with serving(answering(200, b"public")) as public:
        asked = resolving(
            monkeypatch, {"rebound.example": ["127.0.0.1", "127.0.0.2"]}, public={"rebound.example"}
        )
        result = deliver(f"http://rebound.example:{public.port}/", a_context(private=False))
    assert result["body"] == "public"
    assert asked == ["rebound.example"]
