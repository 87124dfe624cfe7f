"""The task table. Each change of a task is one conditional write (see `lambdas.store.transition`)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import JsonValue

from lambdas.domain.amendment import Amendment
from lambdas.domain.analysis import analysis
from lambdas.domain.errors import TaskError
from lambdas.domain.history import HistoryEntry, Wait, with_attempts
from lambdas.domain.lifecycle import CANCELLABLE, Status
from lambdas.domain.requester import Requester
from lambdas.domain.task import Task
from lambdas.store.acceptance import Acceptance, Accepted
from lambdas.store.attribute_values import marshal
from lambdas.store.cancelling import ask_to_cancel, cancel_attempted
from lambdas.store.conditions import claimable
from lambdas.store.item import analysis_text, release_keys, stored_error
from lambdas.store.lanes import Lanes
from lambdas.store.objects import Objects
from lambdas.store.parking import park_for_circuit, park_for_pause
from lambdas.store.payloads import Payloads
from lambdas.store.redriving import Redriving
from lambdas.store.results import Results
from lambdas.store.snapshot import Claimed, Refused, Snapshot, to_snapshot
from lambdas.store.stored_times import to_milliseconds
from lambdas.store.transition import Change, Moved, Transitions, refused_item
from lambdas.store.waiting_keys import DUE, TURN
from lambdas.store.waiting_notes import WaitingNotes

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class TaskTable:
    """Reads and writes the tasks of a stage.

    Every method raises botocore's ClientError or BotoCoreError if the table rejects the request or is
    unavailable; a failed write may or may not have happened, and can be retried.

    Attributes:
        transitions: Writer of transitions, for modules that define their own.
        notes: Writer of followers, and of checks of tasks that wait for their turn.
        lanes: The lanes of the ordering keys.

    Args:
        client: DynamoDB client.
        name: Name of the table.
        objects: Storage of the payloads and results that are too large for the table.
        retention: Time that the record of an ended task is kept.
    """

    def __init__(
        self, client: "DynamoDBClient", name: str, objects: Objects, *, retention: timedelta = timedelta(0)
    ) -> None:
        self._client = client
        self._name = name
        self._payloads = Payloads(client, name, retention, objects)
        self._results = Results(objects)
        self._acceptance = Acceptance(client, name, self._payloads)
        self.transitions = Transitions(client, name, self._payloads)
        self._redriving = Redriving(self.transitions, self._payloads)
        self.notes = WaitingNotes(client, name, self._payloads)
        self.lanes = Lanes(client, name)
        self._retention = retention

    def accept(self, task: Task, fingerprint: str) -> Accepted:
        """Write a new task, unless its id is taken; see `Acceptance.accept`."""
        expires_at = self._expiry(task.updated_at) if task.status.ended else None
        return self._acceptance.accept(task, fingerprint, expires_at=expires_at)

    def accepted_before(self, task_id: str, fingerprint: str) -> Accepted | None:
        """Look up the outcome of an earlier submission with the same id; return None without one."""
        return self._acceptance.accepted_before(task_id, fingerprint)

    def get(self, task_id: str) -> Task | None:
        """Return a task; None if there is no such task."""
        found = self.snapshot(task_id)
        return found.task if found else None

    def snapshot(self, task_id: str) -> Snapshot | None:
        """Return a task with the data about its current attempt; None if there is no such task."""
        found = self._client.get_item(
            TableName=self._name, Key=marshal({"taskId": task_id}), ConsistentRead=True
        )
        return to_snapshot(found["Item"]) if "Item" in found else None

    def with_payload(self, task: Task) -> Task:
        """Return a task with its payload, reading it if it is stored separately.

        Raises:
            PayloadGone: The payload has expired.
        """
        return self._payloads.read(task)

    def with_result(self, task: Task) -> Task:
        """Return a task with its result, reading it if it is stored separately."""
        return self._results.read(task)

    def queued(self, task: Task, *, at: datetime) -> Task:
        """Record that a task's message is on the queue, unless the task has changed since.

        Returns:
            The task in its current state.
        """
        entry = HistoryEntry(at=at, status=Status.QUEUED)
        return self.transitions.advance(task, entry, from_statuses=[Status.PENDING]).task

    def claim(
        self, task_id: str, generation: int, *, claimant: str, at: datetime, lease_ends: datetime
    ) -> Claimed | Refused:
        """Begin an attempt if the task is `claimable`, else return Refused.

        Args:
            task_id: Id of the task.
            generation: Generation of the message.
            claimant: Unique name of this delivery of the message.
            at: The current time.
            lease_ends: Time by which the claiming function is certainly dead.
        """
        try:
            task = self.transitions.claim(
                task_id,
                HistoryEntry(at=at, status=Status.PROCESSING),
                claimable(generation, at),
                Change(
                    sets={"claimant": claimant, "leaseEnds": to_milliseconds(lease_ends)},
                    adds={"attempts": 1},
                    removes=("receiptHandle", "notBefore"),
                ),
            )
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            item = refused_item(refusal)
            found = to_snapshot(item) if item else None
            # boto3 repeats a write whose response was lost; the repetition then finds its own claim.
            return Claimed(task=found.task) if found and found.claimant == claimant else Refused(found=found)
        return Claimed(task=task)

    def succeeded(self, task: Task, result: JsonValue, *, at: datetime) -> Moved:
        """Record that an attempt has succeeded; `done` is False if another attempt has replaced it."""
        change = Change(
            sets={**self._results.set_apart(task, result), "expiresAt": self._expiry(at)},
            removes=("error", "traceback"),
        )
        return self.transitions.advance(task, HistoryEntry(at=at, status=Status.SUCCEEDED), change)

    def retrying(
        self, task: Task, error: TaskError, delay_seconds: int, *, receipt_handle: str, at: datetime
    ) -> bool:
        """Record that an attempt has failed and will be retried.

        Args:
            task: The task as it was claimed.
            error: Error of the attempt.
            delay_seconds: Time until the next attempt.
            receipt_handle: Receipt handle of the delivered message. If the task is cancelled, it is used to
                make the message visible, so that it no longer blocks its message group.
            at: The current time.

        Returns:
            False if another attempt has replaced this one.
        """
        entry = HistoryEntry(at=at, status=Status.RETRYING, error=error, retry_delay_seconds=delay_seconds)
        # The message, or a duplicate, may be delivered earlier, for example if changing its visibility
        # failed.
        due = to_milliseconds(at + timedelta(seconds=delay_seconds))
        change = Change(sets={**stored_error(error), "receiptHandle": receipt_handle, "notBefore": due})
        return self.transitions.advance(task, entry, change).done

    def park_for_retry(
        self, task: Task, delay_seconds: int, *, error: TaskError | None = None, at: datetime
    ) -> Moved:
        """Park a task until its next attempt is due; `done` is False if the task has changed in between.

        If the task's attempt was lost, callers must check that its lease has expired.

        Args:
            task: The task as it was claimed or read.
            delay_seconds: Time until the next attempt; 0 to have the task queued again at once.
            error: Error of the attempt for which the task was claimed; None if the task was only read.
            at: The current time.
        """
        entry = HistoryEntry(
            at=at,
            status=Status.PARKED,
            parked_for=Wait.RETRY,
            error=error,
            retry_delay_seconds=delay_seconds,
        )
        sets = {**release_keys(task.task_id, DUE, entry.retry_at), **(stored_error(error) if error else {})}
        return self.transitions.advance(task, entry, Change(sets=sets))

    def dead_lettered(self, task: Task, error: TaskError, *, at: datetime) -> Moved:
        """Dead-letter a task, recording its last error and the analysis of its history.

        `done` is False if the task has changed in the meantime.
        """
        entry = HistoryEntry(at=at, status=Status.DEAD_LETTERED, error=error)
        analysed = analysis_text(analysis(with_attempts([*task.history, entry]), error))
        change = Change(sets={**stored_error(error), "analysis": analysed, "expiresAt": self._expiry(at)})
        return self.transitions.advance(task, entry, change)

    def park_for_circuit(
        self, task: Task, circuit: str, *, release_after: int | None = None, at: datetime
    ) -> bool:
        """Park a claimed task without using an attempt; see `parking.park_for_circuit`.

        Returns:
            False if another attempt has replaced this one.
        """
        return park_for_circuit(
            self.transitions, self._payloads, task, circuit, release_after=release_after, at=at
        ).done

    def park_for_turn(self, task: Task, *, at: datetime, check_at: datetime) -> Moved:
        """Park a task until its turn comes; `done` is False if the task has changed in the meantime.

        If the task's attempt was lost, callers must check that its lease has expired.

        Args:
            task: The task as it was read.
            at: The current time.
            check_at: Time at which release_tasks must check that the task has not missed its turn.
        """
        entry = HistoryEntry(at=at, status=Status.PARKED, parked_for=Wait.TURN)
        return self.transitions.advance(task, entry, Change(sets=release_keys(task.task_id, TURN, check_at)))

    def park_for_pause(self, task: Task, *, at: datetime) -> Moved:
        """Park a task until its kind is resumed; see `parking.park_for_pause`."""
        return park_for_pause(self.transitions, self._payloads, task, at=at)

    def released(self, task: Task, *, by: Requester | None = None, at: datetime) -> Task | None:
        """Make a SCHEDULED or PARKED task PENDING; the caller must then send its message.

        A SCHEDULED task joins the lane of its ordering key; a PARKED one already has its place there.

        Args:
            task: The task as it was read.
            by: The client that requested the release; None if the task's wait is over.
            at: The current time.

        Returns:
            The updated task; None if the task has changed in the meantime.
        """
        entry = HistoryEntry(at=at, status=Status.PENDING, requested_by=by)
        change = Change(adds={"releases": 1, "trips": 1})
        if task.status is Status.SCHEDULED:
            moved = self.transitions.advance_into_lane(task, entry, change, from_statuses=[Status.SCHEDULED])
        else:
            moved = self.transitions.advance(task, entry, change, from_statuses=[Status.PARKED])
        return moved.task if moved.done else None

    def cancelled(self, task: Task, *, by: Requester | None = None, at: datetime) -> Moved:
        """Cancel a task that is not running; `done` is False if it is running, has ended or has changed."""
        entry = HistoryEntry(at=at, status=Status.CANCELLED, requested_by=by)
        change = Change(sets={"expiresAt": self._expiry(at)})
        return self.transitions.advance(task, entry, change, from_statuses=CANCELLABLE)

    def ask_to_cancel(self, task: Task, *, by: Requester) -> Moved:
        """Request the cancellation of a running task; see `cancelling.ask_to_cancel`."""
        return ask_to_cancel(self._client, self._name, task, by=by)

    def cancelled_instead(self, task: Task, error: TaskError | None, *, at: datetime) -> Moved:
        """Cancel a task whose attempt failed or was lost; see `cancelling.cancel_attempted`."""
        return cancel_attempted(self.transitions, task, error, at=at, expires_at=self._expiry(at))

    def expired(self, task: Task, *, at: datetime) -> Moved:
        """End a task that `has_expired`; `done` is False if it has changed in the meantime."""
        entry = HistoryEntry(at=at, status=Status.EXPIRED)
        return self.transitions.advance(task, entry, Change(sets={"expiresAt": self._expiry(at)}))

    def redriven(
        self,
        task: Task,
        *,
        by: Requester | None = None,
        amendment: Amendment | None = None,
        at: datetime,
    ) -> Moved:
        """Begin a new generation of a dead-lettered task; `done` is False if it has changed in the meantime.

        The task becomes PENDING and joins the end of its lane; the caller must then send its message.

        Args:
            task: The task as it was read.
            by: The client that requested the redrive, if any.
            amendment: A corrected payload; None to keep the original one.
            at: The current time.
        """
        return self._redriving.redriven(task, by=by, amendment=amendment, at=at)

    def _expiry(self, at: datetime) -> int:
        """Return the TTL of a task that ends at a given time, in seconds since 1970."""
        return int((at + self._retention).timestamp())
