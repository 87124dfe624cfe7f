"""Where functions reach the sandbox's AWS: a port of their own, with a thread for each connection.

LocalStack's web server reads all requests in one thread and answers them in others, so that each waits for
its turn four times. Functions keep their connections and make many small calls; here such a call stays in
the thread of its connection. The calls themselves go through the same gateway as everybody's.
"""

# LocalStack, rolo and werkzeug are typed in part only.
# mypy: disable-error-code="no-untyped-call"

import threading
from contextlib import closing
from functools import cache
from typing import Any
from urllib.parse import unquote

from localstack.http import Request, Response
from localstack.runtime import get_current_runtime
from werkzeug.datastructures import Headers

from sandbox.services.lambda_.executor import connections


def endpoint_url() -> str:
    """The endpoint's URL; it is opened when this is called first, and is there as long as LocalStack is."""
    with _opening:
        return _open()


_opening = threading.Lock()


@cache
def _open() -> str:
    server = connections.Server(_Connection)
    connections.serve(server, "functions-endpoint")
    return f"http://{server.address}"


def gateway(_request: Request) -> Any:
    """The gateway for a request: everybody's. `sandbox.speed.requests` has a shorter one."""
    return get_current_runtime().components.gateway


class _Connection(connections.Connection):
    server: Any

    def answer(self, request: connections.Request) -> bool:
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
        gateway(given).process(given, response)
        with closing(response):
            headers, parts = response.get_wsgi_headers(given.environ), response.get_app_iter(given.environ)
            self.reply(request, response.status_code, headers, parts)
        return True
