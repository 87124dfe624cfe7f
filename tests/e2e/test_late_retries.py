"""Retries, which are not made before they are due, whatever happens to their messages."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from lambdas.domain.errors import Category, TaskError
from tests.e2e.direct import claimed, moved_by_sqs, record_of, recorded, table_of
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, Task
from tests.eventually import eventually

ERROR = TaskError.of(Category.SYSTEM, "Broken", "it broke")


def retrying(stack: Stack, delay_seconds: int) -> str:
    """Return the id of a task whose first attempt has failed, and which has no message."""
    table = table_of(stack)
    task_id = recorded(stack)
    task, now = claimed(table, task_id), datetime.now(UTC)
    assert table.retrying(task, ERROR, delay_seconds, receipt_handle="none", at=now)
    return task_id


def seconds_until_second_attempt(task: Task) -> float:
    """Return the seconds from the end of the first attempt to the beginning of the second."""
    failed = next(entry for entry in task["history"] if entry["status"] == "RETRYING")
    second = next(entry for entry in task["history"] if entry.get("attempt") == 2)
    return (datetime.fromisoformat(second["at"]) - datetime.fromisoformat(failed["at"])) / timedelta(
        seconds=1
    )


@pytest.mark.alone  # it checks the whole queue
def test_a_long_delay_is_waited_for_without_a_message(stack: Stack, sink: Sink) -> None:
    """A task whose host requests a delay of 90 s is parked without a message in flight."""
    sink.answer(429, retry_after=90)
    parked = stack.becomes(stack.delivers(sink.url), "PARKED")
    entry = parked["history"][-1]
    assert entry["retryDelaySeconds"] >= 90
    assert (entry["attempt"], entry["error"]["category"]) == (1, "RATE_LIMIT")

    def queue_is_empty() -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = stack.session.client("sqs").get_queue_attributes(
            QueueUrl=stack.outputs.task_queue_url,
            AttributeNames=names,  # type: ignore[arg-type]
        )
        return set(found["Attributes"].values()) == {"0"}

    eventually(queue_is_empty, what="an empty queue", every=0.2)
    stack.release()
    assert stack.task(parked["taskId"]) == parked
    assert len(sink.requests()) == 1
    assert stack.cancel(parked["taskId"]).status == 202


def test_a_message_out_of_receives_waits_for_the_retry_that_its_task_named(stack: Stack) -> None:
    """A task with attempts left is retried from the dead-letter queue, but not before its time."""
    task_id = retrying(stack, delay_seconds=4)
    moved_by_sqs(stack, task_id, 0)
    task = stack.ended(task_id)
    assert (task["status"], task["attempts"]) == ("SUCCEEDED", 2)
    assert seconds_until_second_attempt(task) >= 4


def test_a_message_that_comes_too_early_makes_no_attempt(stack: Stack) -> None:
    """A message that arrives before the retry's time makes no attempt."""
    task_id = retrying(stack, delay_seconds=4)
    early = record_of(stack, task_id, str(uuid.uuid4()))
    assert stack.invoke("process_task", {"Records": [early]}) == {"batchItemFailures": []}
    task = stack.ended(task_id)
    assert (task["status"], task["attempts"]) == ("SUCCEEDED", 2)
    assert seconds_until_second_attempt(task) >= 4


def test_a_retry_whose_message_is_out_of_receives_gets_another(stack: Stack) -> None:
    """A retry whose message has no receives left is parked, and gets another message."""
    task_id = recorded(stack, simulate={"failures": 1, "error": "SYSTEM"})
    last = record_of(stack, task_id, str(uuid.uuid4()), receives=stack.settings.max_receive_count)
    assert stack.invoke("process_task", {"Records": [last]}) == {"batchItemFailures": []}
    task = stack.ended(task_id)
    assert (task["status"], task["attempts"]) == ("SUCCEEDED", 2)
    failed = next(entry for entry in task["history"] if "error" in entry)
    assert (failed["status"], failed["attempt"], failed["error"]["category"]) == ("PARKED", 1, "SYSTEM")
