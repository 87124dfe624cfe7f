"""Batches, from the request to the last task's end."""

from datetime import datetime
from typing import Any

from faultline.client import Client, Status
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh
from tests.e2e.test_callbacks import verified
from tests.eventually import eventually


def test_a_batch_is_accepted_and_done(stack: Stack) -> None:
    """A batch accepts its valid tasks, can be repeated, and ends with its last task."""
    id, key = fresh("batch"), fresh("key")
    tasks: list[dict[str, Any]] = [{"payload": {"n": n}, "simulate": {}} for n in range(28)]
    tasks[3] |= {"type": "none"}
    tasks[4] |= {"other": 1}
    tasks[6] |= {"expiresAt": "2020-01-01T00:00:00Z"}
    tasks[20:23] = [{**task, "orderingKey": key} for task in tasks[20:23]]
    answer = stack.api.call("POST", "/batches", json={"batchId": id, "tasks": tasks})
    assert answer.status == 202, answer.problem()
    assert answer.headers["Location"] == f"batches/{id}"
    results = answer.body["results"]
    assert [n for n, each in enumerate(results) if each["status"] != 202] == [3, 4, 6]
    fields = [each["field"] for n in (3, 4, 6) for each in results[n]["problem"]["errors"]]
    assert fields == ["type", "other", "expiresAt"]
    assert results[5] == {"taskId": f"{id}.5", "status": 202, "state": "QUEUED"}
    again = stack.api.call("POST", "/batches", json={"batchId": id, "tasks": tasks}).body["results"]
    assert {each["status"] for each in again} == {200, 400}

    with Client(stack.outputs.api_url, stack.api_key) as client:
        state = eventually(
            lambda: found if (found := client.batch(id)).ended_at else None, what="it has ended"
        )
    assert (state.total, state.counts) == (28, {Status.SUCCEEDED: 25})
    ends = [stack.task(f"{id}.{n}")["updatedAt"] for n in (20, 21, 22)]
    assert ends == sorted(ends)
    changed = stack.api.call("POST", "/batches", json={"batchId": id, "tasks": tasks[1:]})
    assert (changed.status, changed.body["type"]) == (409, "urn:faultline:problem:batch-id-taken")
    assert stack.api.call("GET", f"/batches/{fresh('batch')}").status == 404


def test_the_end_of_a_batch_is_told_once(stack: Stack, sink: Sink, another_sink: Sink) -> None:
    """A batch's end has one callback, signed like those of tasks, however its tasks ended.

    The batch is checked again and again while one of its tasks waits for a retry.
    """
    id = fresh("batch")
    another_sink.answer(429, retry_after=90)
    tasks: list[dict[str, Any]] = [{"payload": {}, "simulate": {}} for _ in range(4)]
    tasks[1]["simulate"] = {"error": "VALIDATION"}
    tasks[2] |= {"type": "http.request", "payload": {"url": another_sink.url}}
    with Client(stack.outputs.api_url, stack.api_key) as client:
        client.submit_batch(id, tasks, callback_url=sink.url)
        stack.becomes(f"{id}.2", "PARKED")
        timer = stack.item(f"timer/batch/{id}")  # due at the next check
        assert timer is not None
        eventually(lambda: stack.item(f"timer/batch/{id}") != timer, what="it is checked again")
        assert sink.requests() == []
        assert stack.cancel(f"{id}.2").status == 202
        eventually(sink.done, what="the end is told")
        state = client.batch(id)
    [delivery] = stack.api.tasks(reference=id).body["tasks"]
    assert stack.ended(delivery["taskId"])["status"] == "SUCCEEDED"
    [request] = sink.done()
    body = verified(stack, request)
    assert (body["batchId"], body["total"]) == (id, 4)
    assert body["counts"] == {"SUCCEEDED": 2, "DEAD_LETTERED": 1, "CANCELLED": 1}
    assert state.ended_at == datetime.fromisoformat(body["endedAt"])
