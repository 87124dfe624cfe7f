"""The end of LocalStack's process."""

import os
from threading import Event
from types import SimpleNamespace
from typing import Any

from sandbox.speed.prompt_exit import exit_at_once


def status_after(stopping: Event) -> int:
    """Return the status of a process whose LocalStack has ended, and that would go on."""
    runtime: Any = SimpleNamespace(stopping=stopping, exit_code=7)
    if (process := os.fork()) == 0:
        try:
            exit_at_once(lambda _: None, runtime)
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def test_the_process_ends_as_soon_as_localstack_has_stopped() -> None:
    (stopping := Event()).set()
    assert status_after(stopping) == 7


def test_an_error_can_still_be_shown() -> None:
    """A LocalStack that was not asked to stop has failed: the process goes on to show why."""
    assert status_after(Event()) == 0
