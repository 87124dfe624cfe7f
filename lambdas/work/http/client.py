"""Outgoing HTTP requests, including redirected ones.

https://www.rfc-editor.org/rfc/rfc9110#section-15.4
"""

import re
import string
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from urllib3 import HTTPHeaderDict

from lambdas.domain.errors import InvalidWork

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_REDIRECTS = 5
# Statuses of redirects that keep the method and the body, and of those that turn a request into a GET.
_SAME_REQUEST, _GET = frozenset({307, 308}), frozenset({301, 302, 303})
REDIRECTS = _SAME_REQUEST | _GET
# Prefix of the headers that describe the body (https://www.rfc-editor.org/rfc/rfc9110#section-8).
_OF_THE_BODY = "content-"
_TARGET = re.compile(r"[^:/]+://[^/?#]*([^#]*)")


def deliverable(url: str) -> str:
    """Check that a URL has a form that can be requested, and return it unchanged.

    Raises:
        ValueError: The URL cannot be used; the message says why.
    """
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("must be ASCII without spaces: percent-encode its path, and its host as IDNA")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http or https URL with a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not carry credentials; send a header")
    if parts.port == 0:  # raises ValueError if it is not a port
        raise ValueError("must not have the port 0")
    return url


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """An HTTP request.

    Attributes:
        method: HTTP method.
        url: URL, which must have been accepted by `deliverable`.
        content: Body; None if there is none.
        headers: Headers to send to any host.
        private_headers: Headers to send only to the origin in the payload. After a redirect to another
            origin, only those that describe the body are kept.
    """

    method: str
    url: str
    content: bytes | None
    headers: HTTPHeaderDict
    private_headers: HTTPHeaderDict

    @property
    def parts(self) -> SplitResult:
        """The parsed URL."""
        return urlsplit(self.url)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        parts = self.parts
        assert parts.hostname is not None
        return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme]

    @property
    def target(self) -> str:
        """Path and query for the request line, unchanged."""
        found = _TARGET.match(self.url)
        assert found is not None
        return found[1] if found[1].startswith("/") else f"/{found[1]}"

    @property
    def all_headers(self) -> HTTPHeaderDict:
        """All headers to send, with the URL's Host; private headers replace others, ignoring case."""
        sent = self.headers.copy()
        for name, value in self.private_headers.items():
            sent[name] = value
        sent["Host"] = self.parts.netloc
        return sent

    def redirected(self, status: int, location: str | None) -> "Outgoing":
        """Return the request to send to the URL of a redirect.

        Args:
            status: Status of the response.
            location: Its Location header.

        Raises:
            InvalidWork: The redirect has no usable URL, leads from https to http, or would change the method.
        """
        if not location:
            raise InvalidWork(f"answered {status}: the redirect has no location", answered=True)
        answered = f"answered {status}: redirects to {location}"
        try:
            moved = replace(self, url=deliverable(_joined(self.url, location)))
        except ValueError as error:
            raise InvalidWork(f"{answered}, which {error}", answered=True) from error
        if (self.parts.scheme, moved.parts.scheme) == ("https", "http"):
            raise InvalidWork(f"{answered}, which is not encrypted", answered=True)
        if status in _GET and self.method != "GET":
            raise InvalidWork(f"{answered}, where the {self.method} would become a GET", answered=True)
        if moved.origin == self.origin:
            return moved
        of_the_body = {
            name: value
            for name, value in self.private_headers.items()
            if name.lower().startswith(_OF_THE_BODY)
        }
        return replace(moved, private_headers=HTTPHeaderDict(of_the_body))


def _joined(url: str, location: str) -> str:
    """Resolve a Location header against the URL of the request.

    The standard library reads headers as ISO 8859-1, so bytes of UTF-8 in the header are percent-encoded
    first.
    """
    location = quote(location.encode("iso-8859-1", errors="replace"), safe=string.printable)
    return location if urlsplit(location).netloc and "://" in location else urljoin(url, location)
