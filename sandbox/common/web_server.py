"""LocalStack's web server: HTTP and HTTPS on one port, with a thread per connection.

LocalStack's own, Twisted, reads all requests in one thread and answers them in others, so each request waits
for four switches between threads. It takes 12 MB, listens on all addresses, refuses bodies that it takes for
bad forms, and ends a second after it was told to. This one speaks HTTP/1.1 alone, as clients of AWS do.

A request passes through LocalStack's gateway in its connection's thread.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import closing
from functools import cached_property
from typing import Any, override
from urllib.parse import unquote_to_bytes

from localstack import config
from localstack.http import Request, Response
from localstack.runtime.server.core import RuntimeServer, RuntimeServerPlugin
from localstack.utils.ssl import create_ssl_cert, install_predefined_cert_if_available
from rolo.gateway import Gateway
from werkzeug.datastructures import Headers

from sandbox.common import connections

SHUTDOWN_SECONDS = 10.0
"""For requests that are being answered when LocalStack ends, as in its own server."""

_TLS_HANDSHAKE = b"\x16"
"""The first byte of a connection with TLS: https://datatracker.ietf.org/doc/html/rfc8446#section-5.1"""

type Selector = Callable[[Request, Any], Any]
"""Returns the gateway for a request, given LocalStack's own."""

_select: Selector = lambda _request, gateway: gateway  # noqa: E731


def select_gateway_with(select: Selector) -> None:
    """Let `select` choose the gateway for each request (`sandbox.speed.requests`)."""
    global _select
    _select = select


class Plugin(RuntimeServerPlugin):
    """The entry point by which LocalStack finds the server: `GATEWAY_SERVER=faultline` selects it."""

    name = "faultline"

    @override
    def load(self, *args: Any, **kwargs: Any) -> RuntimeServer:
        return WebServer()


class WebServer(RuntimeServer):
    """Serves each address of GATEWAY_LISTEN from `register` to `shutdown`, which may come before `run`."""

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

        The certificate is LocalStack's own, whatever `ssl_creds` are, and created when it is first needed.

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
        """Accept no more connections, and wait until requests are answered, at most SHUTDOWN_SECONDS."""
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
        """Return LocalStack's certificate and key, which the first caller creates in 0.2 s."""
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
        if not target.startswith("/"):  # a client that takes this for a proxy sends whole URLs
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
        _select(given, self.server.gateway).process(given, response)
        with closing(response):
            headers, parts = response.get_wsgi_headers(given.environ), response.get_app_iter(given.environ)
            self.reply(request, response.status_code, headers, parts)
