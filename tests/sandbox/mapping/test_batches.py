"""Batches of an event source mapping.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

import hashlib
import json
import time
from collections.abc import Callable

from tests.eventually import eventually
from tests.sandbox.mapping.mapped import Mapped, most_at_once

ONE = {"BatchSize": 1}


def test_record(mapped: Callable[..., Mapped]) -> None:
    """A record has AWS's fields, and the unaltered body."""
    one = mapped().make()
    body = '{"a":1,   "b": [ ]}'
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    sent = one.sqs.send_message(
        QueueUrl=one.queue,
        MessageBody=body,
        MessageGroupId="group",
        MessageAttributes={"colour": {"DataType": "String", "StringValue": "red"}},
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": trace}},
    )
    [invocation] = one.wait(ended=1)
    [record] = invocation.records
    attributes = record.pop("attributes")
    assert record.pop("receiptHandle")
    assert record == {
        "messageId": sent["MessageId"],
        "body": body,
        "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "md5OfMessageAttributes": sent["MD5OfMessageAttributes"],
        "messageAttributes": {
            "colour": {
                "stringValue": "red",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            }
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{one.name}.fifo",
        "awsRegion": "us-east-1",
    }
    assert attributes["MessageGroupId"] == "group"
    assert attributes["ApproximateReceiveCount"] == "1"
    assert attributes["AWSTraceHeader"] == trace
    assert {
        "SenderId",
        "SentTimestamp",
        "SequenceNumber",
        "MessageDeduplicationId",
        "ApproximateFirstReceiveTimestamp",
    } < set(attributes)
    one.wait_until_empty()


def test_batch_of_several_groups(mapped: Callable[..., Mapped]) -> None:
    """A batch of a FIFO queue has up to ten messages of several groups, each group in order."""
    one = mapped(mapping_settings={"Enabled": False}).make()
    sent = {group: [one.send(group=group) for _ in range(8)] for group in "abc"}
    one.enable()
    one.wait_until_empty()
    [*_, batch] = sorted(one.invocations(), key=lambda each: len(each.records))
    assert len(batch.records) == 10
    assert len(batch.groups) > 1
    for group in batch.groups:
        came = [
            record["messageId"] for record in batch.records if record["attributes"]["MessageGroupId"] == group
        ]
        assert came == sent[group][: len(came)]


def test_waiting_messages_are_shared_by_invocations(mapped: Callable[..., Mapped]) -> None:
    """A batch leaves messages for the invocations beside it, which start with two."""
    one = mapped(mapping_settings={"Enabled": False}).make()
    sent = {one.send(group=str(group), sleep=1) for group in range(6)}
    one.enable()
    one.wait_until_empty()
    invocations = one.invocations()
    assert max(len(each.records) for each in invocations) == 3
    assert most_at_once(invocations) > 1
    came = [record["messageId"] for each in invocations for record in each.records]
    assert sorted(came) == sorted(sent)


def test_group_in_order_and_one_at_a_time(mapped: Callable[..., Mapped]) -> None:
    """A group has one invocation at a time and keeps its order, while other groups go on."""
    one = mapped(mapping_settings=ONE).make()
    # The first of each group are long enough to meet on a busy machine.
    sent = {group: [one.send(group=group, sleep=sleep) for sleep in (2, 0.1, 0.1)] for group in "ab"}
    invocations = one.wait(ended=6)
    for group, ids in sent.items():
        of_group = [each for each in invocations if each.groups == {group}]
        assert [each.records[0]["messageId"] for each in of_group] == ids
        assert most_at_once(of_group) == 1
    assert most_at_once(invocations) == 2


def test_maximum_concurrency(mapped: Callable[..., Mapped]) -> None:
    """With many waiting groups, exactly MaximumConcurrency invocations run at once."""
    one = mapped(mapping_settings={**ONE, "ScalingConfig": {"MaximumConcurrency": 3}}).make()
    for group in range(9):
        one.send(group=str(group), sleep=1)
    assert most_at_once(one.wait(ended=9)) == 3


def test_filters(mapped: Callable[..., Mapped]) -> None:
    """A message that no filter matches is deleted without an invocation; others arrive unchanged."""
    criteria = {"Filters": [{"Pattern": json.dumps({"body": {"kind": ["wanted"]}})}]}
    one = mapped(mapping_settings={"FilterCriteria": criteria}).make()
    one.send('{"kind":  "unwanted"}', group="a")
    one.send("not JSON", group="b")
    one.send('{"kind":  "wanted"}', group="c")
    one.wait_until_empty()
    assert [each.bodies for each in one.wait(ended=1)] == [['{"kind":  "wanted"}']]


def test_window(mapped: Callable[..., Mapped]) -> None:
    """A batch of a standard queue collects messages for its window, from the first message on."""
    one = mapped(fifo=False, mapping_settings={"BatchSize": 20, "MaximumBatchingWindowInSeconds": 2}).make()
    first_sent = time.time()
    ids = {one.send() for _ in range(3)}
    [invocation] = one.wait(ended=1)
    assert {record["messageId"] for record in invocation.records} == ids
    assert invocation.started - first_sent >= 2


def test_full_batch_does_not_wait(mapped: Callable[..., Mapped]) -> None:
    """A full batch is sent before its window ends, and may combine several receives."""
    settings = {"BatchSize": 12, "MaximumBatchingWindowInSeconds": 60, "Enabled": False}
    one = mapped(fifo=False, mapping_settings=settings).make()
    ids = {one.send() for _ in range(12)}
    one.enable()
    [invocation] = one.wait(ended=1)
    assert {record["messageId"] for record in invocation.records} == ids
    one.wait_until_empty()


def test_idle_queue_is_waited_at(mapped: Callable[..., Mapped]) -> None:
    """A message on an idle queue starts an invocation at once, because the mapping uses long polling."""
    one = mapped().make()
    one.send()
    one.wait(ended=1)
    delays: list[float] = []

    def at_once() -> bool:
        one.wait_until_empty()
        sent = time.time()
        one.send(group=f"group-{len(delays)}")
        delays.append(one.wait(ended=len(delays) + 2)[-1].started - sent)
        return delays[-1] < 1

    eventually(at_once, what=f"a delay is below 1 s, and not {delays}")
