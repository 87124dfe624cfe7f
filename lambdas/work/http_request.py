"""`http.request`: delivers an HTTP request, as webhooks need.

The status of the answer decides: 2xx is success; 429 is RATE_LIMIT, and its Retry-After is honoured; 408 and
425 are NETWORK; other 4xx are VALIDATION; 5xx is SYSTEM, also with Retry-After. No answer (DNS, connect, TLS,
timeout) is NETWORK. Redirects that keep the request as it is are followed within the same time, and their
addresses are checked like the first one; other redirects are VALIDATION.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import monotonic
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, JsonValue
from urllib3 import BaseHTTPResponse, HTTPHeaderDict

from lambdas.domain import strict_json
from lambdas.domain.errors import (
    WORK_ERRORS,
    InvalidWork,
    NetworkFailure,
    WorkError,
    category_of_status,
)
from lambdas.work.http.client import DEFAULT_PORTS, MAX_REDIRECTS, REDIRECTS, Outgoing, deliverable
from lambdas.work.http.connection import BROKEN, connected
from lambdas.work.http.public_addresses import resolve
from lambdas.work.registry import Payload, WorkContext, kind

MAX_BODY_BYTES = 64 * 1024
# Time to record the result when the answer comes at the last moment.
MARGIN_SECONDS = 1.0
# Headers that are set by this kind or by the connection; a payload must not change them.
RESERVED_HEADERS = frozenset({"connection", "content-length", "host", "idempotency-key", "transfer-encoding"})


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
    """A request to deliver. A `body` that is a string is sent unchanged, any other value as JSON."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: Annotated[str, Field(max_length=2048), AfterValidator(deliverable)]
    headers: Annotated[dict[str, str], Field(default_factory=dict), AfterValidator(_settable)]
    body: JsonValue = None
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0


def _host(payload: HttpRequest) -> str:
    """Return the dependency: the host, such as `api.example.com`, with its port if it is not the default."""
    url = urlsplit(payload.url)
    host = str(url.hostname)  # in lower case
    return host if url.port in (None, DEFAULT_PORTS[url.scheme]) else f"{host}:{url.port}"


@kind("http.request", dependency=_host)
def http_request(payload: HttpRequest, context: WorkContext) -> JsonValue:
    """Deliver the request; the result is `{status, headers: {content-type?}, body, truncated}`."""
    timeout = min(payload.timeout_seconds, context.remaining_seconds() - MARGIN_SECONDS)
    if timeout <= 0:
        raise NetworkFailure("no time was left to deliver the request")
    ends = monotonic() + timeout
    outgoing = _outgoing(payload, context)
    for _ in range(1 + MAX_REDIRECTS):
        answer = _exchange(outgoing, context, ends)
        if answer.status not in REDIRECTS:
            return {
                "status": answer.status,
                "headers": {
                    name: answer.headers[name] for name in ("content-type",) if name in answer.headers
                },
                "body": answer.body[:MAX_BODY_BYTES].decode(errors="replace"),
                "truncated": len(answer.body) > MAX_BODY_BYTES,
            }
        outgoing = outgoing.redirected(answer.status, answer.headers.get("location"))
    raise InvalidWork(f"redirected more than {MAX_REDIRECTS} times, at last to {outgoing.url.geturl()}")


class _Answer(NamedTuple):
    """Answer to a request; `body` has MAX_BODY_BYTES and one more if it was longer."""

    status: int
    headers: HTTPHeaderDict
    body: bytes


def _exchange(outgoing: Outgoing, context: WorkContext, ends: float) -> _Answer:
    """Send a request and read its answer.

    Returns:
        An answer of success, or a redirect without its body.

    Raises:
        WorkError: Any other answer, or none in time.
    """
    _, host, port = outgoing.origin
    addresses = resolve(host, port, private_allowed=context.may_reach_private_addresses)
    try:
        with connected(outgoing.url, addresses, ends) as connection:
            connection.request(
                outgoing.method,
                outgoing.target,
                outgoing.content,
                outgoing.all_headers,
                preload_content=False,
            )
            answer = connection.getresponse()
            if answer.status in REDIRECTS:
                return _Answer(answer.status, answer.headers, b"")
            if not 200 <= answer.status < 300:
                raise _refusal(answer)
            received = answer.read(MAX_BODY_BYTES + 1, decode_content=True)
            return _Answer(answer.status, answer.headers, received)
    except BROKEN as error:
        raise NetworkFailure(f"{type(error).__name__}: {error}") from error


def _outgoing(payload: HttpRequest, context: WorkContext) -> Outgoing:
    """Return the request for the host in the payload."""
    headers = HTTPHeaderDict({"User-Agent": "faultline", "X-Correlation-Id": context.correlation_id})
    headers["Idempotency-Key"] = context.idempotency_key
    content: bytes | None = None
    if isinstance(payload.body, str):
        content = payload.body.encode()
    elif payload.body is not None:
        headers["Content-Type"] = "application/json"
        content = strict_json.dumps(payload.body).encode()
    return Outgoing(
        method=payload.method,
        url=urlsplit(payload.url),
        content=content,
        headers=headers,
        private_headers=HTTPHeaderDict(payload.headers),
    )


def _refusal(answer: BaseHTTPResponse) -> WorkError:
    if 300 <= answer.status < 400:
        return InvalidWork(f"answered {answer.status}, which is neither an answer nor a redirect")
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "unknown status"
    return WORK_ERRORS[category_of_status(answer.status)](
        f"answered {answer.status} {phrase}",
        retry_after=retry_after_seconds(answer.headers.get("retry-after"), datetime.now(UTC)),
    )


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Parse a Retry-After header, a number or an HTTP date (RFC 9110, section 10.2.3).

    Returns:
        The seconds to wait; None when there is no header or it cannot be parsed.
    """
    if header is None:
        return None
    if header.strip().isdigit() and header.isascii():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):  # the latter from an absurd offset of the zone
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
