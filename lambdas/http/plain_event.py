"""Normalization of API Gateway events."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote


def plain(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event with lower-case header names and media type, and with a decoded path and body.

    Null headers are omitted. Bytes that are not UTF-8 become lone surrogates, which `strict_json` rejects.
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
    """Return a path with its percent-encoding normalized.

    Clients may encode characters needlessly, such as the colon of an id; these are decoded. Characters that
    occur in no path of the API stay encoded, since Powertools also matches a path with a line feed after it.
    """
    return quote(unquote(path).encode(errors="surrogatepass"), safe="/:")


def _text(event: Mapping[str, Any]) -> str | None:
    body: str | None = event.get("body")
    if not body or not event.get("isBase64Encoded"):
        return body
    try:
        return b64decode(body, validate=True).decode(errors="surrogateescape")
    except ValueError:
        return body  # The body is not JSON, and is rejected later for that reason.
