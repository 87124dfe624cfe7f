"""Access to the stack that bypasses its API: unsent tasks, raw messages and batches."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.deploy.endpoint import S3_CONFIG
from lambdas.domain.errors import Category, TaskError
from lambdas.domain.submission import Submission
from lambdas.domain.task import Task as ATask
from lambdas.domain.task import accepted
from lambdas.store.objects import Objects
from lambdas.store.snapshot import Claimed, Refused
from lambdas.store.table import TaskTable
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, Task, fresh
from tests.eventually import eventually


def record_of(
    stack: Stack, task_id: str, message_id: str, *, group: str = "", receives: int = 1
) -> dict[str, Any]:
    """Return a message about a task in the form in which the event source mapping delivers it.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    return {
        "messageId": message_id,
        "receiptHandle": "none",
        "body": json.dumps({"taskId": task_id, "generation": 0, "correlationId": "c"}),
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "SentTimestamp": "0",
            "SenderId": "x",
            "ApproximateFirstReceiveTimestamp": "0",
            "MessageGroupId": group or task_id,
            "MessageDeduplicationId": message_id,
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:x.fifo",
        "awsRegion": stack.session.region_name,
    }


def table_of(stack: Stack) -> TaskTable:
    """Return access to a stack's task table, with the stage's retention."""
    retention = timedelta(days=stack.settings.task_retention_days)
    return TaskTable(
        stack.session.client("dynamodb"),
        stack.outputs.task_table_name,
        objects_of(stack),
        retention=retention,
    )


def objects_of(stack: Stack) -> Objects:
    """Return access to the objects in a stage's bucket."""
    return Objects(lambda: stack.session.client("s3", config=S3_CONFIG), bucket_of(stack))


def bucket_of(stack: Stack) -> str:
    """Return the name of a stage's bucket."""
    resource = stack.session.client("cloudformation").describe_stack_resource(
        StackName=stack.settings.stack_name, LogicalResourceId="TaskBucket"
    )
    return resource["StackResourceDetail"]["PhysicalResourceId"]


def recorded(stack: Stack, *, max_attempts: int = 3, at: datetime | None = None, **submission: Any) -> str:
    """Record a task without sending its message, and return its id."""
    task_id = fresh("recorded")
    wanted = Submission.model_validate({"taskId": task_id, "payload": {}, "simulate": {}, **submission})
    task = accepted(
        wanted, task_id=task_id, max_attempts=max_attempts, correlation_id="c", at=at or datetime.now(UTC)
    )
    assert table_of(stack).accept(task, wanted.fingerprint()).created
    return task_id


def claimed(table: TaskTable, task_id: str, generation: int = 0) -> ATask:
    """Begin an attempt of a task without doing the work, and return the claimed task."""
    claim = _claim(table, task_id, generation)
    assert isinstance(claim, Claimed)
    return claim.task


def _claim(table: TaskTable, task_id: str, generation: int) -> Claimed | Refused:
    now = datetime.now(UTC)
    return table.claim(
        task_id, generation, claimant=fresh("c"), at=now, lease_ends=now + timedelta(minutes=1)
    )


def dead_lettered(stack: Stack, *, at: datetime, **submission: Any) -> str:
    """Record a dead letter that was submitted at a time in the past, and return its id.

    The search for unsent tasks finds an old task at once. If it sends the task's message before the task is
    claimed here, another task is recorded.
    """
    table, error = table_of(stack), TaskError.of(Category.SYSTEM, "Down", "down")

    def dead() -> str | None:
        task_id = recorded(stack, at=at, **submission)
        claim = _claim(table, task_id, 0)
        if not isinstance(claim, Claimed):
            return None
        assert table.dead_lettered(claim.task, error, at=datetime.now(UTC)).done
        return task_id

    return eventually(dead, what="a task is dead-lettered before its message is sent")


def moved_by_sqs(stack: Stack, task_id: str, generation: int, *, message_group: str = "") -> None:
    """Put a task's message on the dead-letter queue as SQS would, without a reason."""
    stack.session.client("sqs").send_message(
        QueueUrl=stack.outputs.task_dlq_url,
        MessageBody=json.dumps({"taskId": task_id, "generation": generation, "correlationId": "c"}),
        MessageGroupId=message_group or task_id,
        MessageDeduplicationId=uuid.uuid4().hex,
    )


def in_one_batch(stack: Stack, url: str, count: int) -> list[Task]:
    """Run tasks that post to `url`, with one attempt each, one by one in one execution environment."""
    tasks = [recorded(stack, type="http.request", payload={"url": url}, max_attempts=1) for _ in range(count)]
    records = [record_of(stack, task_id, str(uuid.uuid4())) for task_id in tasks]
    stack.invoke("process_task", {"Records": records})
    return [stack.task(task_id) for task_id in tasks]


def opened(stack: Stack, sink: Sink) -> list[str]:
    """Make the sink answer 503, open its circuit, and return the ids of the tasks that opened it.

    Circuits count consecutive failures in one execution environment, so the tasks have one attempt each.
    """
    sink.answer(503)
    dead = in_one_batch(stack, sink.url, stack.settings.circuit_failure_threshold)
    assert [task["status"] for task in dead] == ["DEAD_LETTERED"] * len(dead)
    return [str(task["taskId"]) for task in dead]


def opened_without_probes(stack: Stack, sink: Sink) -> None:
    """Open a sink's circuit as if an hour from now, so that no task probes the sink."""
    opened(stack, sink)
    stack.session.resource("dynamodb").Table(stack.settings.circuit_table_name).update_item(
        Key={"id": "circuit", "name": sink.host},
        UpdateExpression="SET opened_at = :later",
        ExpressionAttributeValues={":later": int(datetime.now(UTC).timestamp()) + 3600},
    )


def circuit(stack: Stack, sink: Sink, id: str = "circuit") -> dict[str, Any] | None:
    """Return the record `id` of a sink's circuit, its state by default; None if there is no record."""
    table = stack.session.resource("dynamodb").Table(stack.settings.circuit_table_name)
    found = table.get_item(Key={"id": id, "name": sink.host}, ConsistentRead=True)
    return found.get("Item")
