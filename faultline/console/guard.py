"""Access control of the console's server, which admits only browsers that have the printed address.

The server listens on 127.0.0.1, but web pages of other origins can send requests there, too, and can become
the same origin through a name that resolves to 127.0.0.1 (DNS rebinding). Every request and WebSocket must
therefore name this server as host and origin, and carry a cookie, which is issued in exchange for the token
in the printed address: https://owasp.org/www-community/attacks/DNS_Rebinding
"""

import hmac
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]
"""ASGI application: https://asgi.readthedocs.io/en/latest/specs/main.html"""

TOKEN = "token"  # noqa: S105 # the name of the parameter

# NiceGUI compiles its templates in the browser, and needs inline styles and scripts. The browser refuses
# anything else, such as resources from another host or a frame around the console.
_HEADERS = {
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

_WELCOME = b"""<!doctype html><html lang="en"><title>Faultline</title>
<meta http-equiv="refresh" content="0;url=/"><p><a href="/">Open the console</a></p></html>"""
_LOCKED = b"""<!doctype html><html lang="en"><title>Faultline</title><h1>This console is locked</h1>
<p>Open the address that <code>faultline console</code> has printed, with its token.</p></html>"""


@dataclass(frozen=True, kw_only=True)
class Access:
    """Secrets that give a browser access to the console on a port.

    Attributes:
        token: Token in the printed address, which is exchanged for the cookie.
        cookie: Value of the cookie.
    """

    port: int
    token: str = field(default_factory=token_urlsafe, repr=False)
    cookie: str = field(default_factory=token_urlsafe, repr=False)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Values that requests may have in their Host header."""
        return (f"127.0.0.1:{self.port}", f"localhost:{self.port}")

    @property
    def cookie_name(self) -> str:
        """Name of the cookie, which includes the port, since all ports of a host share their cookies."""
        return f"faultline_console_{self.port}"

    @property
    def path(self) -> str:
        """Path of the printed address, with the token."""
        return f"/?{TOKEN}={self.token}"

    @property
    def address(self) -> str:
        """Address to open in the browser, with the token."""
        return f"http://127.0.0.1:{self.port}{self.path}"


class Guard:
    """ASGI middleware that rejects requests without access.

    Args:
        app: The application to protect.
        access: Secrets that a browser must present.
    """

    def __init__(self, app: App, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request with the cookie, exchange a token for the cookie, or reject the request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if headers.get("host") not in self._access.hosts:
            await _refuse(scope, send, 421, b"Unknown host name for this console.\n")
        elif not self._is_of_own_origin(scope, headers):
            await _refuse(scope, send, 403, b"Pages of other origins may not call this console.\n")
        elif scope["type"] == "http" and self._has_token(scope):  # first, so that it leaves the address bar
            await _answer(send, 200, _WELCOME, [("set-cookie", self._cookie())])
        elif self._has_cookie(headers):
            await self._app(scope, receive, _with_headers(send))
        else:
            await _refuse(scope, send, 401, _LOCKED)

    def _is_of_own_origin(self, scope: Scope, headers: dict[str, str]) -> bool:
        origin = headers.get("origin")
        if origin is None:  # browsers send it with every WebSocket and every POST
            return scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        return origin == f"http://{headers['host']}"

    def _has_cookie(self, headers: dict[str, str]) -> bool:
        # Other programs at ports of 127.0.0.1 set cookies, too, at which http.cookies stops reading.
        pairs = (each.strip().partition("=") for each in headers.get("cookie", "").split(";"))
        wanted = self._access.cookie_name
        return any(name == wanted and _same(value, self._access.cookie) for name, _, value in pairs)

    def _has_token(self, scope: Scope) -> bool:
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get(TOKEN, [])
        return any(_same(token, self._access.token) for token in tokens)

    def _cookie(self) -> str:
        return f"{self._access.cookie_name}={self._access.cookie}; Path=/; HttpOnly; SameSite=Strict"


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *_encoded(_HEADERS.items())]
        await send(message)

    return sending


async def _refuse(scope: Scope, send: Send, status: int, body: bytes) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # becomes a 403 before the handshake
    else:
        await _answer(send, status, body, [])


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[str, str]]) -> None:
    kind = "text/html" if body.startswith(b"<") else "text/plain"
    all_headers = [
        ("content-type", f"{kind}; charset=utf-8"),
        ("content-length", str(len(body))),
        ("cache-control", "no-store"),
        *_HEADERS.items(),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": [*_encoded(all_headers)]})
    await send({"type": "http.response.body", "body": body})


def _encoded(headers: Any) -> Iterator[tuple[bytes, bytes]]:
    for name, value in headers:
        yield name.encode("latin-1"), value.encode("latin-1")
