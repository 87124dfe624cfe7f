"""A small HTTP server that fails in typical ways, and counts the requests it has served."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW_SECONDS = 3.0


class FlakyServer:
    """Server whose behaviour depends on the path and on earlier requests with the same Idempotency-Key.

    `/ok` always works. `/flaky`, `/busy` and `/slow` fail the first time: with 503, with 429 and Retry-After,
    and with a late response. `/missing` is always 404. `/down` and `/strict` respond with 503 and 422 until
    the server is repaired.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._seen: Counter[str] = Counter()
        self._effects: Counter[str] = Counter()
        self._repaired = threading.Event()

    def repair(self) -> None:
        """Make `/down` and `/strict` succeed from now on."""
        self._repaired.set()

    def answer(self, path: str, key: str) -> tuple[int, dict[str, str]]:
        """Return the status and the headers of the response to a request."""
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
            time.sleep(SLOW_SECONDS)  # The client has given up by then, and the request has no effect.
            return 503, {}
        with self._lock:
            self._effects[key] += 1
        return 200, {}

    def effects(self) -> Counter[str]:
        """Return, for each Idempotency-Key, the number of requests that were served with 200."""
        with self._lock:
            return Counter(self._effects)


@contextmanager
def running() -> Iterator[FlakyServer]:
    """Context manager that runs a server on a free port of 127.0.0.1."""

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
                self.close_connection = True  # The client of /slow has closed it.

        def log_message(self, *_: object) -> None:
            """Log nothing, as the demonstration itself shows the requests."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = FlakyServer(f"http://127.0.0.1:{listener.server_port}")
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
