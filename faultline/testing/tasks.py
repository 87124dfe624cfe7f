"""Tasks in a sandbox, for end-to-end tests."""

from typing import Any

from faultline.client.api import Answer, ApiClient
from faultline.client.client import run
from faultline.client.exchange import Exchanges


class Tasks:
    """Client that submits tasks and waits for them; a refused call makes the test fail."""

    def __init__(self, api: ApiClient) -> None:
        self.api = api

    def submit(self, kind: str, payload: dict[str, Any], **options: Any) -> str:
        """Submit a task and return its id; `options` are other fields of a submission, such as `runAt`."""
        body = {"type": kind, "payload": payload, **options}
        return str(_succeeded(self.api.submit(body)).body["taskId"])

    def get(self, task_id: str) -> dict[str, Any]:
        """Read the current state of a task."""
        return _body(self.api.task(task_id))

    def wait(self, task_id: str, seconds: float = 60) -> dict[str, Any]:
        """Wait up to `seconds` for a task to end, and return its last known state."""
        task = run(self.api, Exchanges().ended(task_id, seconds))
        return task.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def run(
        self, kind: str, payload: dict[str, Any], *, seconds: float = 60, **options: Any
    ) -> dict[str, Any]:
        """Submit a task, wait up to `seconds` for it to end, and return its last known state."""
        return self.wait(self.submit(kind, payload, **options), seconds)

    def redrive(self, task_id: str) -> dict[str, Any]:
        """Redrive a dead letter, and return the task."""
        return _body(self.api.redrive(task_id))


def _body(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = _succeeded(answer).body
    return found


def _succeeded(answer: Answer) -> Answer:
    assert answer.ok, answer.problem()
    return answer
