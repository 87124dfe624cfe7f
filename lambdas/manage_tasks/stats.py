"""Statistics of a stage: tasks by state, recent dead letters, waiting tasks, open circuits."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from lambdas.domain.lifecycle import Status
from lambdas.domain.pause import PausedKind
from lambdas.domain.stats import (
    MAX_DEAD_LETTERS,
    MAX_REASONS,
    ReasonGroup,
    RecentDeadLetters,
    Stats,
    TaskCount,
    WaitingTask,
    Window,
)
from lambdas.manage_tasks.open_circuit import open_circuit
from lambdas.store.circuit_states import open_circuits
from lambdas.store.counts import TaskCounts
from lambdas.store.dead_letters import BATCH, DeadLetters
from lambdas.store.holds import Holds
from lambdas.store.task_index import TaskIndex
from lambdas.telemetry.reason_groups import reason_group

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

MAX_CIRCUITS = 100
_QUEUED = (Status.PENDING, Status.QUEUED, Status.RETRYING)
"""States of the tasks that wait for an attempt, without those that wait for a time or a circuit."""
_NO_DEATHS = RecentDeadLetters(total=0, by_category={}, by_reason=[], more=False)


@dataclass(frozen=True, kw_only=True)
class Statistician:
    """Computes statistics from eventually consistent indexes, with a bounded number of reads.

    Attributes:
        dynamodb: DynamoDB client.
        task_table_name: Name of the task table.
        circuit_table_name: Name of the circuits' table.
        now: Function that returns the current time.
    """

    dynamodb: "DynamoDBClient"
    task_table_name: str
    circuit_table_name: str
    now: Callable[[], datetime]

    def stats(self, window: Window) -> Stats:
        """Compute the statistics for a window that ends now.

        Raises:
            ClientError, BotoCoreError: A table rejects the request or is unavailable.
        """
        until = self.now()
        since = until - window.length
        counts = TaskCounts(self.dynamodb, self.task_table_name).by_state()
        holds = Holds(self.dynamodb, self.circuit_table_name).current()
        circuits = islice(open_circuits(self.dynamodb, self.circuit_table_name, holds), MAX_CIRCUITS)
        return Stats(
            window=window,
            since=since,
            until=until,
            counts={
                status: TaskCount(value=counts[status].value, at_least=counts[status].at_least)
                for status in Status
            },
            dead_letters=self._deaths(since) if counts[Status.DEAD_LETTERED].value else _NO_DEATHS,
            oldest_waiting=self._oldest_waiting(until)
            if any(counts[each].value for each in _QUEUED)
            else None,
            open_circuits=[open_circuit(each) for each in circuits],
            paused_kinds=[
                PausedKind(name=hold.kind, since=hold.since, reason=hold.reason, by=hold.by)
                for hold in holds.values()
                if hold.kind is not None and hold.since is not None
            ],
        )

    def _deaths(self, since: datetime) -> RecentDeadLetters:
        """Count dead letters that were given up since a time, among the MAX_DEAD_LETTERS submitted last."""
        batches = DeadLetters(self.dynamodb, self.task_table_name).read(newest_first=True)
        looked_at = [dead for batch in islice(batches, MAX_DEAD_LETTERS // BATCH) for dead in batch]
        died = [dead for dead in looked_at if dead.at >= since]
        reasons = Counter(
            (dead.error.category, dead.error.type, reason_group(dead.error.message)) for dead in died
        )
        return RecentDeadLetters(
            total=len(died),
            by_category=dict(Counter(dead.error.category for dead in died).most_common()),
            by_reason=[
                ReasonGroup(category=category, type=type, reason=reason, count=count)
                for (category, type, reason), count in reasons.most_common(MAX_REASONS)
            ],
            more=next(batches, None) is not None,
        )

    def _oldest_waiting(self, until: datetime) -> WaitingTask | None:
        found = TaskIndex(self.dynamodb, self.task_table_name).oldest_waiting()
        if found is None:
            return None
        age = max(timedelta(0), until - found.submitted_at)
        return WaitingTask(
            task_id=found.task_id, submitted_at=found.submitted_at, seconds=int(age.total_seconds())
        )
