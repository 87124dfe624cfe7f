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
from lambdas.store.conditions import claimable, milliseconds
from lambdas.store.item import analysis_text, release_keys, stored_error
from lambdas.store.objects import Objects
from lambdas.store.payloads import Payloads
from lambdas.store.redriving import Redriving
from lambdas.store.results import Results
from lambdas.store.snapshot import Claimed, Refused, Snapshot, to_snapshot
from lambdas.store.transition import Change, Moved, Transitions, refused_item
from lambdas.store.waiting_keys import DUE, circuit_key, kind_key
from lambdas.store.waiting_notes import WaitingNotes

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class TaskTable:
    """The task table of a stage.

    Every method raises botocore's ClientError or BotoCoreError when the table refuses or is away; a
    failed write has then either happened or not, and may be repeated.

    Attributes:
        transitions: Writes transitions; for modules that have some of their own.
        notes: Writes notes about tasks that wait for their turn.

    Args:
        client: DynamoDB's client.
        name: The table's name.
        objects: Has the payloads and results that are too large for the table.
        retention: How long the record of an ended task is kept.
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
        self._retention = retention

    def accept(self, task: Task, fingerprint: str) -> Accepted:
        """Write a new task, unless its id is taken; see `Acceptance.accept`."""
        expires_at = self._expiry(task.updated_at) if task.status.ended else None
        return self._acceptance.accept(task, fingerprint, expires_at=expires_at)

    def accepted_before(self, task_id: str, fingerprint: str) -> Accepted | None:
        """Return the outcome of a submission whose id is taken, without writing; None when it is not."""
        return self._acceptance.accepted_before(task_id, fingerprint)

    def get(self, task_id: str) -> Task | None:
        """Read a task; None when there is none of that id."""
        found = self.snapshot(task_id)
        return found.task if found else None

    def snapshot(self, task_id: str) -> Snapshot | None:
        """Read a task with what is noted about its attempt; None when there is none of that id."""
        found = self._client.get_item(
            TableName=self._name, Key=marshal({"taskId": task_id}), ConsistentRead=True
        )
        return to_snapshot(found["Item"]) if "Item" in found else None

    def with_payload(self, task: Task) -> Task:
        """Return a task with its payload, which is read if it is not in the task's record.

        Raises:
            PayloadGone: It has expired.
        """
        return self._payloads.read(task)

    def with_result(self, task: Task) -> Task:
        """Return a task with its result, which is read if it is not in the task's record."""
        return self._results.read(task)

    def queued(self, task: Task, *, at: datetime) -> Task:
        """Note that a task's message is on the queue; a task that has moved on stays as it is.

        Returns:
            The task as it is then.
        """
        entry = HistoryEntry(at=at, status=Status.QUEUED)
        return self.transitions.advance(task, entry, from_statuses=[Status.PENDING]).task

    def claim(
        self, task_id: str, generation: int, *, claimant: str, at: datetime, lease_ends: datetime
    ) -> Claimed | Refused:
        """Begin an attempt, if the task waits for one or has lost the last, and has attempts left.

        Args:
            task_id: Of the task.
            generation: The one that the message belongs to.
            claimant: Names this delivery of the message, and no other.
            at: The time.
            lease_ends: When the claiming function is dead at the latest.
        """
        try:
            task = self.transitions.claim(
                task_id,
                HistoryEntry(at=at, status=Status.PROCESSING),
                claimable(generation, at),
                Change(
                    sets={"claimant": claimant, "leaseEnds": milliseconds(lease_ends)},
                    adds={"attempts": 1},
                    removes=("receiptHandle", "notBefore"),
                ),
            )
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            item = refused_item(refusal)
            found = to_snapshot(item) if item else None
            # boto3 repeats a write whose answer was lost; the repetition finds the claim of the first.
            return Claimed(task=found.task) if found and found.claimant == claimant else Refused(found=found)
        return Claimed(task=task)

    def succeeded(self, task: Task, result: JsonValue, *, at: datetime) -> Moved:
        """Write an attempt's result; `done` is False when another attempt has replaced it."""
        change = Change(
            sets={**self._results.set_apart(task, result), "expiresAt": self._expiry(at)},
            removes=("error", "traceback"),
        )
        return self.transitions.advance(task, HistoryEntry(at=at, status=Status.SUCCEEDED), change)

    def retrying(
        self, task: Task, error: TaskError, delay_seconds: int, *, receipt_handle: str, at: datetime
    ) -> bool:
        """Write that an attempt failed and another one follows.

        Args:
            task: The task as it was claimed.
            error: Why the attempt failed.
            delay_seconds: Time until the next attempt.
            receipt_handle: Of the delivered message. Should the task be cancelled, the message is made
                visible by it, so that it no longer blocks its group.
            at: The time.

        Returns:
            False when another attempt has replaced this one.
        """
        entry = HistoryEntry(at=at, status=Status.RETRYING, error=error, retry_delay_seconds=delay_seconds)
        # The message may come earlier: when its visibility could not be changed, or a copy of it.
        due = milliseconds(at + timedelta(seconds=delay_seconds))
        change = Change(sets={**stored_error(error), "receiptHandle": receipt_handle, "notBefore": due})
        return self.transitions.advance(task, entry, change).done

    def waits_for_retry(
        self, task: Task, delay_seconds: int, *, error: TaskError | None = None, at: datetime
    ) -> Moved:
        """Park a task until its next attempt is due; `done` is False when it has moved on meanwhile.

        Callers must check that the lease has expired before parking a task whose attempt was lost.

        Args:
            task: The task as it was claimed or read.
            delay_seconds: Time until the next attempt; 0 has the task queued again at once.
            error: Why the attempt failed that the task was claimed for; None when it was only read.
            at: The time.
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
        """Write that a task is given up, with its last error and the analysis of its history.

        `done` is False when the task has moved on meanwhile.
        """
        entry = HistoryEntry(at=at, status=Status.DEAD_LETTERED, error=error)
        analysed = analysis_text(analysis(with_attempts([*task.history, entry]), error))
        change = Change(sets={**stored_error(error), "analysis": analysed, "expiresAt": self._expiry(at)})
        return self.transitions.advance(task, entry, change)

    def waits_for_circuit(self, task: Task, circuit: str, *, at: datetime) -> bool:
        """Park a claimed task until its circuit lets it go, and do not count its attempt.

        Returns:
            False when another attempt has replaced this one.
        """
        entry = HistoryEntry(at=at, status=Status.PARKED, parked_for=Wait.CIRCUIT, circuit=circuit)
        kept = self._payloads.keep(task, at)
        sets = {**release_keys(task.task_id, circuit_key(circuit), at), **kept}
        return self.transitions.advance(
            task, entry, Change(sets=sets, adds={"attempts": -1}), from_statuses=[Status.PROCESSING]
        ).done

    def waits_for_turn(self, task: Task, *, at: datetime, look_at: datetime) -> Moved:
        """Park a task until its turn comes; `done` is False when it has moved on meanwhile.

        Callers must check that the lease has expired before parking a task whose attempt was lost.

        Args:
            task: The task as it was read.
            at: The time.
            look_at: When release_tasks is to check that its turn was not missed.
        """
        entry = HistoryEntry(at=at, status=Status.PARKED, parked_for=Wait.TURN)
        return self.transitions.advance(task, entry, Change(sets=release_keys(task.task_id, DUE, look_at)))

    def waits_for_pause(self, task: Task, *, at: datetime) -> Moved:
        """Park a task until its kind is resumed; `done` is False when it has moved on meanwhile.

        Callers must check that the lease has expired before parking a task whose attempt was lost.
        """
        entry = HistoryEntry(at=at, status=Status.PARKED, parked_for=Wait.PAUSE)
        kept = self._payloads.keep(task, at)
        sets = {**release_keys(task.task_id, kind_key(task.type), at), **kept}
        return self.transitions.advance(task, entry, Change(sets=sets))

    def released(self, task: Task, *, by: Requester | None = None, at: datetime) -> Task | None:
        """Make a SCHEDULED or PARKED task PENDING; its message is yet to be sent.

        A SCHEDULED task takes its place in the lane of its ordering key; a PARKED one has a place.

        Args:
            task: The task as it was read.
            by: The client that asked for it; None when its time has come.
            at: The time.

        Returns:
            The task as it is then; None when it has moved on meanwhile.
        """
        entry = HistoryEntry(at=at, status=Status.PENDING, requested_by=by)
        change = Change(adds={"releases": 1, "trips": 1})
        if task.status is Status.SCHEDULED:
            moved = self.transitions.advance_into_lane(task, entry, change, from_statuses=[Status.SCHEDULED])
        else:
            moved = self.transitions.advance(task, entry, change, from_statuses=[Status.PARKED])
        return moved.task if moved.done else None

    def cancelled(self, task: Task, *, by: Requester | None = None, at: datetime) -> Moved:
        """Cancel a task for a client; `done` is False when it runs, has ended, or has just moved on."""
        entry = HistoryEntry(at=at, status=Status.CANCELLED, requested_by=by)
        change = Change(sets={"expiresAt": self._expiry(at)})
        return self.transitions.advance(task, entry, change, from_statuses=CANCELLABLE)

    def ask_to_cancel(self, task: Task, *, by: Requester) -> Moved:
        """Ask for the cancellation of a running task; see `cancelling.ask_to_cancel`."""
        return ask_to_cancel(self._client, self._name, task, by=by)

    def cancelled_instead(self, task: Task, error: TaskError | None, *, at: datetime) -> Moved:
        """Cancel a task whose attempt failed or was lost; see `cancelling.cancel_attempted`."""
        return cancel_attempted(self.transitions, task, error, at=at, expires_at=self._expiry(at))

    def expired(self, task: Task, *, at: datetime) -> Moved:
        """End a task that `has_expired`; `done` is False when it has moved on meanwhile."""
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
        """Begin a new generation of a dead-lettered task; `done` is False when it has just moved on.

        The task is then PENDING and the last of its lane; its message is yet to be sent.

        Args:
            task: The task as it was read.
            by: The client that asked for it.
            amendment: Another payload; None to keep the task's own.
            at: The time.
        """
        return self._redriving.redriven(task, by=by, amendment=amendment, at=at)

    def _expiry(self, at: datetime) -> int:
        """Return when DynamoDB may delete an ended task (TTL), in seconds since 1970."""
        return int((at + self._retention).timestamp())
