"""Drops a request's connection without an answer, as a network does that fails.

LocalStack's web server hands a request to its threads without its connection, so that is put beside it; the
one for functions (sandbox.services.lambda_.executor.endpoint) keeps a request in its connection's thread.
"""

# LocalStack, rolo and twisted are typed in part only.
# mypy: disable-error-code="no-untyped-call"

import os
import socket
import struct
from typing import Any

_CONNECTION = "faultline.connection"
_SOCKET = "werkzeug.socket"


def keep_connections() -> None:
    """From now on each request knows its connection."""
    from rolo.serving import twisted

    describe = twisted.update_wsgi_environment

    def describe_with_connection(environ: dict[str, Any], request: Any) -> None:
        describe(environ, request)
        environ[_CONNECTION] = request.transport

    vars(twisted)["update_wsgi_environment"] = describe_with_connection


def drop(request: Any) -> None:
    """Reset (TCP RST) the connection of an HTTP/1.1 request; what is answered afterwards is not sent."""
    if _SOCKET in request.environ:
        _reset(request.environ[_SOCKET])
        return
    from twisted.internet import reactor

    # twisted's own thread does one thing after another: this comes before whatever is answered.
    reactor.callFromThread(request.environ[_CONNECTION].abortConnection)  # type: ignore[attr-defined]


def _reset(connection: socket.socket) -> None:
    """Close at once, whoever else holds the socket; who waits zero seconds for what was not sent, resets."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
