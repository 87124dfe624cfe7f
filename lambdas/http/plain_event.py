"""Events of API Gateway normalized, regardless of the client's encoding and spelling of headers."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote


def plain(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event with lower-case header names and media type, and with path and body as text.

    Headers that are null are omitted. Bytes that are not UTF-8 become lone surrogates, which `strict_json`
    rejects.
    """
    several = {name.lower(): values[-1] for name, values in (event.get("multiValueHeaders") or {}).items()}
    single = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    headers = {name: value for name, value in {**several, **single}.items() if value is not None}
    media_type, semicolon, parameters = headers.get("content-type", "").partition(";")
    if media_type:
        headers["content-type"] = media_type.strip().lower() + semicolon + parameters
    return {
        **event,
        "path": _path(event["path"]),
        "headers": headers,
        "body": _text(event),
        "isBase64Encoded": False,
    }


def _path(path: str) -> str:
    """Return a path in which exactly the characters that none of our paths contain are percent-encoded.

    A client may encode characters that need not be encoded, such as the colon of an id. Others must stay
    encoded: Powertools finds a route even if a line feed follows it.
    """
    return quote(unquote(path).encode(errors="surrogatepass"), safe="/:")


def _text(event: Mapping[str, Any]) -> str | None:
    body: str | None = event.get("body")
    if not body or not event.get("isBase64Encoded"):
        return body
    try:
        return b64decode(body, validate=True).decode(errors="surrogateescape")
    except ValueError:
        return body  # It is not JSON, and is rejected as such.
