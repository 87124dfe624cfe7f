"""Interpretation of HTTP responses: their errors and bodies."""

import zlib
from datetime import UTC, datetime
from http import HTTPStatus

from urllib3 import BaseHTTPResponse

from lambdas.domain.category import category_of_status
from lambdas.domain.errors import WORK_ERRORS, InvalidWork, WorkError
from lambdas.domain.masking import masked_text
from lambdas.domain.retry_after import retry_after_seconds
from lambdas.work.http.connection import BROKEN, Connection

EXCERPT_CHARACTERS = 500
# Time to wait for the body of an error response, whose status has already decided the outcome.
EXCERPT_SECONDS = 1.0
_EXCERPT_BYTES = 4096


def refusal(answer: BaseHTTPResponse, connection: Connection) -> WorkError:
    """Return the error for an unsuccessful response, with the masked start of its body."""
    if 300 <= answer.status < 400:
        return InvalidWork(
            f"answered {answer.status}, which is neither a final response nor a redirect", answered=True
        )
    retry_after = None if connection.headers_cut_off else answer.headers.get("retry-after")
    return error_of_status(
        answer.status,
        _excerpt(answer, connection),
        retry_after_seconds(retry_after, datetime.now(UTC)),
    )


def error_of_status(status: int, detail: str = "", retry_after: float | None = None) -> WorkError:
    """Return the error for an HTTP status.

    Args:
        status: A status that is neither a success nor a redirect.
        detail: Further information about the failure; empty if there is none.
        retry_after: Seconds to wait before the next attempt; None if the server requested no delay.
    """
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "unknown status"
    message = f"answered {status} {phrase}" + (f": {detail}" if detail else "")
    return WORK_ERRORS[category_of_status(status)](message, retry_after=retry_after, answered=True)


def decoded(body: bytes, encoding: str | None, limit: int) -> tuple[bytes, bool]:
    """Decompress a body.

    Args:
        body: The body as it was received, possibly truncated.
        encoding: Its Content-Encoding, if any. Some servers compress even though requests do not ask for it.
        limit: Maximum number of bytes to return.

    Returns:
        The decompressed body, or the given one if it does not match its encoding, and whether it is complete.
    """
    if encoding is not None and encoding.strip().lower() in ("gzip", "x-gzip", "deflate"):
        try:
            # gzip and zlib are distinguished by the header
            # (https://docs.python.org/3/library/zlib.html#zlib.decompress).
            unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
            found = unpacking.decompress(body, limit + 1)
            return found[:limit], unpacking.eof and len(found) <= limit
        except zlib.error:
            pass
    return body[:limit], len(body) <= limit


def _excerpt(answer: BaseHTTPResponse, connection: Connection) -> str:
    """Return the start of an error response's body as one line, read once within EXCERPT_SECONDS."""
    connection.wait_at_most(EXCERPT_SECONDS)
    try:
        body = answer.read1(_EXCERPT_BYTES, decode_content=False)
    except BROKEN:
        return ""
    text, _ = decoded(body, answer.headers.get("content-encoding"), _EXCERPT_BYTES)
    line = " ".join(masked_text(text.decode(errors="replace")).split())
    return line if len(line) <= EXCERPT_CHARACTERS else f"{line[:EXCERPT_CHARACTERS]}..."
