"""Alerts about tasks whose function died between recording the dead letter and sending its message."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from lambdas.domain.errors import TaskError
from lambdas.domain.task import Task
from lambdas.messaging.queues import DeadLetterQueue
from lambdas.monitor_dlq.monitor import Monitor
from lambdas.store.snapshot import Claimed
from sandbox.process.state_file import Sandbox
from tests.chaos.adversary import ERROR
from tests.chaos.consumer import consumer
from tests.chaos.releases import NOON, Releases, an_hour_later, releases_on
from tests.returned_message import returned


@dataclass
class Sqs:
    """A client that keeps the messages that it is to send."""

    sent: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, **message: Any) -> None:
        self.sent.append(message)


@dataclass
class Alerts:
    told: list[tuple[str, int, str]] = field(default_factory=list)

    def dead_lettered(self, task: Task, error: TaskError) -> None:
        self.told.append((task.task_id, task.attempts, error.type))


@pytest.fixture(scope="module")
def releases(sandbox: Sandbox) -> Iterator[Releases]:
    with releases_on(sandbox) as found:
        yield found


@pytest.mark.parametrize("change", [None, "redriven", "cancelled"])
def test_a_dead_letter_that_was_not_sent_is_alerted(releases: Releases, change: str | None) -> None:
    """A dead letter is alerted when its message returns, even if it has been redriven or cancelled."""
    task_id = releases.accept({})
    claimed = releases.table.claim(task_id, 0, claimant="m/1", at=NOON, lease_ends=an_hour_later())
    assert isinstance(claimed, Claimed)
    dead = releases.table.dead_lettered(claimed.task, ERROR, at=an_hour_later())
    if change == "redriven":
        assert releases.table.redriven(dead.task, at=an_hour_later()).done
    elif change == "cancelled":
        assert releases.table.cancelled(dead.task, at=an_hour_later()).done
    before = releases.table.get(task_id)

    alerts = Alerts()
    sqs: Any = Sqs()
    consumer(releases, DeadLetterQueue(sqs, "the dead-letter queue")).consume(returned(task_id))
    topic: Any = alerts
    monitor = Monitor(
        table=releases.table, ordering=releases.releaser().ordering, alerts=topic, now=an_hour_later
    )
    for message in sqs.sent:
        monitor.examine(message["MessageBody"], "m")
    assert alerts.told == [(task_id, 1, ERROR.type)]
    assert releases.table.get(task_id) == before
