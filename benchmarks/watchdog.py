"""A watchdog process that stops the emulators when the benchmark ends, even if it is killed.

Emulators have sessions of their own, and would keep running. `python -m benchmarks.watchdog` reads ports, one
a line, and stops the emulators on them when its input ends.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.process import lifecycle


@contextmanager
def watched_over(port: int) -> Iterator[None]:
    """Ensure that the emulator on a port is stopped when the block or this process ends."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.watchdog"],
        stdin=subprocess.PIPE,
        text=True,
        start_new_session=True,  # An interrupt of the benchmark must not end it.
    ) as watchdog:
        assert watchdog.stdin is not None
        watchdog.stdin.write(f"{port}\n")
        watchdog.stdin.flush()
        yield  # Leaving the `with` closes the input and waits for the watchdog.


def main() -> None:
    """Read ports until the input ends, then stop the emulators on them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for port in [int(line) for line in sys.stdin]:
        lifecycle.stop(port)


if __name__ == "__main__":
    main()
