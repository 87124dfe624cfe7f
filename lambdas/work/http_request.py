"""Kind of work `http.request`, which sends an HTTP request, such as a webhook.

The status of the response determines the outcome: 2xx is success; 429 is RATE_LIMIT; 408 and 425 are NETWORK;
other 4xx are VALIDATION; 5xx is SYSTEM. Retry-After is honoured with every status that is retried. A missing
response (DNS, connection, TLS, timeout) is NETWORK. Redirects that keep the method and the body are followed
within the same time limit, and their addresses are checked, too; other redirects are VALIDATION. Interim
responses (1xx) are skipped.
"""

from contextlib import suppress
from time import monotonic
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, JsonValue, WithJsonSchema
from urllib3 import BaseHTTPResponse, HTTPHeaderDict

from lambdas.domain import strict_json
from lambdas.domain.errors import InvalidWork, NetworkFailure, UnknownFailure, WorkError
from lambdas.work.http.answers import decoded, error_of_status, refusal
from lambdas.work.http.client import DEFAULT_PORTS, MAX_REDIRECTS, REDIRECTS, Outgoing, deliverable
from lambdas.work.http.connection import BROKEN, Connection, connected
from lambdas.work.http.public_addresses import resolve
from lambdas.work.registry import MAX_DEPENDENCY_LENGTH, Payload, WorkContext, kind

MAX_BODY_BYTES = 64 * 1024
_READ_BYTES = 16 * 1024
MAX_TIMEOUT_SECONDS = 60.0
# Time reserved to record the result if the response arrives at the last moment.
MARGIN_SECONDS = 1.0
# Headers that are set by this kind or by the connection, and not by a payload.
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
    """Payload of `http.request`. A `body` that is a string is sent unchanged, any other value as JSON."""

    method: Annotated[Literal["GET", "POST", "PUT", "PATCH", "DELETE"], Field(description="HTTP method.")] = (
        "POST"
    )
    url: Annotated[
        str,
        Field(
            max_length=2048,
            description="An http or https URL; on AWS its host must have public addresses only.",
        ),
        AfterValidator(deliverable),
    ]
    headers: Annotated[
        dict[str, str],
        Field(default_factory=dict, description="Additional headers."),
        AfterValidator(_settable),
    ]
    # pydantic would describe an arbitrary value by a reference to a definition.
    body: Annotated[JsonValue, WithJsonSchema({"description": "Body of the request."})] = None
    timeout_seconds: Annotated[
        float,
        Field(
            gt=0,
            le=MAX_TIMEOUT_SECONDS,
            strict=True,
            description="Time limit for the connection and the response.",
        ),
    ] = 10.0


def _host(payload: HttpRequest) -> str:
    """Return the dependency: the host, with the port unless it is the scheme's default."""
    url = urlsplit(payload.url)
    host = str(url.hostname)  # in lower case
    name = host if url.port in (None, DEFAULT_PORTS[url.scheme]) else f"{host}:{url.port}"
    return name[-MAX_DEPENDENCY_LENGTH:]  # a longer host is named by its domain


@kind("http.request", dependency=_host, timeout=MAX_TIMEOUT_SECONDS)
def http_request(payload: HttpRequest, context: WorkContext) -> JsonValue:
    """Send the request; the result is `{status, headers: {content-type?}, body, truncated}`."""
    timeout = min(payload.timeout_seconds, context.remaining_seconds() - MARGIN_SECONDS)
    if timeout <= 0:
        # This category does not count against the host's circuit, since it is not the host's fault.
        raise UnknownFailure("no time was left to deliver the request")
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
                "body": answer.body.decode(errors="replace"),
                "truncated": answer.truncated,
            }
        outgoing = outgoing.redirected(answer.status, answer.headers.get("location"))
    raise InvalidWork(f"redirected more than {MAX_REDIRECTS} times, at last to {outgoing.url}", answered=True)


class _Answer(NamedTuple):
    """Response to a request; `body` has at most MAX_BODY_BYTES."""

    status: int
    headers: HTTPHeaderDict
    body: bytes = b""
    truncated: bool = False


def _exchange(outgoing: Outgoing, context: WorkContext, ends: float) -> _Answer:
    """Send a request and read its response.

    A success status is decisive, since the server has accepted the request: if the rest of the response is
    broken, the part that could be read is returned.

    Returns:
        A successful response, or a redirect without its body.

    Raises:
        WorkError: Any other response arrived, or none in time.
    """
    _, host, port = outgoing.origin
    addresses = resolve(host, port, private_allowed=context.may_reach_private_addresses)
    connection: Connection | None = None
    refused: WorkError | None = None
    headers, received = HTTPHeaderDict(), bytearray()
    cut = False
    try:
        with connected(outgoing.parts, addresses, ends) as connection:
            answer = _send(connection, outgoing)
            headers = answer.headers
            if answer.status in REDIRECTS:
                if not connection.headers_cut_off:
                    return _Answer(answer.status, headers)
                refused = NetworkFailure(
                    f"answered {answer.status}, and the connection ended within the headers"
                )
            elif not connection.accepted:
                refused = refusal(answer, connection)
            while not refused and len(received) <= MAX_BODY_BYTES:
                received += (part := answer.read1(_READ_BYTES, decode_content=False))
                if not part:
                    break
    except BROKEN as error:
        if connection is None or connection.status in {0, *REDIRECTS}:
            raise NetworkFailure(f"{type(error).__name__}: {error}") from error
        cut = True
    except Exception:
        # A malformed response may raise anything: a length of 30 digits causes an OverflowError.
        if connection is None or not connection.status:
            raise
        cut = True
    if not connection.accepted:
        raise refused or error_of_status(connection.status)
    # A body without a length ends with the connection, and so looks complete even if it was truncated.
    body, whole = decoded(bytes(received), headers.get("content-encoding"), MAX_BODY_BYTES)
    return _Answer(connection.status, headers, body, truncated=cut or monotonic() >= ends or not whole)


def _send(connection: Connection, outgoing: Outgoing) -> BaseHTTPResponse:
    # A server may respond and close the connection before it has read all of the request.
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.request(
            outgoing.method, outgoing.target, outgoing.content, outgoing.all_headers, preload_content=False
        )
    return connection.getresponse()


def _outgoing(payload: HttpRequest, context: WorkContext) -> Outgoing:
    """Create the request that a payload describes."""
    headers = HTTPHeaderDict({"User-Agent": "faultline", "X-Correlation-Id": context.correlation_id})
    headers["Idempotency-Key"] = context.idempotency_key
    content: bytes | None = None
    if isinstance(payload.body, str):
        content = payload.body.encode()
    elif payload.body is not None:
        headers["Content-Type"] = "application/json"
        content = strict_json.dumps(payload.body).encode()
    if context.sign is not None:
        headers.update(context.sign(content or b""))
    return Outgoing(
        method=payload.method,
        url=payload.url,
        content=content,
        headers=headers,
        private_headers=HTTPHeaderDict(payload.headers),
    )
