"""The end of a version's poller of asynchronous events."""

from types import SimpleNamespace
from typing import Any

import pytest
from localstack.services.lambda_.invocation.event_manager import LambdaEventManager
from localstack.services.lambda_.invocation.internal_sqs_queue import get_fake_sqs_client
from localstack.services.lambda_.invocation.lambda_models import VersionIdentifier
from localstack.services.sqs.models import StandardQueue

from sandbox.speed.event_pollers import stop
from tests.eventually import eventually


def test_a_call_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A poller ends although its call would go on for minutes, and its queue is deleted."""
    receive = StandardQueue.receive
    calls: list[str] = []

    def patiently(queue: StandardQueue, **options: Any) -> Any:
        calls.append(queue.name)
        return receive(queue, **{**options, "wait_time_seconds": 600})

    monkeypatch.setattr(StandardQueue, "receive", patiently)
    identity = VersionIdentifier(
        function_name="polled", qualifier="$LATEST", region="us-east-1", account="000000000000"
    )
    function = SimpleNamespace(instance_id="1")
    version = SimpleNamespace(
        id=identity, config=SimpleNamespace(timeout=3), qualified_arn=identity.qualified_arn()
    )
    manager: Any = LambdaEventManager(SimpleNamespace(function=function, function_version=version))
    manager.start()
    eventually(lambda: calls, what="the poller's first call")
    thread = manager.poller_thread

    stop(LambdaEventManager.stop, manager)

    assert not thread.is_alive()
    assert calls[0] not in get_fake_sqs_client().queue_manager.queues
