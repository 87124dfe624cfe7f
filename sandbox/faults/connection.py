"""Drops a request's connection without an answer, as a network does that fails.

The web server hands a request to LocalStack's threads without its connection, so that is put beside it.
"""

# LocalStack, rolo and twisted are typed in part only.
# mypy: disable-error-code="no-untyped-call"

from typing import Any

_CONNECTION = "faultline.connection"


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
    from twisted.internet import reactor

    # twisted's own thread does one thing after another: this comes before whatever is answered.
    reactor.callFromThread(request.environ[_CONNECTION].abortConnection)  # type: ignore[attr-defined]
