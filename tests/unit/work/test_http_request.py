"""`http.request` against real servers."""

import gzip
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

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
from lambdas.work.http_request import MAX_BODY_BYTES, HttpRequest, http_request
from tests.unit.work.delivering import deliver
from tests.unit.work.servers import answering, serving


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_2xx_is_success_with_what_was_answered(status: int) -> None:
    """A 2xx is a success, whose result has the status, the content type and the body."""
    with serving(answering(status, b"done \xe2\x82\xac", Content_Type="text/plain", X_Other="y")) as server:
        result = deliver(f"http://127.0.0.1:{server.port}/hook")
    assert result == {
        "status": status,
        "headers": {"content-type": "text/plain"},
        "body": "done €",
        "truncated": False,
    }


def test_an_empty_answer_is_success() -> None:
    """A 204, without a body or content type, is a success."""
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
    """A status other than 2xx decides the error's category, and is in its message."""
    with serving(answering(status)) as server, pytest.raises(error, match=str(status)):
        deliver(f"http://127.0.0.1:{server.port}/")


@pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (503, SystemFailure)])
def test_retry_after_in_seconds_is_honoured(status: int, error: type[WorkError]) -> None:
    """A Retry-After in seconds is part of the error for a 429 or 5xx."""
    with serving(answering(status, Retry_After="17")) as server, pytest.raises(error) as raised:
        deliver(f"http://127.0.0.1:{server.port}/")
    assert raised.value.retry_after == 17


def test_retry_after_as_a_date_is_honoured() -> None:
    """A Retry-After with a date is converted to the seconds until then."""
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    with serving(answering(429, Retry_After=then)) as server, pytest.raises(RateLimited) as raised:
        deliver(f"http://127.0.0.1:{server.port}/")
    assert raised.value.retry_after is not None
    assert 90 < raised.value.retry_after <= 100


def test_a_request_says_whose_it_is() -> None:
    """A request has the idempotency key, the correlation id, User-Agent, and Host with its port."""
    with serving(answering(200)) as server:
        deliver(f"http://localhost:{server.port}/a/b?c=d&e#f", method="PUT")
    (request,) = server.requests
    assert (request.method, request.path) == ("PUT", "/a/b?c=d&e")
    assert request.headers.get_all("Host") == [f"localhost:{server.port}"]
    assert request.headers.get_all("Idempotency-Key") == ["t:0"]
    assert request.headers.get_all("X-Correlation-Id") == ["c-1"]
    assert request.headers.get_all("User-Agent") == ["faultline"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("//hook", "//hook"),
        ("//", "//"),
        ("/a//b?x=//y#z", "/a//b?x=//y"),
        ("/a/../b/./c", "/a/../b/./c"),
        ("/a?", "/a?"),
        ("/a?#", "/a?"),
        ("?a=b", "/?a=b"),
        ("#f", "/"),
        ("", "/"),
        ("/%7Euser/%2f;v=1?q=%C3%A9&q=", "/%7Euser/%2f;v=1?q=%C3%A9&q="),
        ("/@user:8080/http://other/", "/@user:8080/http://other/"),
    ],
)
def test_a_url_is_sent_as_it_was_given(given: str, sent: str) -> None:
    """A URL's path and query are sent unchanged, since a signature may depend on each character."""
    with serving(answering(200)) as server:
        deliver(f"http://127.0.0.1:{server.port}{given}")
    (request,) = server.requests
    assert request.raw_path == sent
    assert request.headers.get_all("Host") == [f"127.0.0.1:{server.port}"]


def test_a_payloads_headers_replace_ours_whatever_their_case() -> None:
    """A header that the payload sets replaces ours, whatever its case, and is sent once."""
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
    """A string is sent unchanged, and any other body as JSON with its content type; null means no body."""
    with serving(answering(200)) as server:
        deliver(f"http://127.0.0.1:{server.port}/", body=body)
    (request,) = server.requests
    assert request.body == sent
    assert request.headers["Content-Length"] == str(len(sent))
    assert request.headers["Content-Type"] == content_type


def test_a_long_answer_is_read_to_the_limit_and_no_further() -> None:
    """Only 64 KB of an endless body are kept, and the result is marked as truncated."""

    def pour(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:  # until the client closes the connection
            handler.wfile.write(b"x" * 65_536)

    with serving(pour) as server:
        result = deliver(f"http://127.0.0.1:{server.port}/")
    assert result["truncated"] is True
    assert result["body"] == "x" * MAX_BODY_BYTES


def test_an_answer_of_just_the_limit_is_whole() -> None:
    """A body of exactly 64 KB is kept whole."""
    with serving(answering(200, b"x" * MAX_BODY_BYTES)) as server:
        result = deliver(f"http://127.0.0.1:{server.port}/")
    assert (result["truncated"], len(result["body"])) == (False, MAX_BODY_BYTES)


def test_a_compressed_answer_is_not_unpacked_beyond_the_limit() -> None:
    """A compressed body is unpacked only up to the limit, in less than 2 MB of memory."""
    bomb = gzip.compress(bytes(50 * 1024 * 1024))
    with serving(answering(200, bomb, Content_Encoding="gzip")) as server:
        tracemalloc.start()
        result = deliver(f"http://127.0.0.1:{server.port}/")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (result["truncated"], len(result["body"])) == (True, MAX_BODY_BYTES)
    assert peak < 2 * 1024 * 1024


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
        ({"url": "http://host/", "timeoutSeconds": "5"}, "timeoutSeconds"),
        ({"url": "http://host/", "timeoutSeconds": True}, "timeoutSeconds"),
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
    """A request that is invalid, or that could smuggle in another one, is refused at submission."""
    with pytest.raises(ValidationError) as refusal:
        HttpRequest.model_validate(payload)
    assert [error["loc"][0] for error in refusal.value.errors()] == [field]


def test_an_answer_that_is_no_utf8_is_still_text() -> None:
    """In a body that is not UTF-8, invalid bytes are replaced, so that the result is JSON."""
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
    """Requests to one host share a circuit for all paths, but a port other than the default has its own."""
    assert http_request.dependency is not None
    assert http_request.dependency(HttpRequest.model_validate({"url": url})) == dependency
