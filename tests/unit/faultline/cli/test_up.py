"""The start of a sandbox and the preparation of its deployment."""

import threading
from typing import Any

import pytest

from faultline.cli import up
from sandbox.process import lifecycle


def test_an_interruption_does_not_meet_an_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deployment is prepared outside the main thread, in which Python raises KeyboardInterrupt.

    It imports many modules, and an interrupted import may block those of the thread that starts LocalStack.
    """
    started: Any = object()
    deploy: Any = object()
    monkeypatch.setattr(lifecycle, "start", lambda *_, **__: started)
    threads = list[threading.Thread]()

    def prepare() -> Any:
        threads.append(threading.current_thread())
        return deploy

    assert up._start(0, None, prepare) == (started, deploy)
    assert threading.main_thread() not in threads
