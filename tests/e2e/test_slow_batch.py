"""A batch in which one task takes long and leaves the others little time."""

import uuid

import pytest

from tests.e2e.direct import circuit, record_of, recorded
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh


@pytest.mark.alone  # its batch has little time left, of which other tests would take some
def test_tasks_with_too_little_time_left_are_given_back(stack: Stack, sink: Sink) -> None:
    """Tasks with too little time left are returned without an attempt, for another invocation."""
    latency = 1000 * stack.settings.process_timeout_seconds - 2500
    slow = recorded(stack, simulate={"latencyMs": latency})
    others = [recorded(stack, type="http.request", payload={"url": sink.url}) for _ in range(4)]
    messages = [str(uuid.uuid4()) for _ in others]
    records = [record_of(stack, *pair) for pair in zip(others, messages, strict=True)]
    first = record_of(stack, slow, str(uuid.uuid4()))
    returned = stack.invoke("process_task", {"Records": [first, *records]})
    assert returned == {"batchItemFailures": [{"itemIdentifier": message} for message in messages]}
    assert stack.task(slow)["status"] == "SUCCEEDED"
    assert [stack.task(task_id)["attempts"] for task_id in others] == [0] * len(others)
    assert not circuit(stack, sink)
    for task_id in others:
        assert stack.submit(taskId=task_id, type="http.request", payload={"url": sink.url}).status == 200
        assert stack.ended(task_id)["attempts"] == 1


@pytest.mark.alone
def test_tasks_given_back_keep_their_order_and_get_their_attempts(stack: Stack, sink: Sink) -> None:
    """Tasks are returned in order; one whose message has no receives left gets another message."""
    slow = recorded(stack, simulate={"latencyMs": 1000 * stack.settings.process_timeout_seconds - 2500})
    group = fresh("group")
    head, follower, out_of_receives = (recorded(stack) for _ in range(3))
    messages = [str(uuid.uuid4()) for _ in range(2)]
    records = [
        record_of(stack, slow, str(uuid.uuid4())),
        record_of(stack, head, messages[0], group=group),
        record_of(stack, follower, messages[1], group=group),
        record_of(stack, out_of_receives, str(uuid.uuid4()), receives=stack.settings.max_receive_count),
    ]
    returned = stack.invoke("process_task", {"Records": records})
    assert returned == {"batchItemFailures": [{"itemIdentifier": message} for message in messages]}
    assert [stack.task(task_id)["attempts"] for task_id in (head, follower)] == [0, 0]
    done = stack.ended(out_of_receives)
    assert (done["status"], done["attempts"]) == ("SUCCEEDED", 1)
    assert "PARKED" in [entry["status"] for entry in done["history"]]
