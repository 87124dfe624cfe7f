"""LocalStack's web server: HTTP and HTTPS on one port, with a thread per connection.

A request passes through LocalStack's gateway in the thread of its connection. The server speaks HTTP/1.1
only, which is what clients of AWS speak.

It replaces LocalStack's own server, on Twisted, which reads all requests in one thread and answers them in
others, so that each request waits for four switches between threads. That server also takes 12 MB more
memory, listens on all addresses, refuses bodies that it mistakes for malformed forms, and needs a second to
end.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import closing
from functools import cached_property
from http import HTTPStatus
from typing import Any, override
from urllib.parse import unquote_to_bytes

from localstack import config
from localstack.http import Request, Response
from localstack.runtime.server.core import RuntimeServer, RuntimeServerPlugin
from localstack.utils.ssl import create_ssl_cert, install_predefined_cert_if_available
from rolo.gateway import Gateway
from werkzeug.datastructures import Headers

from sandbox.common import connections

SHUTDOWN_SECONDS = 2.0
"""Time for the requests that are being answered when LocalStack ends. Its services have stopped by then.

LocalStack's own server allows 10 s, after which Docker kills a container.
"""

MAX_TARGET_LENGTH = 16 * 1024
"""Maximum length of a path and query, as in LocalStack's own server.

The time in which LocalStack looks for a path's route grows with the square of its length, and nothing else
runs meanwhile: 3 s for this length, minutes for 200 kB.
"""

_TLS_HANDSHAKE = b"\x16"
"""The first byte of a connection with TLS: https://datatracker.ietf.org/doc/html/rfc8446#section-5.1"""

type Selector = Callable[[Request, Any], Any]
"""A function that returns the gateway for a request, given the request and LocalStack's own gateway."""

_select: Selector = lambda _request, gateway: gateway  # noqa: E731


def select_gateway_with(select: Selector) -> None:
    """Let `select` choose the gateway for each request (`sandbox.speed.requests`)."""
    global _select
    _select = select


class Plugin(RuntimeServerPlugin):
    """The server's entry point in LocalStack, which the setting `GATEWAY_SERVER=faultline` selects."""

    name = "faultline"

    @override
    def load(self, *args: Any, **kwargs: Any) -> RuntimeServer:
        return WebServer()


class WebServer(RuntimeServer):
    """A server on each address of GATEWAY_LISTEN, from `register` to `shutdown`.

    `shutdown` may be called before `run`, which then returns at once.
    """

    def __init__(self) -> None:
        self._servers: list[_Server] = []
        self._ended = threading.Event()

    @override
    def register(
        self,
        gateway: Gateway,
        listen: list[config.HostAndPort],
        ssl_creds: tuple[str, str] | None = None,
    ) -> None:
        """Open the ports and serve them.

        `ssl_creds` is ignored: LocalStack's certificate is created when a client first uses TLS.

        Raises:
            OSError: A port cannot be opened.
        """
        for each in listen:
            server = _Server(gateway, each.host, each.port)
            server.start("web-server")
            self._servers.append(server)

    @property
    def ports(self) -> list[int]:
        """The ports that it listens on."""
        return [server.port for server in self._servers]

    @override
    def run(self) -> None:
        self._ended.wait()

    @override
    def shutdown(self) -> None:
        """Accept no more connections, and wait up to SHUTDOWN_SECONDS for requests in progress."""
        for server in self._servers:
            server.end()
            server.wait_for_answers(SHUTDOWN_SECONDS)
        self._ended.set()


class _Server(connections.Server):
    def __init__(self, gateway: Gateway, host: str, port: int) -> None:
        if config.is_ipv6_address(host):
            self.address_family = socket.AF_INET6
        super().__init__(_Connection, host, port)
        self.gateway = gateway
        self._answering = 0
        self._answered = threading.Condition()
        self._first = threading.Lock()

    def tls(self) -> ssl.SSLContext:
        """Return a context with LocalStack's certificate and key, which the first call creates in 0.2 s."""
        with self._first:
            return self._tls

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        install_predefined_cert_if_available()
        _, certificate, key = create_ssl_cert(serial_number=self.port)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.set_alpn_protocols(["http/1.1"])
        return context

    def wait_for_answers(self, seconds: float) -> None:
        with self._answered:
            self._answered.wait_for(lambda: not self._answering, seconds)

    def count(self, change: int) -> None:
        with self._answered:
            self._answering += change
            if not self._answering:
                self._answered.notify_all()


class _Connection(connections.Connection):
    server: _Server
    scheme = "http"

    @override
    def handle(self) -> None:
        if self.request.recv(1, socket.MSG_PEEK) != _TLS_HANDSHAKE:
            return super().handle()
        self.scheme = "https"
        with self.server.tls().wrap_socket(self.request, server_side=True) as self.request:
            return super().handle()

    @override
    def answer(self, request: connections.Request) -> bool:
        """Pass a request through the gateway and send its response; the connection may be kept."""
        self.server.count(+1)
        try:
            self._answer(request)
        finally:
            self.server.count(-1)
        return True

    def _answer(self, request: connections.Request) -> None:
        target = request.target
        if len(target) > MAX_TARGET_LENGTH:
            self.refuse(request, HTTPStatus.URI_TOO_LONG)
            return
        if not target.startswith("/"):  # a client that uses this as a proxy sends whole URLs
            target = "/" + target.partition("://")[2].partition("/")[2]
        path, _, query = target.partition("?")
        given = Request(
            request.method,
            path=unquote_to_bytes(path.encode("latin-1")).decode(errors="replace"),
            headers=Headers(request.headers),
            body=request.body,
            scheme=self.scheme,
            query_string=query,
            remote_addr=self.client_address[0],
            server=self.server.server_address[:2],
            raw_path=path,
        )
        given.environ["werkzeug.socket"] = self.request  # where werkzeug's own server has it
        response = Response()
        # LocalStack keeps requests until garbage is collected, which is seldom, and a body may be large.
        with closing(given.environ["wsgi.input"]), closing(response):
            _select(given, self.server.gateway).process(given, response)
            headers, parts = response.get_wsgi_headers(given.environ), response.get_app_iter(given.environ)
            self.reply(request, response.status_code, headers, parts)
