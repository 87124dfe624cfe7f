"""Recovery of a mapping from failures of its queue."""

from collections.abc import Callable

import pytest

from faultline.operations.faults import FaultClient
from tests.eventually import eventually
from tests.sandbox.mapping.mapped import Mapped


@pytest.mark.parametrize("error", ["ServiceUnavailable", "ConnectionReset"])
def test_a_failed_receive_is_repeated(faults: FaultClient, mapped: Callable[..., Mapped], error: str) -> None:
    """A failed receive is repeated, and does not count as a receive of the message."""
    one = mapped().make()
    rule = {"service": "sqs", "operation": "ReceiveMessage", "error": error, "count": 1}
    added = faults.add(rule)
    one.send()
    eventually(lambda: faults.get() == [{**added, "hits": 1}], what="the mapping is hit")
    faults.clear()
    [invocation] = one.wait(ended=1)
    assert invocation.receive_counts() == [1]
    one.wait_until_empty()


def test_what_could_not_be_deleted_comes_again(faults: FaultClient, mapped: Callable[..., Mapped]) -> None:
    """A message whose deletion failed is delivered again after its visibility timeout, and then deleted."""
    one = mapped(queue_attributes={"VisibilityTimeout": "5"}, function_settings={"Timeout": 5}).make()
    faults.add(
        {"service": "sqs", "operation": "DeleteMessageBatch", "error": "ServiceUnavailable", "count": 1}
    )
    one.send()
    first, second = one.wait(ended=2)
    assert [*first.receive_counts(), *second.receive_counts()] == [1, 2]
    one.wait_until_empty()
