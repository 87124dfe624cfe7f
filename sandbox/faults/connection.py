"""Dropping a request's connection without a response, as a failing network does.

LocalStack's web server hands requests to its threads without their connections, so each request gets a
reference to its own. The server for functions (sandbox.services.lambda_.executor.endpoint) handles a request
in its connection's thread.
"""

import os
import socket
import struct
from collections.abc import Callable
from typing import Any

from localstack.utils.patch import Patch

_CONNECTION = "faultline.connection"
_SOCKET = "werkzeug.socket"


def keep_connections() -> None:
    """Give each request a reference to its connection."""
    from rolo.serving import twisted

    Patch.function(twisted.update_wsgi_environment, _describe).apply()


def _describe(describe: Callable[..., None], environ: dict[str, Any], request: Any) -> None:
    describe(environ, request)
    environ[_CONNECTION] = request.transport


def drop(request: Any) -> None:
    """Reset (TCP RST) the connection of an HTTP/1.1 request. A later response is not sent."""
    if _SOCKET in request.environ:
        _reset(request.environ[_SOCKET])
        return
    from twisted.internet import reactor

    # Twisted's thread works in order, so this precedes the response.
    reactor.callFromThread(request.environ[_CONNECTION].abortConnection)


def _reset(connection: socket.socket) -> None:
    """Close the connection at once. With a linger time of zero, the kernel sends a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
