"""A process that ends the emulators when the benchmark ends, even if it is killed.

They have sessions of their own and would stay. It reads ports, one a line, and when its input ends it stops
what runs there. `python -m benchmarks.watchdog`.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.process import lifecycle


@contextmanager
def watched_over(port: int) -> Iterator[None]:
    """Have what runs on a port ended with the block, or with this process."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.watchdog"],
        stdin=subprocess.PIPE,
        text=True,
        start_new_session=True,  # what interrupts us must not end it
    ) as watchdog:
        assert watchdog.stdin is not None
        watchdog.stdin.write(f"{port}\n")
        watchdog.stdin.flush()
        yield  # after it, the input is closed and the watchdog waited for


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for port in [int(line) for line in sys.stdin]:
        lifecycle.stop(port)


if __name__ == "__main__":
    main()
