"""Where functions reach the sandbox's AWS: a port of their own, with a thread for each connection.

LocalStack's web server reads all requests in one thread and answers them in others, so that each waits for
its turn four times. Functions keep their connections and make many small calls; here such a call stays in
the thread of its connection. The calls themselves go through the same gateway as everybody's.
"""

# LocalStack, rolo and werkzeug are typed in part only.
# mypy: disable-error-code="no-untyped-call"

import io
import threading
from collections.abc import Iterable
from functools import cache
from http.server import ThreadingHTTPServer
from typing import Any

from localstack.runtime import get_current_runtime
from rolo.gateway import Gateway
from rolo.gateway.wsgi import WsgiGateway
from werkzeug.serving import WSGIRequestHandler

from sandbox.executor.runtime_api import LOCALHOST


def endpoint_url() -> str:
    """The endpoint's URL; it is opened when this is called first, and is there as long as LocalStack is."""
    with _opening:
        return _open()


_opening = threading.Lock()


@cache
def _open() -> str:
    server = _Server(get_current_runtime().components.gateway)
    threading.Thread(target=server.serve_forever, name="functions-endpoint", daemon=True).start()
    return f"http://{LOCALHOST}:{server.server_port}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    # What werkzeug's handler asks its server for.
    ssl_context = None
    multithread = True
    multiprocess = False
    _server_version = "faultline"

    def __init__(self, gateway: Gateway) -> None:
        super().__init__((LOCALHOST, 0), _Handler)
        self.application = WsgiGateway(gateway)

    def handle_error(self, request: object, client_address: object) -> None:
        """A function that was killed breaks its connections; the process's end is reported as such."""


class _Handler(WSGIRequestHandler):
    """Serves a connection's requests, one after another. werkzeug's own would close it after each."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet for the headers and the body
    server: Any

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
            self.wfile.flush()
        environ = self.make_environ()
        # Read whole: what an application left unread would be taken for the next request.
        terminated = environ.get("wsgi.input_terminated")
        length = -1 if terminated else int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length) if length else b"")
        environ["rolo.headers"] = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()
        ]
        parts = self.server.application(environ, self._start)
        try:
            self._write(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()

    def log_request(self, *_: object) -> None:
        """LocalStack logs them."""

    def _start(self, status: str, headers: list[tuple[str, str]], _error: object = None) -> Any:
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        names = {name.lower() for name, _ in headers}
        self._chunked = not ("content-length" in names or self.command == "HEAD" or int(code) in {204, 304})
        if self._chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _write(self, parts: Iterable[bytes]) -> None:
        for part in parts:
            if self._chunked and part:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.flush()
            else:
                self.wfile.write(part)
        if self._chunked:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()
