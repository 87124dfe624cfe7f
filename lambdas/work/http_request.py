"""`http.request`: delivers an HTTP request, as webhooks need.

The answer decides: 2xx is success; 429 is RATE_LIMIT and its Retry-After is honoured; 408 and 425 are
NETWORK; other 4xx, and redirects, which are not followed, are VALIDATION; 5xx is SYSTEM, with
Retry-After too. No answer (DNS, connect, TLS, time) is NETWORK.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import monotonic
from typing import Annotated, Literal
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
from lambdas.work.addresses import resolve
from lambdas.work.connection import BROKEN, connected
from lambdas.work.registry import Payload, WorkContext, kind

MAX_BODY_BYTES = 64 * 1024
# Time to write the result down after the other side has answered at the last moment.
MARGIN_SECONDS = 1.0
# Set by us or by the connection; a payload that sets one of them would break the delivery's meaning.
RESERVED_HEADERS = frozenset({"connection", "content-length", "host", "idempotency-key", "transfer-encoding"})

_DEFAULT_PORTS = {"http": 80, "https": 443}


def _deliverable(url: str) -> str:
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("must be ASCII without spaces: percent-encode its path, and its host as IDNA")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http or https URL with a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not carry credentials; send a header")
    if parts.port == 0:  # reading it raises ValueError when it is no port
        raise ValueError("must not have the port 0")
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


def _host(payload: HttpRequest) -> str:
    """`api.example.com`, with its port unless that is the scheme's own: what fails and recovers as one."""
    url = urlsplit(payload.url)
    host = str(url.hostname)  # in lower case
    return host if url.port in (None, _DEFAULT_PORTS[url.scheme]) else f"{host}:{url.port}"


@kind("http.request", dependency=_host)
def http_request(payload: HttpRequest, context: WorkContext) -> JsonValue:
    """Deliver the request; the result is `{status, headers: {content-type?}, body, truncated}`."""
    timeout = min(payload.timeout_seconds, context.remaining_seconds() - MARGIN_SECONDS)
    if timeout <= 0:
        raise NetworkFailure("no time was left to deliver the request")
    ends = monotonic() + timeout
    content, headers = _content(payload, context)
    url = urlsplit(payload.url)
    assert url.hostname is not None
    addresses = resolve(
        url.hostname,
        url.port or _DEFAULT_PORTS[url.scheme],
        private_allowed=context.may_reach_private_addresses,
    )
    target = url._replace(scheme="", netloc="", fragment="", path=url.path or "/").geturl()
    try:
        with connected(url, addresses, ends) as connection:
            connection.request(payload.method, target, content, headers, preload_content=False)
            answer = connection.getresponse()
            if not 200 <= answer.status < 300:
                raise _refusal(answer)
            received = answer.read(MAX_BODY_BYTES + 1, decode_content=True)
    except BROKEN as error:
        raise NetworkFailure(f"{type(error).__name__}: {error}") from error
    return {
        "status": answer.status,
        "headers": {name: answer.headers[name] for name in ("content-type",) if name in answer.headers},
        "body": received[:MAX_BODY_BYTES].decode(errors="replace"),
        "truncated": len(received) > MAX_BODY_BYTES,
    }


def _content(payload: HttpRequest, context: WorkContext) -> tuple[bytes | None, HTTPHeaderDict]:
    """The bytes to send, and the headers; what the payload sets replaces ours, whatever its case."""
    headers = HTTPHeaderDict({"User-Agent": "faultline", "X-Correlation-Id": context.correlation_id})
    for name, value in payload.headers.items():
        headers[name] = value
    headers["Host"] = urlsplit(payload.url).netloc
    headers["Idempotency-Key"] = context.idempotency_key
    if payload.body is None:
        return None, headers
    if isinstance(payload.body, str):
        return payload.body.encode(), headers
    headers.setdefault("Content-Type", "application/json")
    return strict_json.dumps(payload.body).encode(), headers


def _refusal(answer: BaseHTTPResponse) -> WorkError:
    if 300 <= answer.status < 400:
        target = answer.headers.get("location", "nowhere")
        return InvalidWork(f"answered {answer.status}: redirects to {target}, which is not followed")
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "unknown status"
    return WORK_ERRORS[category_of_status(answer.status)](
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
    except (ValueError, OverflowError):  # the latter from an absurd offset of the zone
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
