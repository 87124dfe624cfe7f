"""The functions' environment, for tests that end before AWS is called."""

from collections.abc import Iterator

import pytest
from botocore.retries.standard import ExponentialBackoff

from lambdas.application import dynamodb_retries
from lambdas.manage_tasks import wiring as manage_tasks
from lambdas.submit_task import wiring as submit_task

ENVIRONMENT = {
    "STAGE": "test",
    "REGION": "us-east-1",
    "TASK_QUEUE_URL": "http://127.0.0.1:1/tasks.fifo",
    "TASK_DLQ_URL": "http://127.0.0.1:1/dlq.fifo",
    "TASK_TABLE_NAME": "tasks",
    "TASK_BUCKET_NAME": "tasks",
    "TASK_RETENTION_DAYS": "30",
    "CIRCUIT_TABLE_NAME": "circuits",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    # Nothing listens there: an unexpected call is answered with 503.
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Set the functions' environment, and let each function start cold."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    # An unanswered call is repeated at once.
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0)
    monkeypatch.setattr(dynamodb_retries, "_PAUSE_SECONDS", 0)
    yield monkeypatch
    for cached in (*submit_task.MADE_ONCE, *manage_tasks.MADE_ONCE):
        cached.cache_clear()
