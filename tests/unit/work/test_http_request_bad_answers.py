"""Bad answers from servers, over real sockets.

Each gets the right category. An accepted request counts as done, however broken the rest of the answer is.
"""

import gzip
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.category import category_of_status
from lambdas.domain.errors import Category, WorkError
from lambdas.work.http.answers import EXCERPT_CHARACTERS
from tests.unit.work.delivering import Raw, deliver, raw_server

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
GZIP = b"Content-Encoding: gzip\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
ZIPPED = gzip.compress(b"zipped text")

ACCEPTED: dict[str, tuple[bytes, str]] = {
    "nothing but the status": (b"HTTP/1.1 200 OK\r\n", ""),
    "no reason": (b"HTTP/1.1 200\r\n\r\n", ""),
    "no end of the status line": (b"HTTP/1.1 204 No Content", ""),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nbody", "body"),
    "bare line feeds": (b"HTTP/1.1 200 OK\nContent-Length: 4\n\nbody", "body"),
    "an unknown version": (b"HTTP/3 200 OK\r\n\r\n", ""),
    "an unknown success": (b"HTTP/1.1 299 Fine\r\nContent-Length: 0\r\n\r\n", ""),
    "continue": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"\r\nbody", "body"),
    "early hints": (HINTS + OK + b"Content-Length: 4\r\n\r\nbody", "body"),
    "several interim answers": (HINTS * 5 + b"HTTP/1.1 102 Processing\r\n\r\n" + OK + b"\r\nbody", "body"),
    "an interim answer of our own": (b"HTTP/1.1 199 Mine\r\n\r\n" + OK + b"\r\nbody", "body"),
    "gzip that is plain": (OK + GZIP + b"Content-Length: 5\r\n\r\nplain", "plain"),
    "gzip that is cut": (OK + GZIP + b"\r\n" + ZIPPED[:-8], "zipped text"),
    "gzip with garbage behind": (OK + GZIP + b"\r\n" + ZIPPED + b"garbage", "zipped text"),
    "gzip that is empty": (OK + GZIP + b"Content-Length: 0\r\n\r\n", ""),
    "gzip": (OK + GZIP + b"\r\n" + ZIPPED, "zipped text"),
    "deflate": (OK + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"text"), "text"),
    "an unknown encoding": (OK + b"Content-Encoding: rot13\r\n\r\ngrkg", "grkg"),
    "two encodings": (OK + b"Content-Encoding: gzip, br\r\n\r\nbody", "body"),
    "a body that is too short": (OK + b"Content-Length: 10\r\n\r\nfive.", "five."),
    "a body that is too long": (OK + b"Content-Length: 4\r\n\r\nbody and more", "body"),
    "two lengths": (OK + b"Content-Length: 4\r\nContent-Length: 9\r\n\r\nbody", ""),
    "a length that is none": (OK + b"Content-Length: four\r\n\r\nbody", ""),
    "a negative length": (OK + b"Content-Length: -1\r\n\r\nbody", "body"),
    "a length beyond any": (OK + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nbody", "body"),
    "bad chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nbody", ""),
    "chunks without an end": (OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n", "body"),
    "a chunk that is cut": (OK + b"Transfer-Encoding: chunked\r\n\r\nff\r\nbody", "body"),
    "chunks that are none": (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nbody", ""),
    "an unknown transfer encoding": (OK + b"Transfer-Encoding: rot13\r\n\r\nbody", "body"),
    "a header without a colon": (OK + b"nonsense\r\n\r\n", ""),
    "a header without a name": (OK + b": x\r\nContent-Length: 4\r\n\r\nbody", ""),
    "a header that is too long": (OK + b"X: " + b"x" * 70_000 + b"\r\n\r\n", ""),
    "too many headers": (OK + b"X: x\r\n" * 200 + b"\r\n", ""),
    "bytes that are no text": (OK + b"X: \xff\xfe\x00\r\nContent-Length: 4\r\n\r\nbody", "body"),
    "a zero in a header": (OK + b"X: a\x00b\r\n\r\n", ""),
    "a body where there is none": (b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody", ""),
    "a second answer": (OK + b"Content-Length: 2\r\n\r\nok" + b"HTTP/1.1 500 Oops\r\n\r\n", "ok"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_accepted_request_is_delivered_once(name: str) -> None:
    """After the status line of a 2xx, no failure leads to another attempt."""
    answer, body = ACCEPTED[name]
    with raw_server(answer) as server:
        result = deliver(server.url, timeoutSeconds=5)
    assert 200 <= result["status"] < 300
    assert result["body"].startswith(body)
    assert server.requests == 1


REFUSED: dict[str, tuple[bytes, Category]] = {
    "interim, then refused": (HINTS + b"HTTP/1.1 400 Bad\r\n\r\n", Category.VALIDATION),
    "interim, then too many": (HINTS + b"HTTP/1.1 429 Slow\r\nRetry-After: 5\r\n\r\n", Category.RATE_LIMIT),
    "interim, then away": (HINTS + b"HTTP/1.1 503 Away\r\n\r\n", Category.SYSTEM),
    "interim, then nothing": (HINTS, Category.NETWORK),
    "switching protocols": (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", Category.UNKNOWN),
    "a refusal that is cut": (b"HTTP/1.1 422 No", Category.VALIDATION),
    "a refusal with a broken header": (b"HTTP/1.1 410 Gone\r\nX: " + b"x" * 70_000, Category.VALIDATION),
    "a refusal with two lengths": (
        b"HTTP/1.1 500 Oops\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        Category.SYSTEM,
    ),
    "a refusal with bad chunks": (
        b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\nzz",
        Category.SYSTEM,
    ),
    "a refusal with bad gzip": (b"HTTP/1.1 429 Slow\r\n" + GZIP + b"\r\nplain", Category.RATE_LIMIT),
    "a redirect to nowhere": (b"HTTP/1.1 307 Go\r\n\r\n", Category.VALIDATION),
    "a redirect that is cut": (b"HTTP/1.1 308 Go\r\nLocation: /ne", Category.NETWORK),
    "a redirect that ends with its status": (b"HTTP/1.1 307", Category.NETWORK),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\n\r\n", Category.VALIDATION),
    "nothing": (b"", Category.NETWORK),
    "an empty line": (b"\r\n", Category.NETWORK),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n", Category.NETWORK),
    "HTTP/0.9": (b"<html>hello</html>", Category.NETWORK),
    "TLS": (b"\x15\x03\x01\x00\x02\x02\x46", Category.NETWORK),
    "a status of two digits": (b"HTTP/1.1 20 OK\r\n\r\n", Category.NETWORK),
    "a status of four digits": (b"HTTP/1.1 2000 OK\r\n\r\n", Category.NETWORK),
    "a status that is no number": (b"HTTP/1.1 abc OK\r\n\r\n", Category.NETWORK),
    "a negative status": (b"HTTP/1.1 -200 OK\r\n\r\n", Category.NETWORK),
    "a status line without end": (b"HTTP/1.1 " + b"2" * 70_000, Category.NETWORK),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_answers_have_their_category(name: str) -> None:
    """The status decides an error's category; without a valid one or a whole redirect, it is NETWORK."""
    answer, category = REFUSED[name]
    with raw_server(answer) as server, pytest.raises(WorkError) as failure:
        deliver(server.url, timeoutSeconds=5)
    assert failure.value.category is category
    assert server.requests == 1


@pytest.mark.parametrize(
    ("end", "seconds"),
    [(b"", None), (b"\r\n", None), (b"\r\nX: y", None), (b"\r\n\r\n", 36.0), (b"\n\n", 36.0)],
)
def test_a_time_to_wait_that_is_cut_off_is_not_kept(end: bytes, seconds: float | None) -> None:
    """A truncated Retry-After is ignored, because it may be the start of a longer one."""
    with (
        raw_server(b"HTTP/1.1 503 Away\r\nRetry-After: 36" + end) as server,
        pytest.raises(WorkError) as failure,
    ):
        deliver(server.url)
    assert failure.value.retry_after == seconds


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with raw_server(b"") as server:
        yield server


_PIECES = [
    *(b"\r\n", b"Content-Length: 4", b"Content-Length: x", b"Transfer-Encoding: chunked", GZIP),
    *(b"Retry-After: -1", b"Retry-After: \xb2", b": ", b"\n", b"\r", b"\x00", b"body", b"4\r\nbody"),
]


@settings(deadline=None, max_examples=150)
@given(
    interim=st.lists(st.integers(100, 199).filter(lambda status: status != 101), max_size=3),
    status=st.one_of(st.just(200), st.integers(200, 599).filter(lambda status: not 300 <= status < 400)),
    rest=st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from(_PIECES),
            max_size=12,
        ).map(b"\r\n".join),
    ),
)
def test_the_status_decides_whatever_follows_it(
    server: Raw, interim: list[int], status: int, rest: bytes
) -> None:
    """The final status decides, whatever precedes or follows it."""
    server.requests = 0
    server.answer = b"".join(b"HTTP/1.1 %d Interim\r\n\r\n" % each for each in interim)
    server.answer += b"HTTP/1.1 %d Final\r\n" % status + rest
    if 200 <= status < 300:
        assert deliver(server.url, timeoutSeconds=5)["status"] == status
    else:
        with pytest.raises(WorkError) as failure:
            deliver(server.url, timeoutSeconds=5)
        assert failure.value.category is category_of_status(status)
    assert server.requests == 1


def test_a_refusal_keeps_the_reason_in_its_body() -> None:
    """A refusal's body is part of the error message, in one line without private data."""
    body = b'{"error": "no such\\ncolour",\n "token": "abc123", "got": "bleu"}'
    answer = b"HTTP/1.1 422 Unprocessable Content\r\n\r\n" + body
    with raw_server(answer) as server, pytest.raises(WorkError) as failure:
        deliver(server.url)
    assert str(failure.value) == (
        'answered 422 Unprocessable Content: {"error": "no such\\ncolour", "token": "*****", "got": "bleu"}'
    )


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        (b"\r\n" + b"x" * 100_000, "x" * EXCERPT_CHARACTERS + "..."),
        (b"\r\n\xff\xfe reason", "�� reason"),
        (GZIP + b"\r\n" + gzip.compress(b"zipped reason"), "zipped reason"),
        (GZIP + b"\r\n" + gzip.compress(bytes(10_000_000)), None),
        (b"Transfer-Encoding: chunked\r\n\r\n6\r\nreason\r\n0\r\n\r\n", "reason"),
        (b"Content-Length: 6\r\n\r\n", ""),
        (b"Transfer-Encoding: chunked\r\n\r\nzz", ""),
    ],
    ids=["long", "no text", "compressed", "bomb", "chunked", "missing", "broken"],
)
def test_the_reason_of_a_refusal_is_bounded(rest: bytes, told: str | None) -> None:
    """The excerpt of a refusal's body is limited, and omitted if the body is unreadable."""
    with raw_server(b"HTTP/1.1 500 Oops\r\n" + rest) as server, pytest.raises(WorkError) as failure:
        deliver(server.url)
    expected = "answered 500 Internal Server Error" + (f": {told}" if told else "")
    if told is None:
        assert len(str(failure.value)) < EXCERPT_CHARACTERS + 100
    else:
        assert str(failure.value) == expected


def test_an_early_answer_is_read_though_the_request_could_not_be_sent_whole() -> None:
    """A 413 before the request has been sent whole is VALIDATION, or NETWORK if it cannot be read."""
    refused = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"
    with raw_server(refused, read_body=False) as server, pytest.raises(WorkError) as failure:
        deliver(server.url, body="x" * 5_000_000)
    assert failure.value.category in (Category.VALIDATION, Category.NETWORK)
