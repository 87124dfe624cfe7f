"""A consumer of messages whose tasks need no attempt."""

from typing import Any

from lambdas.application.cancellation import Cancellation
from lambdas.application.expiry import Expiry
from lambdas.messaging.queues import DeadLetterQueue
from lambdas.process_task.consumer import Consumer
from lambdas.work.kinds import KINDS
from tests.chaos.adversary import Fate, Holds
from tests.chaos.releases import Releases, an_hour_later


def consumer(releases: Releases, dead_letters: DeadLetterQueue | None = None) -> Consumer:
    """Return a consumer on real tables; it may dead-letter tasks only if it is given a queue for them."""
    ordering = releases.releaser().ordering
    unused: Any = None
    queue: Any = dead_letters
    holds: Any = Holds(fate=Fate())
    return Consumer(
        table=releases.table,
        dead_letters=queue,
        ordering=ordering,
        cancellation=Cancellation(ordering=ordering, now=an_hour_later),
        expiry=Expiry(table=releases.table, ordering=ordering, now=an_hour_later),
        worker=unused,
        kinds=KINDS,
        queue=unused,
        holds=holds,
        max_receive_count=3,
        now=an_hour_later,
    )
