"""Event source mappings that wait for a message at the queue, as Lambda's do.

LocalStack 4.14.0's mapping asks a FIFO queue without waiting, and after an empty answer sleeps 0.5 to 1.5 s
whatever its settings are: ExponentialBackoff applies its largest interval from the second one on. Then it
polls so often that two mappings cost 13 % of a core. Lambda uses long polling (developer guide, with-sqs).
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from collections.abc import Callable
from typing import Any

from localstack.runtime import hooks
from localstack.utils.backoff import ExponentialBackoff
from localstack.utils.patch import Patch

WAIT_SECONDS = 1
"""How long a mapping waits at the queue. As long it may take to be disabled or deleted."""


@hooks.on_infra_start()
def wait_at_the_queue() -> None:
    """Have mappings poll with a wait, and keep their backoff within its largest interval."""
    from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller

    Patch.function(SqsPoller.poll_events, _poll).apply()
    Patch.function(ExponentialBackoff.next_backoff, _within_limit).apply()


def _poll(poll: Callable[..., None], poller: Any) -> None:
    poller.maximum_batching_window = poller.maximum_batching_window or WAIT_SECONDS
    poll(poller)


def _within_limit(next_backoff: Callable[..., float], backoff: ExponentialBackoff) -> float:
    return min(next_backoff(backoff), backoff.max_interval)
