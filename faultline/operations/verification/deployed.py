"""A deployed stage under verification, and the tasks that the checks submit."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3

from faultline.client.api import Answer, ApiClient
from faultline.operations.verification.check import NotAsPromised
from infra.deploy.outputs import Outputs
from infra.stages import StageSettings
from lambdas.domain.lifecycle import ENDED
from lambdas.domain.submission import UNREADABLE_PREFIX

_POLL_SECONDS = 0.5

type Task = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A deployed stage, with helpers for checks.

    Attributes:
        api: Client of the stage's API, with a key if the stage requires one.
        is_aws: Whether the stage is on AWS.
        patience_seconds: Maximum time that a check waits.
    """

    session: boto3.Session
    settings: StageSettings
    outputs: Outputs
    api: ApiClient
    is_aws: bool
    patience_seconds: float = 100

    def wait[T](self, probe: Callable[[], T | None], failure: str) -> T:
        """Call `probe` until it returns a true value, and return the value.

        Raises:
            NotAsPromised: If `probe` returns no true value in time; the message begins with `failure`.
        """
        deadline = time.monotonic() + self.patience_seconds
        while not (found := probe()):
            if time.monotonic() > deadline:
                raise NotAsPromised(f"{failure} within {self.patience_seconds:g} s")
            time.sleep(_POLL_SECONDS)
        return found

    def submit(self, kind: str, payload: dict[str, Any], **more: Any) -> str:
        """Submit a task that is exempt from random failures, and return its id.

        Raises:
            NotAsPromised: If the submission is refused.
        """
        task_id = f"verify-{uuid.uuid4()}"
        submission = {"taskId": task_id, "type": kind, "payload": payload, **self.never_at_random(), **more}
        expect(self.api.call("POST", "/tasks", json=submission), 202)
        return task_id

    def never_at_random(self) -> dict[str, Any]:
        """Return the fields of a submission that exempt a task from random failures.

        They are empty unless the stage allows simulation, since other stages reject these fields.
        """
        return {} if self.settings.failure_rate is None else {"simulate": {}}

    def refused(self) -> str:
        """Submit a task that is dead-lettered after one attempt, and return its id.

        Its work is a request that the API refuses.
        """
        request = {"url": f"{self.outputs.api_url.rstrip('/')}/tasks", "body": {"taskId": UNREADABLE_PREFIX}}
        return self.submit("http.request", request)

    def task(self, task_id: str) -> Task:
        """Read a task.

        Raises:
            NotAsPromised: If the API does not return the task.
        """
        return dict(expect(self.api.task(task_id), 200).body)

    def becomes(self, task_id: str, *statuses: str, generation: int = 0) -> Task:
        """Wait until a task is in one of the given states, and return it.

        Raises:
            NotAsPromised: If the task does not reach one of the states in time, or ends in another state.
        """

        def look() -> Task | None:
            task = self.task(task_id)
            if task["status"] in statuses and task["generation"] == generation:
                return task
            if task["status"] in ENDED.difference(statuses) and task["generation"] >= generation:
                error = task.get("error", {}).get("message", "")
                raise NotAsPromised(f"{task_id} is {task['status']}, not {' or '.join(statuses)}: {error}")
            return None

        return self.wait(look, f"{task_id} has not become {' or '.join(statuses)}")


def expect(answer: Answer, status: int) -> Answer:
    """Check that a response has the expected status, and return it.

    Raises:
        NotAsPromised: If it has another status.
    """
    if answer.status != status:
        raise NotAsPromised(f"HTTP {status} was expected: {answer.problem()}")
    return answer
