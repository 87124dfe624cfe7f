"""The deployed stack under test."""

import json
import uuid
from collections.abc import Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3

from faultline.client.api import Answer, ApiClient
from faultline.operations import api_keys
from infra.deploy.outputs import Outputs
from infra.stages import StageSettings
from tests.eventually import DEADLINE_SECONDS, eventually

ENDED = frozenset({"SUCCEEDED", "DEAD_LETTERED", "CANCELLED", "EXPIRED"})

type Task = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A deployed stack, which tests share by using unique names."""

    session: boto3.Session
    settings: StageSettings
    outputs: Outputs
    api_key: str | None

    def __post_init__(self) -> None:
        """Create the table's client, since threads must not create clients of one session at once."""
        assert self._table

    @cached_property
    def api(self) -> ApiClient:
        return ApiClient(self.outputs.api_url, self.api_key)

    @cached_property
    def _table(self) -> Any:
        return self.session.client("dynamodb")

    def submit(self, **submission: Any) -> Answer:
        """Submit a task, by default with an empty `simulate`, so that it does not fail at random."""
        return self.api.submit({"payload": {}, "simulate": {}, **submission})

    def accepted(self, **submission: Any) -> str:
        """Submit a task that must be accepted, and return its id."""
        answer = self.submit(**submission)
        assert answer.status == 202, answer.problem()
        return str(answer.body["taskId"])

    def task(self, task_id: str) -> Task:
        answer = self.api.task(task_id)
        assert answer.status == 200, answer.problem()
        return dict(answer.body)

    def status(self, task_id: str) -> str | None:
        """Return a task's status from its table, which takes a fraction of the CPU time of an API call."""
        found = self._table.get_item(
            TableName=self.outputs.task_table_name,
            Key={"taskId": {"S": task_id}},
            ProjectionExpression="#status",
            ExpressionAttributeNames={"#status": "status"},
            ConsistentRead=True,
        )
        return str(found["Item"]["status"]["S"]) if "Item" in found else None

    def item(self, key: str) -> dict[str, Any] | None:
        """Return an item of the task table with its typed values; None if there is none."""
        found = self._table.get_item(
            TableName=self.outputs.task_table_name, Key={"taskId": {"S": key}}, ConsistentRead=True
        )
        return dict(found["Item"]) if "Item" in found else None

    def ended(self, task_id: str, *, within: float = DEADLINE_SECONDS) -> Task:
        """Wait until a task has ended, and return it."""
        return eventually(lambda: self._in_one_of(ENDED, task_id), within=within, what=f"{task_id} has ended")

    def becomes(self, task_id: str, status: str, *, within: float = DEADLINE_SECONDS) -> Task:
        """Wait until a task is in a given state, and return it."""
        return eventually(
            lambda: self._in_one_of({status}, task_id),
            within=within,
            what=f"{task_id} is {status}",
            every=0.05,
        )

    def _in_one_of(self, wanted: Set[str], task_id: str) -> Task | None:
        """Return a task as the API shows it if, by its table and by the API, it is in a wanted state."""
        # An unknown task is read by the API, too, which refuses it at once.
        if self.status(task_id) not in (None, *wanted):
            return None
        task = self.task(task_id)
        return task if task["status"] in wanted else None

    def delivers(self, url: str, **submission: Any) -> str:
        """Submit a task that posts to `url`, and return its id."""
        return self.accepted(type="http.request", payload={"url": url}, **submission)

    def cancel(self, task_id: str) -> Answer:
        return self.api.call("DELETE", f"/tasks/{task_id}")

    def redrive(self, task_id: str) -> Answer:
        return self.api.call("POST", f"/tasks/{task_id}/redrive")

    def release(self) -> int:
        """Run an additional pass of release_tasks, and return the number of released tasks."""
        return int(self.invoke("release_tasks", {})["released"])

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Invoke a function by its short name, and return its response."""
        answer = self.session.client("lambda").invoke(
            FunctionName=self.settings.live_function(function), Payload=json.dumps(event)
        )
        returned = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, returned
        return returned


def with_new_key(session: boto3.Session, settings: StageSettings) -> str:
    """Create an API key for a deployed stage and return its value."""
    key = api_keys.create(session, settings, fresh("tests"))
    assert key.value is not None
    return key.value


def fresh(prefix: str) -> str:
    """Return a name, such as a task id, that no other test and no other run uses."""
    return f"{prefix}-{uuid.uuid4()}"


def retries(task: Task) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each failed attempt that was retried, with the beginning of the next attempt.

    A retry waits on the queue as RETRYING or, if its message has no receives left, in the table as PARKED. A
    busy machine may use up a receive without an attempt; the task is then parked once more, without an error.
    """
    history = task["history"]
    return [
        (entry, next(later for later in history[position:] if later["status"] == "PROCESSING"))
        for position, entry in enumerate(history)
        if "retryDelaySeconds" in entry and "error" in entry
    ]


def statuses(task: Task) -> list[str]:
    """Return the states that a task went through, without QUEUED, which a fast first attempt overtakes."""
    return [entry["status"] for entry in task["history"] if entry["status"] != "QUEUED"]
