"""Outgoing requests, and where redirects lead them.

Redirects: https://www.rfc-editor.org/rfc/rfc9110#section-15.4
"""

from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urljoin, urlsplit

from urllib3 import HTTPHeaderDict

from lambdas.domain.errors import InvalidWork

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_REDIRECTS = 5
# Statuses of redirects that keep the method and the body, and of those that turn a request into a GET.
_SAME_REQUEST, _GET = frozenset({307, 308}), frozenset({301, 302, 303})
REDIRECTS = _SAME_REQUEST | _GET


def deliverable(url: str) -> str:
    """Return a URL if requests can be sent to it, judged by its form.

    Raises:
        ValueError: They cannot; the text says why.
    """
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


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A request to one URL.

    Attributes:
        method: The method.
        url: The URL.
        content: The body; None when there is none.
        headers: Headers for any host.
        private_headers: Headers for the host that the payload names, and for no other.
    """

    method: str
    url: SplitResult
    content: bytes | None
    headers: HTTPHeaderDict
    private_headers: HTTPHeaderDict

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        assert self.url.hostname is not None
        return self.url.scheme, self.url.hostname, self.url.port or DEFAULT_PORTS[self.url.scheme]

    @property
    def target(self) -> str:
        """Path and query as in the request line."""
        return self.url._replace(scheme="", netloc="", fragment="", path=self.url.path or "/").geturl()

    @property
    def all_headers(self) -> HTTPHeaderDict:
        """All headers to send; a private header replaces another one of the same name in any case."""
        sent = self.headers.copy()
        for name, value in self.private_headers.items():
            sent[name] = value
        sent["Host"] = self.url.netloc
        return sent

    def redirected(self, status: int, location: str | None) -> "Outgoing":
        """Return the same request to the URL of a redirect.

        Args:
            status: Status of the answer.
            location: Its Location header.

        Raises:
            InvalidWork: There is no such URL, it is not safe, or the request would change.
        """
        if not location:
            raise InvalidWork(f"answered {status}: redirects to nowhere")
        answered = f"answered {status}: redirects to {location}"
        try:
            url = urlsplit(deliverable(urljoin(self.url.geturl(), location)))
        except ValueError as error:
            raise InvalidWork(f"{answered}, which {error}") from error
        if (self.url.scheme, url.scheme) == ("https", "http"):
            raise InvalidWork(f"{answered}, which is not encrypted")
        if status in _GET and self.method != "GET":
            raise InvalidWork(f"{answered}, where the {self.method} would become a GET")
        moved = replace(self, url=url)
        return moved if moved.origin == self.origin else replace(moved, private_headers=HTTPHeaderDict())
