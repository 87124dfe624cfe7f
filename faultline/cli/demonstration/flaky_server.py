"""A small server that misbehaves as real ones do, and remembers what it was asked to do."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW_SECONDS = 3.0


class FlakyServer:
    """`/ok` always works; `/flaky`, `/busy` and `/slow` fail the first time that a task comes (503, 429
    with Retry-After, too late); `/missing` is never there. `/down` and `/strict` answer 503 and 422 until
    the server is repaired. A request is known by its Idempotency-Key."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._seen: Counter[str] = Counter()
        self._effects: Counter[str] = Counter()
        self._repaired = threading.Event()

    def repair(self) -> None:
        self._repaired.set()

    def answer(self, path: str, key: str) -> tuple[int, dict[str, str]]:
        """Status and headers of the answer to a request."""
        with self._lock:
            first = self._seen[key] == 0
            self._seen[key] += 1
        if path == "/missing":
            return 404, {}
        if path == "/down" and not self._repaired.is_set():
            return 503, {}
        if path == "/strict" and not self._repaired.is_set():
            return 422, {}
        if first and path == "/flaky":
            return 503, {}
        if first and path == "/busy":
            return 429, {"Retry-After": "2"}
        if first and path == "/slow":
            time.sleep(SLOW_SECONDS)  # the client has given up by then, and nothing is done
            return 503, {}
        with self._lock:
            self._effects[key] += 1
        return 200, {}

    def effects(self) -> Counter[str]:
        """How often each Idempotency-Key was answered with 200."""
        with self._lock:
            return Counter(self._effects)


@contextmanager
def running() -> Iterator[FlakyServer]:
    """The server on a free port of 127.0.0.1, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, headers = server.answer(self.path, self.headers.get("Idempotency-Key", ""))
            try:
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
            except ConnectionError:
                self.close_connection = True  # the client of /slow has gone

        def log_message(self, *_: object) -> None:
            """Quiet: what happens is shown by the demonstration."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = FlakyServer(f"http://127.0.0.1:{listener.server_port}")
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
