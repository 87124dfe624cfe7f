"""Fixtures and settings of all tests."""

import gc
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

_YOUNG_OBJECTS, _YOUNG_COLLECTIONS = 50_000, 20


def pytest_configure() -> None:
    """Restore the handling of Ctrl-C, which shells disable for background processes, and of closed terminals.

    `nohup` disables the latter. Programs that the tests start inherit the setting, and some tests interrupt
    them. Garbage is collected less often than usual, since the collection would take a tenth of the time.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    gc.set_threshold(_YOUNG_OBJECTS, _YOUNG_COLLECTIONS, _YOUNG_COLLECTIONS)


def pytest_collection_finish() -> None:
    """Exclude the objects of imported modules from garbage collection."""
    gc.freeze()


@pytest.fixture(scope="session")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Provide an XDG_STATE_HOME for the session, so that the user's sandboxes are left alone."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield folder
