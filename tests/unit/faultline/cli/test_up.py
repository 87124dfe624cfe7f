"""The start of a sandbox and the preparation of its deployment."""

import threading
from typing import Any

import pytest

from faultline.cli import up
from sandbox.process import lifecycle
from sandbox.process.state_file import Sandbox


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

    start = up._Start(0, None)
    assert start.alongside(prepare) is deploy
    assert start.started == [started]
    assert threading.main_thread() not in threads


def test_a_start_that_is_interrupted_at_any_time_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox is stopped though the interruption came before it had started."""
    sandbox, start = Sandbox(port=1, pid=1, identity="of its own"), up._Start(1, None)
    stopped = list[Sandbox]()

    def begin(*_: Any, **__: Any) -> Sandbox:
        start.undo()
        return sandbox

    monkeypatch.setattr(lifecycle, "start", begin)
    monkeypatch.setattr(lifecycle, "stop", lambda _port, *, only: stopped.append(only))
    start.alongside(lambda: None)
    assert stopped == [sandbox]
