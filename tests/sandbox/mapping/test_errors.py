"""Errors and throttling of a mapping's invocations.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.eventually import eventually
from tests.sandbox.mapping.mapped import Mapped

ONE = {"BatchSize": 1}


def test_hang_delays_no_other_group(mapped: Callable[..., Mapped]) -> None:
    """While an invocation hangs, messages of other groups are processed."""
    one = mapped(mapping_settings=ONE).make()
    hanging = one.send(group="hangs", sleep=20)
    one.wait(started=1)
    for number in range(4):
        one.send(group=f"other-{number}")
    ended = [each for each in one.wait(ended=4) if each.ended]
    assert hanging not in {each.records[0]["messageId"] for each in ended}


@pytest.mark.parametrize("failure", ["crash", "raise"])
def test_failure_costs_others_nothing(mapped: Callable[..., Mapped], failure: str) -> None:
    """A failed batch's messages return after their visibility timeout; other groups are delivered once."""
    one = mapped(queue_attributes={"VisibilityTimeout": "8"}, mapping_settings=ONE).make()
    failing = one.send(json.dumps({failure: True}), group="fails")
    others = [one.send(group=f"other-{number}") for number in range(3)]
    invocations = one.wait(started=5)
    counts = {(each.records[0]["messageId"], each.receive_counts()[0]): each for each in invocations}
    assert set(counts) == {(failing, 1), (failing, 2), *((other, 1) for other in others)}
    second = counts[failing, 2]
    received = int(second.records[0]["attributes"]["ApproximateFirstReceiveTimestamp"]) / 1000
    assert second.started - received > 7.9
    one.wait_until_empty()


SUCCESS: dict[str, Any] = {
    "no answer": None,
    "an empty answer": {},
    "an empty list": {"batchItemFailures": []},
    "a null list": {"batchItemFailures": None},
}
MALFORMED: dict[str, Any] = {
    "no JSON object": "nonsense",
    "an empty identifier": {"batchItemFailures": [{"itemIdentifier": ""}]},
    "a null identifier": {"batchItemFailures": [{"itemIdentifier": None}]},
    "another key": {"batchItemFailures": [{"id": "$id"}]},
    "an unknown identifier": {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
    "a known and an unknown one": {
        "batchItemFailures": [{"itemIdentifier": "$id"}, {"itemIdentifier": "unknown"}]
    },
    "no list": {"batchItemFailures": 1},
    "a list of strings": {"batchItemFailures": ["$id"]},
}
PARTIAL: dict[str, Any] = {"the second failed": {"batchItemFailures": [{"itemIdentifier": "$id"}]}}
ANSWERS = SUCCESS | MALFORMED | PARTIAL


@pytest.fixture(scope="module")
def answered(mapped: Callable[..., Mapped]) -> Mapped:
    """Provide a mapping that has processed two messages for each kind of answer."""
    one = mapped(
        queue_attributes={"VisibilityTimeout": "10"},
        mapping_settings={
            "BatchSize": 2,
            "Enabled": False,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        },
    ).make()
    for number, (kind, answer) in enumerate(ANSWERS.items()):
        one.send(json.dumps([kind]), group=str(number))
        one.send(json.dumps({"kind": kind, "answer": answer}), group=str(number))
    one.enable()
    one.wait(started=len(ANSWERS) + len(MALFORMED) + len(PARTIAL))
    one.wait_until_empty()
    return one


@pytest.mark.parametrize(
    ("kind", "come_again"),
    [
        *((kind, 0) for kind in SUCCESS),
        *((kind, 2) for kind in MALFORMED),
        *((kind, 1) for kind in PARTIAL),
    ],
)
def test_answers(answered: Mapped, kind: str, come_again: int) -> None:
    """Only failed messages return, except that a malformed answer returns the whole batch."""
    group = str(list(ANSWERS).index(kind))
    deliveries = [
        count
        for each in answered.invocations()
        for record, count in zip(each.records, each.receive_counts(), strict=True)
        if record["attributes"]["MessageGroupId"] == group
    ]
    assert sorted(deliveries) == [1, 1, *[2] * come_again]


def test_throttled_invocation_is_repeated(mapped: Callable[..., Mapped]) -> None:
    """A throttled invocation is retried while its messages are invisible, without another receive."""
    one = mapped().make()
    one.functions.put_function_concurrency(FunctionName=one.name, ReservedConcurrentExecutions=0)
    one.send()
    eventually(lambda: one.counts == (0, 1))
    one.functions.delete_function_concurrency(FunctionName=one.name)
    [invocation] = one.wait(ended=1)
    assert invocation.receive_counts() == [1]
    one.wait_until_empty()


def test_throttled_for_too_long(mapped: Callable[..., Mapped]) -> None:
    """A message that is throttled until its visibility timeout ends has used up a receive."""
    dead = mapped()
    dead.make_queue()
    policy = {
        "deadLetterTargetArn": f"arn:aws:sqs:us-east-1:000000000000:{dead.name}.fifo",
        "maxReceiveCount": 1,
    }
    one = mapped(queue_attributes={"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(policy)})
    one.make_queue()
    one.make_function()
    one.functions.put_function_concurrency(FunctionName=one.name, ReservedConcurrentExecutions=0)
    one.make_mapping()
    sent_at = time.monotonic()
    one.send()
    eventually(lambda: dead.counts == (1, 0))
    assert time.monotonic() - sent_at > 0.9
    assert one.invocations() == []


def test_throttled_while_disabled(mapped: Callable[..., Mapped]) -> None:
    """A message that waits for a throttled function is visible as soon as the mapping is disabled."""
    one = mapped().make()
    one.functions.put_function_concurrency(FunctionName=one.name, ReservedConcurrentExecutions=0)
    one.send()
    eventually(lambda: one.counts == (0, 1))
    one.enable(False)
    eventually(lambda: one.state == "Disabled", within=20)  # before the message is visible by itself
    assert one.counts == (1, 0)
