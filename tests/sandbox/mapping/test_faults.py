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


@pytest.mark.parametrize("error", ["ServiceUnavailable", "ConnectionReset"])
def test_a_batch_keeps_what_it_has(faults: FaultClient, mapped: Callable[..., Mapped], error: str) -> None:
    """If a receive fails while a batch is gathered, its messages are processed, and not received again."""
    settings = {"BatchSize": 2, "MaximumBatchingWindowInSeconds": 60}
    one = mapped(fifo=False, mapping_settings=settings).make()
    first = one.send()
    eventually(lambda: one.counts == (0, 1), what="the batch has its first message")
    faults.add({"service": "sqs", "operation": "ReceiveMessage", "error": error, "count": 1})
    others = {one.send(), one.send()}
    batches = one.wait(ended=2)
    assert {frozenset(record["messageId"] for record in each.records) for each in batches} == {
        frozenset({first}),
        frozenset(others),
    }
    assert {count for each in batches for count in each.receive_counts()} == {1}
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
