"""LocalStack's end as soon as it has stopped.

Its state is only in memory, so nothing is left to do then. Python would search all objects to free memory
that is released anyway, which takes 2 s, and would wait for threads of LocalStack, such as one that starts a
function's process.

The shutdown itself waits for its hooks, and for requests in progress, such as the invocation of a function
that starts at the same moment, and is not stopped.
"""

import os
from threading import Thread

SHUTDOWN_SECONDS = 5.0
"""Time from the request to end within which LocalStack must have stopped. Docker allows 10 s."""


def install() -> None:
    """End the process once LocalStack has stopped, and at the latest some seconds after the request."""
    Thread(target=_await_end, name="prompt-exit", daemon=True).start()


def _await_end() -> None:
    from localstack.runtime import events, get_current_runtime

    events.infra_stopping.wait()
    events.infra_stopped.wait(SHUTDOWN_SECONDS)
    os._exit(get_current_runtime().exit_code)
