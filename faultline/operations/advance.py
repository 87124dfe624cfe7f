"""Simulated passage of time in a sandbox: everything that is due within a period happens now, in order.

The clocks are not changed. Instead the times that tasks wait for are moved closer step by step, so that
consequences, such as the next retry of a task, happen in the right order, too.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

from faultline.operations.durations import duration
from faultline.operations.errors import OperationFailed
from infra.deploy.outputs import outputs
from infra.errors import aws_errors
from infra.stages import StageSettings
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import rfc3339
from lambdas.store.attribute_values import marshal, unmarshal
from lambdas.store.indexes import BY_RELEASE, BY_STATE, status_shards
from lambdas.store.item import SHARDS, release_shard
from lambdas.store.timers import EXPIRY, Timer
from lambdas.store.waiting_keys import DUE

SETTLE_SECONDS = 60.0
"""Time limit in seconds for the due tasks to finish."""
_PAUSE_SECONDS = 0.05
_BUSY = (Status.PENDING, Status.QUEUED, Status.PROCESSING)


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    """A task or timer that waits for a time, in index by-release or with a message in flight."""

    task_id: str
    due: datetime
    release_at: str | None = None


def time_to_advance(text: str) -> timedelta:
    """Parse the time by which to advance, such as `90s`, `5m`, `1h` or `2d`.

    Raises:
        ValueError: If the text is not such a duration.
    """
    found = duration(text, "smhd")
    if found is None:
        raise ValueError(f"{text!r} is not a duration such as 90s, 5m, 1h or 2d")
    return found


def advance(session: boto3.Session, settings: StageSettings, by: timedelta) -> int:
    """Run now, in order, everything due within a period; return the number of tasks that were due.

    Circuits, which recover within seconds, and the TTLs of tasks are not affected.

    Raises:
        OperationFailed: If the due tasks are not finished within SETTLE_SECONDS.
        StackMissing: If the stage is not deployed.
        AwsUnavailable: If the sandbox cannot be reached.
    """
    happened = 0
    with aws_errors(f"advancing {settings.stack_name}"):
        clock = _Clock(session, settings)
        clock.settle()
        left = by
        while left > timedelta():
            waiting = clock.waiting()
            now = datetime.now(UTC)
            step = min((each.due - now for each in waiting), default=left)
            step = min(max(step, timedelta()), left)
            due = [each for each in waiting if each.due <= now + step]
            clock.shift(waiting, step)
            left -= step
            if not due:
                break
            happened += len(due)
            clock.release(due)
            clock.settle()
    return happened


class _Clock:
    def __init__(self, session: boto3.Session, settings: StageSettings) -> None:
        self._client = session.client("dynamodb")
        self._sqs = session.client("sqs")
        self._lambda = session.client("lambda")
        self._table = settings.task_table_name
        self._queue_url = outputs(session, settings).task_queue_url
        self._release = settings.live_function("release_tasks")

    def settle(self) -> None:
        """Wait until no task is queued or running."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while busy := next(self._in_state(*_BUSY), None):
            if time.monotonic() > deadline:
                raise OperationFailed(f"task {busy['taskId']} has not finished within {SETTLE_SECONDS:g} s")
            time.sleep(_PAUSE_SECONDS)

    def waiting(self) -> list[_Waiting]:
        """Return the tasks and deadlines that wait for a time, soonest first."""
        found = list[_Waiting]()
        for shard in range(SHARDS):
            for item in self._query(BY_RELEASE.name, BY_RELEASE.partition, release_shard(DUE, shard)):
                due, _, task_id = item["releaseAt"].partition("#")
                timer = Timer.of_key(task_id)
                if timer is None or timer.what == EXPIRY:
                    due_at = datetime.fromisoformat(due)
                    found.append(_Waiting(task_id=task_id, due=due_at, release_at=item["releaseAt"]))
        for item in self._in_state(Status.RETRYING):
            if record := self._record(item["taskId"]):
                not_before = record.get("notBefore")
                if not_before is not None:
                    due_at = datetime.fromtimestamp(not_before / 1000, UTC)
                    found.append(_Waiting(task_id=item["taskId"], due=due_at))
        return sorted(found, key=lambda each: (each.due, each.task_id))

    def shift(self, waiting: list[_Waiting], step: timedelta) -> None:
        """Move the times of waiting tasks closer, skipping tasks that have changed in the meantime."""
        for each in waiting:
            if timer := Timer.of_key(each.task_id):
                self._shift_timer(timer, each, step)
                continue
            record = self._record(each.task_id)
            if record is None:
                continue
            milliseconds = round(step / timedelta(milliseconds=1))
            if each.release_at is not None:
                guard, old = "releaseAt", each.release_at
                new: object = f"{rfc3339(each.due - step)}#{each.task_id}"
            elif (not_before := record.get("notBefore")) is not None:
                guard, old, new = "notBefore", not_before, not_before - milliseconds
            else:
                continue  # its retry has begun
            last = len(record["history"]) - 1
            began = record["history"][last]["at"] - milliseconds
            changed = self._changed(each.task_id, {f"history[{last}].#at": began, guard: new}, guard, old)
            if changed and each.release_at is None:
                self._show(record, each.due - step)

    def _shift_timer(self, timer: Timer, waiting: _Waiting, step: timedelta) -> None:
        """Move a timer and the deadline of its task closer."""
        record = self._record(timer.id)
        deadline = record.get("deadline") if record else None
        if deadline is not None:
            sooner = deadline - round(step / timedelta(milliseconds=1))
            self._changed(timer.id, {"deadline": sooner}, "deadline", deadline)
        sets = {"releaseAt": f"{rfc3339(waiting.due - step)}#{timer.key}"}
        self._changed(timer.key, sets, "releaseAt", waiting.release_at)

    def release(self, due: list[_Waiting]) -> None:
        """Release due tasks, and wait until none of them is waiting any longer."""
        if any(each.release_at is not None for each in due):
            self._lambda.invoke(FunctionName=self._release, InvocationType="Event", Payload=b"{}")
        deadline = time.monotonic() + SETTLE_SECONDS
        ids = {each.task_id for each in due}
        while still := ids & {each.task_id for each in self.waiting() if each.due <= datetime.now(UTC)}:
            if time.monotonic() > deadline:
                raise OperationFailed(f"task {min(still)} was not released within {SETTLE_SECONDS:g} s")
            time.sleep(_PAUSE_SECONDS)

    def _show(self, record: dict[str, Any], due: datetime) -> None:
        """Make the message of a task visible when its retry is due."""
        seconds = max(0.0, (due - datetime.now(UTC)).total_seconds())
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._queue_url,
                ReceiptHandle=record["receiptHandle"],
                VisibilityTimeout=int(seconds) + (seconds > int(seconds)),
            )
        except (ClientError, KeyError):
            return  # The message is already visible, and the attempt may have begun.

    def _changed(self, task_id: str, sets: dict[str, Any], guard: str, old: object) -> bool:
        places = {f":v{number}": value for number, value in enumerate(sets.values())}
        names: Any = {"ExpressionAttributeNames": {"#at": "at"}} if "#at" in "".join(sets) else {}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=marshal({"taskId": task_id}),
                UpdateExpression="SET "
                + ", ".join(f"{name} = {place}" for name, place in zip(sets, places, strict=True)),
                ConditionExpression=f"{guard} = :old",
                ExpressionAttributeValues=marshal({":old": old, **places}),
                **names,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _in_state(self, *statuses: Status) -> Iterator[dict[str, Any]]:
        for key in status_shards(statuses, SHARDS):
            for item in self._query(BY_STATE.name, BY_STATE.partition, key):
                if item["status"] in statuses:
                    yield item

    def _query(self, index: str, partition: str, key: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=index,
            KeyConditionExpression="#key = :key",
            ExpressionAttributeNames={"#key": partition},
            ExpressionAttributeValues=marshal({":key": key}),
        )
        for page in pages:
            yield from map(unmarshal, page["Items"])

    def _record(self, task_id: str) -> dict[str, Any] | None:
        found = self._client.get_item(
            TableName=self._table, Key=marshal({"taskId": task_id}), ConsistentRead=True
        )
        return unmarshal(found["Item"]) if "Item" in found else None
