"""LocalStack's end as soon as it has stopped.

Its state is only in memory, so nothing is left to do then. Python would search all objects to free memory
that is released anyway, which takes 2 s, and would wait for threads of LocalStack, such as one that starts a
function's process.

The shutdown itself waits for its hooks, and for requests in progress, such as the invocation of a function
that starts at the same moment, and is not stopped.
"""

import os
from collections.abc import Callable
from threading import Thread

from localstack.runtime.runtime import LocalstackRuntime
from localstack.utils.patch import Patch

SHUTDOWN_SECONDS = 5.0
"""Time from the request to end within which LocalStack must have stopped. Docker allows 10 s."""


def install() -> None:
    """End the process once LocalStack has stopped, and at the latest some seconds after the request."""
    Patch.function(LocalstackRuntime._on_return, exit_at_once).apply()
    Thread(target=_await_end, name="prompt-exit", daemon=True).start()


def exit_at_once(clean_up: Callable[[LocalstackRuntime], None], runtime: LocalstackRuntime) -> None:
    """Wrap LocalstackRuntime._on_return, in the main thread, so that it does not begin to free memory."""
    clean_up(runtime)
    if runtime.stopping.is_set():  # else an error has ended LocalStack, which is still to be shown
        os._exit(runtime.exit_code)


def _await_end() -> None:
    from localstack.runtime import events, get_current_runtime

    events.infra_stopping.wait()
    events.infra_stopped.wait(SHUTDOWN_SECONDS)
    os._exit(get_current_runtime().exit_code)
