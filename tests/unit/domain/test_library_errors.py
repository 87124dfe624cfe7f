"""Classification of errors raised by common libraries."""

import http.client
import io
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.exceptions
import httpx
import psycopg
import psycopg.errors
import pytest
import redis
import requests
import urllib3
from boto3.exceptions import S3UploadFailedError
from botocore.config import Config
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker
from requests.adapters import HTTPAdapter

from lambdas.domain.category import Category
from lambdas.domain.errors import RateLimited, classify
from lambdas.domain.library_errors import retry_after
from lambdas.domain.refusal import is_refusal

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Run a server that answers `/<status>` with that status, and closes the connection at `/0`."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = int(self.path.rpartition("/")[2].partition("?")[0])
            if status:
                self.send_response(status)
                self.send_header("Retry-After", "7")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def do_PUT(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture(scope="module")
def closed() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def raised(call: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:  # each library's own
        call()
    return caught.value


def by_requests(url: str) -> None:
    requests.get(url, timeout=5).raise_for_status()


def by_httpx(url: str) -> object:
    return httpx.get(url, timeout=5).raise_for_status()


def by_urllib(url: str) -> object:
    return urllib.request.urlopen(url, timeout=5)


def by_s3(url: str) -> object:
    address, _, status = url.rpartition("/")
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    client: Any = boto3.client("s3", endpoint_url=address, config=config, **keys)  # type: ignore[call-overload]
    return client.put_object(Bucket="b", Key=status, Body=b"")


STATUSES = {
    400: Category.VALIDATION,
    404: Category.VALIDATION,
    408: Category.NETWORK,
    429: Category.RATE_LIMIT,
    500: Category.SYSTEM,
    503: Category.SYSTEM,
}


@pytest.mark.parametrize("get", [by_requests, by_httpx, by_urllib, by_s3])
@pytest.mark.parametrize("status", STATUSES)
def test_by_the_status_of_the_answer(server: str, get: Callable[[str], object], status: int) -> None:
    error = raised(lambda: get(f"{server}/{status}"))
    assert classify(error).category is STATUSES[status]
    assert is_refusal(error) is (status in (400, 404, 429))
    assert retry_after(error, AT) == 7


@pytest.mark.parametrize("get", [by_requests, by_httpx, by_urllib, by_s3])
def test_no_answer_is_the_networks(server: str, closed: int, get: Callable[[str], object]) -> None:
    assert classify(raised(lambda: get(f"http://127.0.0.1:{closed}/1"))).category is Category.NETWORK
    assert classify(raised(lambda: get(f"{server}/0"))).category is Category.NETWORK


@pytest.mark.parametrize("get", [by_requests, by_httpx])
def test_a_url_that_is_none(get: Callable[[str], object]) -> None:
    error = raised(lambda: get("nowhere"))
    assert classify(error).category is Category.VALIDATION
    assert not is_refusal(error)


def aws(code: str, status: int = 400, **rest: Any) -> Exception:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **rest}
    return botocore.exceptions.ClientError(answer, "PutItem")


def test_aws_is_classified_by_its_codes() -> None:
    """An AWS error is classified by its code, since throttling has status 400 or 503."""
    throttled = {*ThrottledRetryableChecker._THROTTLED_ERROR_CODES}  # type: ignore[attr-defined]
    assert {classify(aws(code)).category for code in throttled} == {Category.RATE_LIMIT}
    assert classify(aws("SlowDown", 503)).category is Category.RATE_LIMIT
    passing = {*TransientRetryableChecker._TRANSIENT_ERROR_CODES} - throttled  # type: ignore[attr-defined]
    assert {classify(aws(code)).category for code in passing} == {Category.NETWORK}
    assert classify(aws("AccessDenied", 403)).category is Category.VALIDATION
    assert classify(aws("ExpiredToken")).category is Category.SYSTEM
    assert classify(aws("InternalError", 500)).category is Category.SYSTEM
    for code in ("ThrottlingError", "ProvisionedThroughputExceeded"):
        of_a_transaction = aws("TransactionCanceledException", CancellationReasons=[{"Code": code}])
        assert classify(of_a_transaction).category is Category.RATE_LIMIT
    conflict = aws("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}])
    assert classify(conflict).category is Category.SYSTEM
    refused = aws("TransactionCanceledException", CancellationReasons=[{"Code": "ConditionalCheckFailed"}])
    assert classify(refused).category is Category.VALIDATION
    assert classify(botocore.exceptions.ParamValidationError(report="no")).category is Category.VALIDATION
    assert classify(botocore.exceptions.NoCredentialsError()).category is Category.SYSTEM


def test_an_upload_fails_for_what_its_call_failed_for() -> None:
    def upload() -> None:
        try:
            raise aws("SlowDown", 503)
        except botocore.exceptions.ClientError as error:
            raise S3UploadFailedError("failed to upload") from error

    assert classify(raised(upload)).category is Category.RATE_LIMIT


def test_repetitions_of_urllib3(server: str, closed: int) -> None:
    """After urllib3's retries, the last answer decides the category, with the `requests` library too."""
    retries = urllib3.Retry(
        1, status_forcelist=[429, 503], backoff_factor=0, respect_retry_after_header=False
    )
    pool = urllib3.PoolManager(retries=retries)
    assert classify(raised(lambda: pool.request("GET", f"{server}/503"))).category is Category.SYSTEM
    assert classify(raised(lambda: pool.request("GET", f"{server}/429"))).category is Category.RATE_LIMIT
    assert (
        classify(raised(lambda: pool.request("GET", f"http://127.0.0.1:{closed}"))).category
        is Category.NETWORK
    )
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=retries))
        assert classify(raised(lambda: session.get(f"{server}/503", timeout=5))).category is Category.SYSTEM


@pytest.mark.parametrize(
    ("sqlstate", "category"),
    [
        ("08006", Category.NETWORK),
        ("40P01", Category.SYSTEM),
        ("40001", Category.SYSTEM),
        ("53300", Category.RATE_LIMIT),
        ("53100", Category.SYSTEM),
        ("57P01", Category.SYSTEM),
        ("25006", Category.SYSTEM),
        ("23505", Category.VALIDATION),
        ("22001", Category.VALIDATION),
        ("42P01", Category.VALIDATION),
        ("P0001", Category.UNKNOWN),
    ],
)
def test_databases_are_classified_by_sqlstate(sqlstate: str, category: Category) -> None:
    assert classify(psycopg.errors.lookup(sqlstate)("no")).category is category


def test_a_database_that_is_away(closed: int) -> None:
    address = f"host=127.0.0.1 port={closed} connect_timeout=2"
    assert classify(raised(lambda: psycopg.connect(address))).category is Category.NETWORK


def test_redis(closed: int) -> None:
    away = redis.Redis(port=closed, socket_connect_timeout=2, retry=None)
    assert classify(raised(away.ping)).category is Category.NETWORK
    assert classify(redis.exceptions.ReadOnlyError("no")).category is Category.SYSTEM
    assert classify(redis.exceptions.MasterDownError("no")).category is Category.SYSTEM
    assert classify(redis.exceptions.BusyLoadingError("no")).category is Category.SYSTEM
    assert classify(redis.exceptions.AuthenticationError("no")).category is Category.VALIDATION
    assert classify(redis.exceptions.ResponseError("WRONGTYPE")).category is Category.VALIDATION


def test_the_standard_librarys_clients() -> None:
    assert classify(http.client.IncompleteRead(b"")).category is Category.NETWORK
    assert classify(http.client.InvalidURL("no")).category is Category.VALIDATION
    assert classify(urllib.error.URLError(FileNotFoundError(2, "no"))).category is Category.UNKNOWN


def test_an_image_that_is_none() -> None:
    """Pillow's error for an unreadable image is VALIDATION; other errors about files are UNKNOWN."""
    image_error = type("UnidentifiedImageError", (OSError,), {"__module__": "PIL"})
    assert classify(image_error("cannot identify image file")).category is Category.VALIDATION
    assert classify(raised(lambda: open("/nowhere"))).category is Category.UNKNOWN  # noqa: SIM115
    assert classify(io.UnsupportedOperation("not readable")).category is Category.UNKNOWN


class Unreadable(Exception):
    @property
    def response(self) -> object:
        raise RuntimeError("there was none")


def attributed(**attributes: object) -> Exception:
    error = Exception("no")
    for name, value in attributes.items():
        setattr(error, name, value)
    return error


def a_message(name: str, value: str) -> Message:
    message = Message()
    message[name] = value
    return message


@pytest.mark.parametrize(
    "headers",
    [{"Retry-After": "120"}, {"retry-after": 120}, a_message("RETRY-AFTER", "120")],
    ids=["case", "number", "message"],
)
def test_a_delay_is_read_from_any_headers(headers: Any) -> None:
    assert retry_after(attributed(headers=headers), AT) == 120
    assert retry_after(attributed(response=SimpleNamespace(headers=headers)), AT) == 120


@pytest.mark.parametrize(
    "error",
    [
        Unreadable(),
        attributed(retry_after=10**400),
        attributed(response=SimpleNamespace(headers={"retry-after": object()})),
    ],
    ids=["property", "huge", "no text"],
)
def test_a_delay_that_cannot_be_read_is_none(error: Exception) -> None:
    assert retry_after(error, AT) is None


def test_what_an_error_asks_for_is_honoured_when_it_can_be_read() -> None:
    assert retry_after(RateLimited("later", retry_after=3), AT) == 3
    assert retry_after(ValueError("no"), AT) is None
    group = ExceptionGroup("x", [RateLimited("later", retry_after=3), ValueError("no")])
    nested = ExceptionGroup("x", [group, RateLimited("later", retry_after=5)])
    assert retry_after(nested, AT) == 5
    headers = {"ResponseMetadata": {"HTTPHeaders": {"retry-after": "soon"}}}
    assert retry_after(botocore.exceptions.ClientError(headers, "Get"), AT) is None  # type: ignore[arg-type]
