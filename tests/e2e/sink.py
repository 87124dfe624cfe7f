"""A server of the tests' own that counts what it was asked to do: the measure of what happened."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Sink:
    """Counts requests by their Idempotency-Key."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._effects: Counter[str] = Counter()

    def took(self, key: str) -> None:
        with self._lock:
            self._effects[key] += 1

    def effects(self) -> Counter[str]:
        """How often each Idempotency-Key came."""
        with self._lock:
            return Counter(self._effects)


@contextmanager
def running() -> Iterator[Sink]:
    """A sink on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            sink.took(self.headers["Idempotency-Key"])
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Quiet: the tests' output is theirs."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sink = Sink(f"http://127.0.0.1:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
