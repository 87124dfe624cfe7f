"""Metrics of a mapping's calls to its queue and its function.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from collections.abc import Callable
from typing import Any

from tests.sandbox.mapping.mapped import Mapped
from tests.sandbox.metrics.conftest import Metrics


def test_a_mapping_is_measured(mapped: Callable[..., Mapped], client: Callable[[str], Any]) -> None:
    """A mapping's receives, deletions and invocations are counted without any setting."""
    made = mapped().make()
    for group in "abc":
        made.send(group=group)
    made.wait(ended=1)
    made.wait_until_empty()
    queue = Metrics(client("cloudwatch"), "AWS/SQS", {"QueueName": f"{made.name}.fifo"})
    queue.expect(NumberOfMessagesSent=3, NumberOfMessagesReceived=3, NumberOfMessagesDeleted=3)
    function = Metrics(client("cloudwatch"), "AWS/Lambda", {"FunctionName": made.name})
    function.expect(Invocations=len(made.invocations()), Errors=0)
