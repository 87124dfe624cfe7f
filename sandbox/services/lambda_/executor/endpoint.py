"""The endpoint at which functions call AWS: a port of its own, with a thread per connection.

LocalStack's web server reads all requests in one thread and answers them in others, so each request waits for
four thread switches. Functions keep their connections and make many small calls; here a call stays in its
connection's thread. A call passes through the same gateway as all other requests.
"""

import threading
from collections.abc import Callable
from contextlib import closing
from functools import cache
from typing import Any
from urllib.parse import unquote

from localstack.http import Request, Response
from localstack.runtime import get_current_runtime
from werkzeug.datastructures import Headers

from sandbox.services.lambda_.executor import connections


def endpoint_url() -> str:
    """Return the endpoint's URL. The first call opens the endpoint for as long as LocalStack runs."""
    with _opening:
        return _open()


_opening = threading.Lock()


@cache
def _open() -> str:
    server = connections.Server(_Connection)
    connections.serve(server, "functions-endpoint")
    return f"http://{server.address}"


type Selector = Callable[[Request, Any], Any]
"""Returns the gateway for a request, given LocalStack's own."""

_select: Selector = lambda _request, gateway: gateway  # noqa: E731


def select_gateway_with(select: Selector) -> None:
    """Let `select` choose the gateway for each request (`sandbox.speed.requests`)."""
    global _select
    _select = select


class _Connection(connections.Connection):
    server: Any

    def answer(self, request: connections.Request) -> bool:
        """Pass a request through the gateway and send its response; the connection may be kept."""
        path, _, query = request.target.partition("?")
        given = Request(
            request.method,
            path=unquote(path),
            headers=Headers(request.headers),
            body=request.body,
            query_string=query,
            remote_addr=self.client_address[0],
            server=self.server.server_address,
            raw_path=path,
        )
        given.environ["werkzeug.socket"] = self.request  # where werkzeug's own server has it
        response = Response()
        _select(given, get_current_runtime().components.gateway).process(given, response)
        with closing(response):
            headers, parts = response.get_wsgi_headers(given.environ), response.get_app_iter(given.environ)
            self.reply(request, response.status_code, headers, parts)
        return True
