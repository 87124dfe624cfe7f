"""The output of a function process: standard output, standard error and its runtime's log records."""

import os
import re
import selectors
import threading
import time
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache

from sandbox.common.log_and_continue import contained
from sandbox.services.lambda_.executor.log import LogEvent

# awslambdaric frames a log record as type, length, time, text (FramedTelemetryLogSink in its
# bootstrap.py). The first byte cannot begin a character of UTF-8, so frames and plain text share
# one pipe, and with it one order.
_FRAME = b"\xa5\x5a\x00"
_HEADER_BYTES = 16
_END_OF_TEXT = re.compile(rb"\n|" + _FRAME)

PAUSE_SECONDS = 0.02
"""Pause after little output, so that what functions write meanwhile is read at once."""

CAPACITY = 65_536
"""The number of bytes that a pipe holds: https://man7.org/linux/man-pages/man7/pipe.7.html"""

LITTLE = 4096
"""Number of bytes read from a function at once below which a pause follows.

A function that writes more could fill its pipe during a pause, and would have to wait."""


class _Reader:
    """A thread that reads the output of all functions, so that they need not wait to write more."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        threading.Thread(target=self._run, name="function-output", daemon=True).start()

    def add(self, fd: int, output: "Output") -> None:
        self._selector.register(fd, selectors.EVENT_READ, output)

    def remove(self, fd: int) -> None:
        self._selector.unregister(fd)

    def _run(self) -> None:
        while True:
            with contained("the output of a function"):
                lengths = [key.data.read_once() for key, _ in self._selector.select()]
                if max(lengths, default=0) < LITTLE:
                    time.sleep(PAUSE_SECONDS)


_starting = threading.Lock()
_start = cache(_Reader)


def _reader() -> _Reader:
    with _starting:
        return _start()


class Output:
    """A pipe that is read until the process and its children have closed it.

    `write_fd` is for the process: its stdout, its stderr and its telemetry descriptor.
    """

    def __init__(self) -> None:
        self._read_fd, self.write_fd = os.pipe()
        os.set_blocking(self._read_fd, False)
        self._lock = threading.Lock()
        self._unread = bytearray()
        # The start of each chunk within `_unread`, and the time at which it was read.
        self._starts: list[int] = []
        self._times: list[float] = []
        self._ended = False

    def start(self) -> None:
        """Start reading, and close `write_fd`, of which the process has copies."""
        os.close(self.write_fd)
        _reader().add(self._read_fd, self)

    def read_once(self) -> int:
        """Read what has been written, at most CAPACITY bytes, and return its length."""
        with self._lock:
            return self._read() or 0

    def take(self) -> list[LogEvent]:
        """Return the output since the last call as log events, each with the time at which it was read.

        Each line is an event, and so is each log record. Line ends within a record become carriage returns,
        which CloudWatch shows as line ends, since LocalStack splits events at newlines. The list contains
        everything that the process wrote before the call.
        """
        return self._take(unfinished=True)

    def take_finished(self) -> list[LogEvent]:
        """Return the same as `take`, but without an incomplete line or record."""
        return self._take(unfinished=False)

    def _take(self, *, unfinished: bool) -> list[LogEvent]:
        with self._lock:
            while self._read() is not None:
                pass
            written = bytes(self._unread)
            length = len(written) if unfinished else finished_length(written)
            events = [
                LogEvent(message, self._times[bisect_right(self._starts, start) - 1])
                for start, message in split_events(written[:length])
            ]
            del self._unread[:length]
            # The chunk in which the rest begins becomes the first.
            kept = bisect_right(self._starts, length) - 1 if self._unread else len(self._starts)
            self._starts = [max(start - length, 0) for start in self._starts[kept:]]
            self._times = self._times[kept:]
        return events

    def _read(self) -> int | None:
        """Read what has been written, at most CAPACITY; return its length, or None if nothing is left."""
        if self._ended:
            return None
        try:
            chunk = os.read(self._read_fd, CAPACITY)
        except BlockingIOError:
            return None
        self._starts.append(len(self._unread))
        self._times.append(time.time())
        self._unread += chunk
        if not chunk:
            self._ended = True
            _reader().remove(self._read_fd)
            os.close(self._read_fd)
        return len(chunk)


def finished_length(written: bytes) -> int:
    r"""Return the length of the complete lines and log records at the beginning of raw output.

    >>> finished_length(b"one\ntw")
    4
    """
    at = 0
    while True:
        if _FRAME.startswith(written[at : at + len(_FRAME)]):
            end = at + _HEADER_BYTES + int.from_bytes(written[at + 4 : at + 8])
            if at + _HEADER_BYTES > len(written) or end > len(written):
                return at
        elif found := _END_OF_TEXT.search(written, at):
            end = found.start() + (found[0] == b"\n")
        else:
            return at
        at = end


def split_events(written: bytes) -> Iterator[tuple[int, str]]:
    r"""Yield the offset and text of each event in raw output, without trailing newlines; skip blank events.

    >>> [*split_events(b"one\ntwo")]
    [(0, 'one'), (4, 'two')]
    """
    at = 0
    while at < len(written):
        framed = written.startswith(_FRAME, at)
        body = at + _HEADER_BYTES
        end = body + int.from_bytes(written[at + 4 : at + 8])
        if framed and end <= len(written):
            event = written[body:end].rstrip(b"\n").replace(b"\n", b"\r")
            following = end
        else:
            found = _END_OF_TEXT.search(written, at + framed)
            end = found.start() if found else len(written)
            event = written[at:end]
            following = end + (written[end : end + 1] == b"\n")
        if event.strip():
            yield at, event.decode("utf-8", "replace")
        at = following
