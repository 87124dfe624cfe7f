"""`http.request`: delivers an HTTP request, as webhooks need.

The answer decides: 2xx is success; 429 is RATE_LIMIT and its Retry-After is honoured; 408 and 425 are
NETWORK; other 4xx, and redirects, which are not followed, are VALIDATION; 5xx is SYSTEM, with
Retry-After too. No answer (DNS, connect, TLS, time) is NETWORK.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, JsonValue
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError

from lambdas.domain import strict_json
from lambdas.domain.errors import (
    Category,
    InvalidWork,
    NetworkFailure,
    RateLimited,
    SystemFailure,
    UnknownFailure,
    WorkError,
    category_of_status,
)
from lambdas.work.addresses import resolve
from lambdas.work.registry import Payload, WorkContext, kind

MAX_BODY_BYTES = 64 * 1024
# Time to write the result down after the other side has answered at the last moment.
MARGIN_SECONDS = 1.0
# Set by us or by the connection; a payload that sets one of them would break the delivery's meaning.
RESERVED_HEADERS = frozenset({"connection", "content-length", "host", "idempotency-key", "transfer-encoding"})


def _deliverable(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http or https URL with a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not carry credentials; send a header")
    _ = parts.port  # raises ValueError when it is no port
    return url


def _settable(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if name.lower() in RESERVED_HEADERS:
            raise ValueError(f"{name} cannot be set")
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise ValueError(f"{name!r} is not a header's name")
        if not value.isprintable() or not value.isascii():
            raise ValueError(f"the value of {name} must be printable ASCII")
    return headers


class HttpRequest(Payload):
    """A request to deliver. A `body` that is a string is sent as it is, any other as JSON."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: Annotated[str, Field(max_length=2048), AfterValidator(_deliverable)]
    headers: Annotated[dict[str, str], Field(default_factory=dict), AfterValidator(_settable)]
    body: JsonValue = None
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0


@kind("http.request")
def http_request(payload: HttpRequest, context: WorkContext) -> JsonValue:
    """Deliver the request; the result is `{status, headers: {content-type?}, body, truncated}`."""
    timeout = min(payload.timeout_seconds, context.remaining_seconds() - MARGIN_SECONDS)
    if timeout <= 0:
        raise NetworkFailure("no time was left to deliver the request")
    content, headers = _content(payload, context)
    url = urlsplit(payload.url)
    try:
        with _pool(url, timeout, context) as pool:
            answer = pool.urlopen(
                payload.method,
                url._replace(scheme="", netloc="", fragment="", path=url.path or "/").geturl(),
                body=content,
                headers=headers,
                redirect=False,
                retries=False,
                preload_content=False,
                assert_same_host=False,
            )
            received = answer.read(MAX_BODY_BYTES + 1, decode_content=True)
            answer.release_conn()
    except HTTPError as error:
        raise NetworkFailure(f"{type(error).__name__}: {error}") from error
    if 200 <= answer.status < 300:
        return {
            "status": answer.status,
            "headers": {name: answer.headers[name] for name in ("content-type",) if name in answer.headers},
            "body": received[:MAX_BODY_BYTES].decode(errors="replace"),
            "truncated": len(received) > MAX_BODY_BYTES,
        }
    raise _refusal(answer)


def _content(payload: HttpRequest, context: WorkContext) -> tuple[bytes | None, dict[str, str]]:
    headers = {
        "User-Agent": "faultline",
        "X-Correlation-Id": context.correlation_id,
        **payload.headers,
        "Host": urlsplit(payload.url).netloc,
        "Idempotency-Key": context.idempotency_key,
    }
    if payload.body is None:
        return None, headers
    if isinstance(payload.body, str):
        return payload.body.encode(), headers
    if "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/json"
    return strict_json.dumps(payload.body).encode(), headers


def _pool(url: SplitResult, timeout: float, context: WorkContext) -> HTTPConnectionPool:
    """Connect to the address that was checked, under the name that was asked for."""
    assert url.hostname is not None
    address = resolve(
        url.hostname,
        url.port or (443 if url.scheme == "https" else 80),
        private_allowed=context.may_reach_private_addresses,
    )
    limits = Timeout(total=timeout)
    if url.scheme == "http":
        return HTTPConnectionPool(address.host, address.port, timeout=limits)
    return HTTPSConnectionPool(
        address.host,
        address.port,
        timeout=limits,
        server_hostname=url.hostname,
        assert_hostname=url.hostname,
    )


_REFUSALS: Mapping[Category, type[WorkError]] = {
    Category.VALIDATION: InvalidWork,
    Category.NETWORK: NetworkFailure,
    Category.RATE_LIMIT: RateLimited,
    Category.SYSTEM: SystemFailure,
    Category.UNKNOWN: UnknownFailure,
}


def _refusal(answer: BaseHTTPResponse) -> WorkError:
    if 300 <= answer.status < 400:
        target = answer.headers.get("location", "nowhere")
        return InvalidWork(f"answered {answer.status}: redirects to {target}, which is not followed")
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "unknown status"
    return _REFUSALS[category_of_status(answer.status)](
        f"answered {answer.status} {phrase}",
        retry_after=retry_after_seconds(answer.headers.get("retry-after"), datetime.now(UTC)),
    )


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After asks for: a number or an HTTP date (RFC 9110, section 10.2.3).

    None when there is none, or one that is not understood.
    """
    if header is None:
        return None
    if header.strip().isdigit() and header.isascii():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
