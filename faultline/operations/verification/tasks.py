"""Checks of how tasks end."""

import uuid
from datetime import UTC, datetime, timedelta

from faultline.operations.verification.check import NotAsPromised
from faultline.operations.verification.deployed import Deployed, expect
from lambdas.domain.serialization import rfc3339

_IN_ORDER = 3


def done(stage: Deployed) -> None:
    """Check that a task succeeds, and that its result can be read."""
    payload = {"verify": str(uuid.uuid4())}
    task = stage.becomes(stage.submit("echo", payload), "SUCCEEDED")
    if task["result"] != payload:
        raise NotAsPromised(f"the result of {task['taskId']} is not its payload")


def retried(stage: Deployed) -> None:
    """Check that a failing task is retried, never before the retry is due, and then dead-lettered."""
    # This host can never exist (https://www.rfc-editor.org/rfc/rfc6761#section-6.4). Its name is new each
    # time, so that its circuit has no failures yet.
    url = f"https://{uuid.uuid4()}.invalid/"
    task = stage.becomes(stage.submit("http.request", {"url": url}), "DEAD_LETTERED")
    if task["attempts"] != task["maxAttempts"] or task["error"]["category"] != "NETWORK":
        raise NotAsPromised(
            f"{task['taskId']} failed with {task['error']['category']} after {task['attempts']} of "
            f"{task['maxAttempts']} attempts"
        )
    due: datetime | None = None
    for entry in task["history"]:
        at = datetime.fromisoformat(entry["at"])
        if entry["status"] == "PROCESSING" and due is not None and at < due:
            raise NotAsPromised(f"{task['taskId']} was retried at {entry['at']}, earlier than {rfc3339(due)}")
        if "retryDelaySeconds" in entry:
            due = at + timedelta(seconds=entry["retryDelaySeconds"])
    cancelled_for_good(stage, task["taskId"])


def redriven(stage: Deployed) -> None:
    """Check that a redriven dead letter begins a new generation, with its attempts counted anew."""
    task_id = stage.refused()
    stage.becomes(task_id, "DEAD_LETTERED")
    expect(stage.api.redrive(task_id), 202)
    task = stage.becomes(task_id, "DEAD_LETTERED", generation=1)
    if task["attempts"] != 1:
        raise NotAsPromised(f"{task_id} had {task['attempts']} attempts in its second generation, not 1")
    cancelled_for_good(stage, task_id)


def cancelled(stage: Deployed) -> None:
    """Check that a scheduled task can be cancelled."""
    later = rfc3339(datetime.now(UTC) + timedelta(hours=1))
    cancelled_for_good(stage, stage.submit("echo", {}, runAt=later))


def in_order(stage: Deployed) -> None:
    """Check that tasks with the same ordering key run one after another in the order of submission."""
    key = f"verify-{uuid.uuid4()}"
    ids = [stage.submit("echo", {"number": number}, orderingKey=key) for number in range(_IN_ORDER)]
    ended = ""
    for task_id in ids:
        history = stage.becomes(task_id, "SUCCEEDED")["history"]
        began = next(entry["at"] for entry in history if entry["status"] == "PROCESSING")
        if began < ended:
            raise NotAsPromised(
                f"{task_id} began at {began}, before the task ahead of it had ended at {ended}"
            )
        ended = history[-1]["at"]


def cancelled_for_good(stage: Deployed, task_id: str) -> None:
    """Cancel a task, and check that it ends cancelled."""
    expect(stage.api.cancel(task_id), 202)
    generation = stage.task(task_id)["generation"]
    stage.becomes(task_id, "CANCELLED", generation=generation)
