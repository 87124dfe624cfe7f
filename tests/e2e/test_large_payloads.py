"""Payloads that are too large for their tasks' records."""

import base64
import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.deploy.endpoint import S3_CONFIG
from lambdas.domain.task import Task
from lambdas.store.objects import MAX_IN_TABLE_BYTES
from lambdas.store.payloads import MAX_INLINE_BYTES
from tests.e2e.dead_letters import report
from tests.e2e.direct import bucket_of, claimed, dead_lettered, opened, record_of, recorded, table_of
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh
from tests.eventually import eventually


def noise(size: int) -> str:
    """Return a random text of a given size, which compresses little."""
    return base64.b64encode(random.randbytes(size)).decode()[:size]


def item(stack: Stack, task_id: str) -> dict[str, Any]:
    found = stack.session.client("dynamodb").get_item(
        TableName=stack.outputs.task_table_name, Key={"taskId": {"S": task_id}}, ConsistentRead=True
    )
    return dict(found["Item"])


def test_a_large_payload_is_not_in_the_record(stack: Stack) -> None:
    """A large payload is shown with its task, but is not in the record, unlike a small one."""
    payload = {"text": noise(10_000)}
    reference = fresh("reference")
    task = stack.ended(stack.accepted(taskId=fresh("large"), payload=payload, reference=reference))
    assert task["payload"] == task["result"] == payload
    record = item(stack, task["taskId"])
    assert "payload" not in record
    assert item(stack, record["payloadKey"]["S"])["payload"]
    [listed] = stack.api.tasks(reference=reference, view="full").body["tasks"]
    assert listed["payload"] == payload

    small = stack.ended(stack.accepted(payload={"text": noise(MAX_INLINE_BYTES // 2)}))
    assert "payload" in item(stack, small["taskId"])


def test_a_payload_of_a_taken_id_overwrites_none(stack: Stack) -> None:
    task_id, payload = fresh("taken"), {"text": noise(5_000)}
    stack.ended(stack.accepted(taskId=task_id, payload=payload))
    assert stack.submit(taskId=task_id, payload={"text": noise(5_000)}).status == 409
    assert stack.task(task_id)["payload"] == payload


def test_a_refused_submission_shortens_no_payloads_life(stack: Stack) -> None:
    """A scheduled task's payload is kept, although the same one is submitted for now under the same id."""
    task_id, payload, ahead = fresh("taken"), {"text": noise(5_000)}, timedelta(days=200)
    run_at = (datetime.now(UTC) + ahead).isoformat()
    stack.accepted(taskId=task_id, payload=payload, runAt=run_at)
    assert stack.submit(taskId=task_id, payload=payload).status == 409
    assert kept_for(stack, task_id) > ahead
    assert stack.cancel(task_id).status == 202


def test_a_large_payload_is_in_a_report(stack: Stack) -> None:
    """A report has a sample's payload even if it is not in the task's record."""
    began, payload = datetime.now(UTC), {"text": noise(3_000)}
    # A category that no other test's dead letters have meanwhile.
    task_id = recorded(stack, payload=payload, simulate={"error": "RATE_LIMIT"}, max_attempts=1)
    stack.invoke("process_task", {"Records": [record_of(stack, task_id, str(uuid.uuid4()))]})
    assert stack.task(task_id)["status"] == "DEAD_LETTERED"
    samples = {each["taskId"]: each["payload"] for each in report(stack, began)["samples"]}
    assert len(samples[task_id]["text"]) > 0


def test_a_large_message_that_is_no_task_is_recorded_whole(stack: Stack) -> None:
    body = noise(5_000)
    stack.session.client("sqs").send_message(
        QueueUrl=stack.outputs.task_queue_url,
        MessageBody=body,
        MessageGroupId=fresh("large"),
        MessageDeduplicationId=uuid.uuid4().hex,
    )

    def recorded() -> bool:
        page = stack.api.tasks(status="DEAD_LETTERED", limit=20, view="full").body
        return any(task["payload"] == {"body": body} for task in page["tasks"])

    eventually(recorded, what="a record of the message", every=0.5)


def kept_for(stack: Stack, task_id: str) -> timedelta:
    """Return the time until a task's payload expires."""
    expires_at = int(item(stack, item(stack, task_id)["payloadKey"]["S"])["expiresAt"]["N"])
    return datetime.fromtimestamp(expires_at, UTC) - datetime.now(UTC)


def test_the_payload_of_an_old_task_is_kept_while_it_waits(stack: Stack, sink: Sink) -> None:
    """The payload of a task that has waited for a dependency for weeks is kept."""
    retention = timedelta(days=stack.settings.task_retention_days)
    payload = {"url": sink.url, "body": noise(5_000)}
    opened(stack, sink)

    def parked() -> str | None:
        """Return the id of a task that waits for its circuit, or None if it was released as a probe."""
        # A payload is kept for three retentions, of which one is left to a task of this age. The search for
        # unsent tasks finds it as well, and its message is parked like this one's.
        task_id = recorded(stack, at=datetime.now(UTC) - 2 * retention, type="http.request", payload=payload)
        stack.invoke("process_task", {"Records": [record_of(stack, task_id, str(uuid.uuid4()))]})
        return task_id if "circuit" in stack.task(task_id)["history"][-1] else None

    task_id = eventually(parked, what="a task is parked for its circuit")
    assert kept_for(stack, task_id) > 2.9 * retention
    assert stack.cancel(task_id).status == 202


def test_the_payload_of_an_old_task_is_kept_when_it_is_redriven(stack: Stack) -> None:
    retention = timedelta(days=stack.settings.task_retention_days)
    payload = {"text": noise(5_000)}
    task_id = dead_lettered(stack, at=datetime.now(UTC) - 2 * retention, payload=payload)

    assert stack.redrive(task_id).body["payload"] == payload

    assert kept_for(stack, task_id) > 2.9 * retention
    assert stack.ended(task_id)["result"] == payload


def test_a_payload_above_200_kb_is_an_object(stack: Stack) -> None:
    """A payload above 200 KB is an object in S3; the task shows it, and lists show its size."""
    payload = {"text": noise(MAX_IN_TABLE_BYTES)}
    task = stack.ended(stack.accepted(taskId=fresh("object"), reference=fresh("large"), payload=payload))
    assert task["payload"] == task["result"] == payload
    record = item(stack, task["taskId"])
    assert record["payloadKey"]["S"].startswith(f"payloads/{task['taskId']}/")
    assert record["resultKey"]["S"].startswith(f"results/{task['taskId']}/")
    [listed] = stack.api.tasks(reference=task["reference"], view="full").body["tasks"]
    assert listed["payload"] == listed["result"] == {"omitted": True, "bytes": len(json.dumps(payload)) - 1}


def test_a_submission_that_waits_is_answered_with_a_large_result(stack: Stack) -> None:
    payload = {"text": noise(MAX_IN_TABLE_BYTES)}
    answer = stack.api.submit({"payload": payload, "simulate": {}}, wait_seconds=25)
    assert answer.status == 200
    assert answer.body["result"] == answer.body["payload"] == payload


def test_payload_and_result_that_do_not_fit_one_answer(stack: Stack) -> None:
    """An answer that cannot hold both payload and result has the result and the payload's size."""
    payload = {"text": '"' * 1_000_000}
    task = stack.ended(stack.accepted(payload=payload))
    assert task["result"] == payload
    assert task["payload"] == {"omitted": True, "bytes": 2_000_011}


def test_an_object_that_has_gone(stack: Stack) -> None:
    """A task whose object is missing is dead-lettered with that reason, and shows an omitted payload."""
    began = datetime.now(UTC)
    task_id = recorded(stack, payload={"text": noise(MAX_IN_TABLE_BYTES)})
    key = item(stack, task_id)["payloadKey"]["S"]
    stack.session.client("s3", config=S3_CONFIG).delete_object(Bucket=bucket_of(stack), Key=key)
    stack.invoke("process_task", {"Records": [record_of(stack, task_id, str(uuid.uuid4()))]})
    task = stack.task(task_id)
    assert task["status"] == "DEAD_LETTERED"
    assert task["error"]["message"] == f"the payload of {task_id} has expired"
    assert task["payload"]["omitted"] is True
    # A report has a sample of each reason, unless its payload is gone.
    assert task_id not in {each["taskId"] for each in report(stack, began)["samples"]}
    assert stack.api.redrive(task_id, {"text": "another"}).status == 202


def test_a_result_that_has_gone(stack: Stack) -> None:
    """A task whose result is no longer stored shows an omitted result, also to a repeated submission."""
    task_id = fresh("result")
    body = {"taskId": task_id, "payload": {"text": noise(MAX_IN_TABLE_BYTES)}, "simulate": {}}
    stack.ended(stack.accepted(**body))
    key = item(stack, task_id)["resultKey"]["S"]
    stack.session.client("s3", config=S3_CONFIG).delete_object(Bucket=bucket_of(stack), Key=key)
    assert stack.task(task_id)["result"]["omitted"] is True
    repeated = stack.api.submit(body, wait_seconds=1)
    assert (repeated.status, repeated.body["result"]["omitted"]) == (200, True)


def test_an_object_is_kept_while_its_task_waits(stack: Stack) -> None:
    """A redrive writes the object of an old task again, so that its age begins anew."""
    payload = {"text": noise(MAX_IN_TABLE_BYTES)}
    retention = timedelta(days=stack.settings.task_retention_days)
    task_id = dead_lettered(stack, at=datetime.now(UTC) - 2 * retention, payload=payload)
    s3, key = stack.session.client("s3", config=S3_CONFIG), item(stack, task_id)["payloadKey"]["S"]
    written = s3.head_object(Bucket=bucket_of(stack), Key=key)["LastModified"]

    def is_new() -> bool:
        """Return whether another write would have a later time, which S3 keeps in whole seconds."""
        return bool(datetime.now(UTC).replace(microsecond=0) > written)

    eventually(is_new, within=5, what="the next second")
    assert stack.redrive(task_id).body["payload"] == payload

    assert s3.head_object(Bucket=bucket_of(stack), Key=key)["LastModified"] > written
    assert stack.ended(task_id)["result"] == payload


@pytest.mark.parametrize("gone", [False, True])
def test_an_object_is_kept_while_its_task_waits_for_its_turn(stack: Stack, gone: bool) -> None:
    """The object of a task that waits for its turn is kept longer when release_tasks checks the turn.

    An object that is gone blocks nothing.
    """
    retention = timedelta(days=stack.settings.task_retention_days)
    table = table_of(stack)

    def parked() -> tuple[Task, str] | None:
        """Park a task until its turn, unless the search for unsent tasks has found it before."""
        key, now = fresh("key"), datetime.now(UTC)
        head = claimed(table, recorded(stack, orderingKey=key))
        payload = {"text": noise(MAX_IN_TABLE_BYTES)}
        follower = recorded(stack, at=now - 2 * retention, orderingKey=key, payload=payload)
        if gone:
            stored = item(stack, follower)["payloadKey"]["S"]
            stack.session.client("s3", config=S3_CONFIG).delete_object(Bucket=bucket_of(stack), Key=stored)
        task = table.get(follower)
        assert task is not None
        return (head, follower) if table.park_for_turn(task, at=now, check_at=now).done else None

    head, follower = eventually(parked, what="a task waits for its turn")

    def kept() -> bool:
        until = int(item(stack, follower)["payloadExpiresAt"]["N"])
        return datetime.fromtimestamp(until, UTC) - datetime.now(UTC) > 2.9 * retention

    eventually(kept, what="its payload is kept for longer")
    assert table.succeeded(head, {}, at=datetime.now(UTC)).done
    assert stack.cancel(follower).status == 202
