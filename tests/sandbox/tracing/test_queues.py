"""Tracing headers of messages.

https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
https://docs.aws.amazon.com/xray/latest/devguide/xray-tracelinking.html
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.eventually import eventually
from tests.sandbox.tracing.conftest import FUNCTION, LAMBDA, Traced, Traces, segment_id, trace_id


def header(sampled: str = "1") -> str:
    return f"Root={trace_id()};Parent={segment_id()};Sampled={sampled}"


class Queue:
    """A FIFO queue with a dead-letter queue."""

    def __init__(self, sqs: Any, name: str) -> None:
        self.sqs = sqs
        self.dead_url = self._make(f"{name}-dead.fifo")
        policy = {"deadLetterTargetArn": self._arn(self.dead_url), "maxReceiveCount": 2}
        self.url = self._make(f"{name}.fifo", RedrivePolicy=json.dumps(policy))
        self.arn = self._arn(self.url)

    def send(self, body: str, *, http: str | None = None, attribute: str | None = None) -> None:
        """Send a message, optionally with a trace in an HTTP header, in a system attribute, or in both."""

        def add(request: Any, **_: Any) -> None:
            if http is not None:
                request.headers["X-Amzn-Trace-Id"] = http

        system = {"AWSTraceHeader": {"DataType": "String", "StringValue": attribute}} if attribute else {}
        self.sqs.meta.events.register("before-sign.sqs.SendMessage", add)
        try:
            self.sqs.send_message(
                QueueUrl=self.url,
                MessageBody=body,
                MessageGroupId=body[:20],
                MessageDeduplicationId=body[:100],
                MessageSystemAttributes=system,
            )
        finally:
            self.sqs.meta.events.unregister("before-sign.sqs.SendMessage", add)

    def receive(self, url: str | None = None, names: tuple[str, ...] = ("AWSTraceHeader",)) -> dict[str, Any]:
        """Return a message, once there is one, with these system attributes."""

        def one() -> dict[str, Any] | None:
            answer = self.sqs.receive_message(
                QueueUrl=url or self.url, MessageSystemAttributeNames=list(names), WaitTimeSeconds=1
            )
            return next(iter(answer.get("Messages", [])), None)

        return eventually(one)

    def give_back(self, message: dict[str, Any], url: str | None = None) -> None:
        self.sqs.change_message_visibility(
            QueueUrl=url or self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )

    def remove(self) -> None:
        for url in (self.url, self.dead_url):
            self.sqs.delete_queue(QueueUrl=url)

    def _make(self, name: str, **attributes: str) -> str:
        attributes = {"FifoQueue": "true", "VisibilityTimeout": "30"} | attributes
        return str(self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def _arn(self, url: str) -> str:
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(found["Attributes"]["QueueArn"])


@pytest.fixture
def queue(client: Callable[[str], Any], name: str) -> Iterator[Queue]:
    made = Queue(client("sqs"), name)
    yield made
    made.remove()


def test_the_http_header_goes_with_the_message(queue: Queue) -> None:
    """The tracing header of a send is kept with the message, and returned on request."""
    sent = header()
    queue.send("traced", http=sent)
    assert queue.receive()["Attributes"] == {"AWSTraceHeader": sent}


def test_it_is_not_there_unless_asked_for(queue: Queue) -> None:
    queue.send("traced", http=header())
    assert "AWSTraceHeader" not in queue.receive(names=("SentTimestamp",))["Attributes"]


def test_the_system_attribute_wins(queue: Queue) -> None:
    """A trace header in the system attribute overrides that of the HTTP request."""
    sent = header()
    queue.send("traced", http=header(), attribute=sent)
    assert queue.receive(names=("All",))["Attributes"]["AWSTraceHeader"] == sent


def test_a_message_without_one_has_none(queue: Queue) -> None:
    queue.send("untraced")
    assert "AWSTraceHeader" not in queue.receive(names=("All",))["Attributes"]


def test_it_survives_retries_and_the_move_to_the_dead_letter_queue_and_back(queue: Queue) -> None:
    """A message keeps its header through retries, a dead-letter queue and a redrive."""
    sent = header()
    queue.send("dies", http=sent)
    for _ in range(2):
        message = queue.receive()
        assert message["Attributes"]["AWSTraceHeader"] == sent
        queue.give_back(message)
    queue.sqs.receive_message(QueueUrl=queue.url)  # moves the message
    dead = queue.receive(queue.dead_url)
    assert dead["Attributes"]["AWSTraceHeader"] == sent
    queue.give_back(dead, queue.dead_url)
    arn = queue.sqs.get_queue_attributes(QueueUrl=queue.dead_url, AttributeNames=["QueueArn"])
    queue.sqs.start_message_move_task(SourceArn=arn["Attributes"]["QueueArn"])
    assert queue.receive()["Attributes"]["AWSTraceHeader"] == sent


@pytest.fixture
def mapped(client: Callable[[str], Any], function: Traced, queue: Queue) -> Iterator[Traced]:
    """Map the queue to the function until the end of the test, and provide the function."""
    functions = client("lambda")
    mapping = functions.create_event_source_mapping(
        EventSourceArn=queue.arn, FunctionName=function.name, BatchSize=10
    )["UUID"]
    eventually(lambda: functions.get_event_source_mapping(UUID=mapping)["State"] == "Enabled")
    yield function
    functions.delete_event_source_mapping(UUID=mapping)
    eventually(
        lambda: not functions.list_event_source_mappings(FunctionName=function.name)["EventSourceMappings"]
    )


def invocation(traces: Traces, of: Traced) -> str:
    """Return the id of the trace of the function's invocation, once there is one."""

    def found() -> list[dict[str, Any]]:
        return [
            each
            for each in traces.summaries()
            if of.name in {service["Name"] for service in each["ServiceIds"]}
        ]

    (summary,) = eventually(found, what="an invocation", every=0.2)
    return str(summary["Id"])


def test_a_mapping_starts_a_trace_and_links_it(mapped: Traced, queue: Queue, traces: Traces) -> None:
    """An invocation by a mapping has a new trace, linked to the trace of the message."""
    sent = header()
    queue.send("work", http=sent)
    root = invocation(traces, mapped)
    fields = dict(part.split("=") for part in sent.split(";"))
    assert root != fields["Root"]
    segments = traces.by_origin(root, LAMBDA, FUNCTION)
    (link,) = segments[LAMBDA]["links"]
    assert (link["trace_id"], link["id"]) == (fields["Root"], fields["Parent"])


def test_a_malformed_header_of_a_message_harms_nobody(mapped: Traced, queue: Queue, traces: Traces) -> None:
    """A message with a malformed header invokes the function, without a link to another trace."""
    queue.send("work", http="Root=nobody;;=;" + "x" * 1000)
    assert "links" not in traces.by_origin(invocation(traces, mapped), LAMBDA, FUNCTION)[LAMBDA]


def test_the_header_is_in_the_functions_event(
    make_function: Callable[..., Traced],
    name: str,
    queue: Queue,
    client: Callable[[str], Any],
    traces: Traces,
) -> None:
    """A message's header is an attribute of its record, which a filter can match."""
    function, functions = make_function(name), client("lambda")
    wanted = header()
    pattern = json.dumps({"attributes": {"AWSTraceHeader": [wanted]}})
    mapping = functions.create_event_source_mapping(
        EventSourceArn=queue.arn,
        FunctionName=function.name,
        FilterCriteria={"Filters": [{"Pattern": pattern}]},
    )["UUID"]
    eventually(lambda: functions.get_event_source_mapping(UUID=mapping)["State"] == "Enabled")
    queue.send("of-another-trace", http=header())
    queue.send("wanted", http=wanted)
    links = traces.by_origin(invocation(traces, function), LAMBDA)[LAMBDA]["links"]
    assert [each["trace_id"] for each in links] == [wanted.split(";")[0].removeprefix("Root=")]
    functions.delete_event_source_mapping(UUID=mapping)
