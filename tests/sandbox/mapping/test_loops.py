"""Recursive loop detection: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"""

import json
from collections.abc import Callable
from typing import Any

from tests.eventually import eventually
from tests.sandbox.mapping.mapped import Mapped
from tests.sandbox.metrics.conftest import Metrics

MAX_INVOCATIONS = 16


def looping(mapped: Callable[..., Mapped], client: Callable[[str], Any]) -> tuple[Mapped, str]:
    """Return a mapping whose function sends messages back to its own queue, and the dead-letter queue."""
    one = mapped(fifo=False, mapping_settings={"BatchSize": 1})
    dlq = client("sqs").create_queue(QueueName=f"{one.name}-dlq")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:000000000000:{one.name}-dlq"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    one.queue_attributes = {"VisibilityTimeout": "5", "RedrivePolicy": policy}
    return one.make(), dlq


def test_a_loop_is_stopped(mapped: Callable[..., Mapped], client: Callable[[str], Any]) -> None:
    """A loop is stopped after 16 invocations, and its message moves to the dead-letter queue."""
    one, dlq = looping(mapped, client)
    one.send(queue=one.queue, times=100)
    [dead] = eventually(
        lambda: (
            client("sqs").receive_message(QueueUrl=dlq, MessageSystemAttributeNames=["All"]).get("Messages")
        )
    )
    assert json.loads(dead["Body"])["times"] == 100 - MAX_INVOCATIONS
    assert dead["Attributes"]["AWSTraceHeader"].endswith(f":{MAX_INVOCATIONS}")
    assert len(one.invocations()) == MAX_INVOCATIONS
    one.wait_until_empty()
    function = Metrics(client("cloudwatch"), "AWS/Lambda", {"FunctionName": one.name})
    function.expect(Invocations=MAX_INVOCATIONS, RecursiveInvocationsDropped=2)


def test_a_loop_that_is_allowed_goes_on(mapped: Callable[..., Mapped], client: Callable[[str], Any]) -> None:
    """A loop that is allowed continues until the function sends no further message."""
    one, _ = looping(mapped, client)
    one.functions.put_function_recursion_config(FunctionName=one.name, RecursiveLoop="Allow")
    one.send(queue=one.queue, times=MAX_INVOCATIONS + 4)
    one.wait(ended=MAX_INVOCATIONS + 5)
    one.wait_until_empty()


def test_other_messages_are_other_chains(mapped: Callable[..., Mapped], client: Callable[[str], Any]) -> None:
    """Each message from another sender begins a new chain, which is counted separately."""
    one, _ = looping(mapped, client)
    for _ in range(2):
        one.send(queue=one.queue, times=MAX_INVOCATIONS - 1)
    one.wait(ended=2 * MAX_INVOCATIONS)
    one.wait_until_empty()
