"""What holds for all tests."""

import signal


def pytest_configure() -> None:
    """Hear Ctrl-C in the background, too, where a shell has it ignored: what the tests start inherits that,
    and some of it is to be interrupted."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
