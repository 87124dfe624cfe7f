"""How a trace goes on from API Gateway, through Lambda and SQS.

https://docs.aws.amazon.com/xray/latest/devguide/xray-services.html
"""

import json
import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from sandbox.record import Sandbox
from tests.eventually import eventually
from tests.sandbox.tracing.conftest import Traces

LAMBDA, FUNCTION, STAGE = "AWS::Lambda", "AWS::Lambda::Function", "AWS::ApiGateway::Stage"


def fields(header: str) -> dict[str, str]:
    return dict(each.split("=") for each in header.split(";"))


def invoke(client: Callable[[str], Any], function: str, event: Any = None) -> Any:
    answer = client("lambda").invoke(FunctionName=function, Payload=json.dumps(event or {}))
    return json.loads(answer["Payload"].read())


def test_an_invocation_is_two_segments(client: Callable[[str], Any], function: str, traces: Traces) -> None:
    """The service's, and the function's below it, which the function leads on from.

    https://docs.aws.amazon.com/lambda/latest/dg/python-tracing.html
    """
    header = fields(invoke(client, function))
    found = traces.by_origin(header["Root"], LAMBDA, FUNCTION)
    assert header["Sampled"] == "1"
    assert found[FUNCTION]["id"] == header["Parent"]
    assert found[FUNCTION]["parent_id"] == found[LAMBDA]["id"]
    assert {found[LAMBDA]["name"], found[FUNCTION]["name"]} == {function}
    assert "fault" not in found[FUNCTION]


def test_a_failed_invocation_is_a_fault(
    client: Callable[[str], Any], deployed: Callable[[str], str], traces: Traces
) -> None:
    function = deployed("Active")
    assert "errorMessage" in invoke(client, function, {"fail": True})
    now = time.time()
    summaries = traces.client.get_trace_summaries(
        StartTime=now - 60, EndTime=now + 60, FilterExpression=f'service("{function}") AND fault'
    )["TraceSummaries"]
    assert len(summaries) == 1


def test_a_refused_invocation_is_a_throttle(
    client: Callable[[str], Any], deployed: Callable[[str], str], traces: Traces
) -> None:
    function, functions = deployed("Active"), client("lambda")
    functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    with pytest.raises(functions.exceptions.TooManyRequestsException):
        functions.invoke(FunctionName=function)
    now = time.time()

    def found() -> Any:
        return traces.client.get_trace_summaries(
            StartTime=now - 60, EndTime=now + 60, FilterExpression=f'service("{function}") AND throttle'
        )["TraceSummaries"]

    assert eventually(found)


def test_a_function_that_is_not_traced_leaves_nothing(
    client: Callable[[str], Any], deployed: Callable[[str], str], traces: Traces
) -> None:
    """PassThrough: the header is handed on, nothing is recorded."""
    header = fields(invoke(client, deployed("PassThrough")))
    assert header["Sampled"] == "0"
    assert traces.segments(header["Root"]) == []


DOCUMENT: dict[str, Any] = {"openapi": "3.0.1", "info": {"title": "traced", "version": "1"}}


@pytest.fixture
def api(client: Callable[[str], Any], sandbox: Sandbox, function: str) -> Iterator[str]:
    """The URL of an API whose stage is traced, and which the function serves."""
    gateway, account = client("apigateway"), "000000000000"
    arn = f"arn:aws:lambda:us-east-1:{account}:function:{function}"
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
    }
    paths = {"/traced": {"post": {"responses": {}, "x-amazon-apigateway-integration": integration}}}
    id = gateway.import_rest_api(body=json.dumps({**DOCUMENT, "paths": paths}))["id"]
    gateway.create_deployment(restApiId=id, stageName="test")
    gateway.update_stage(
        restApiId=id,
        stageName="test",
        patchOperations=[{"op": "replace", "path": "/tracingEnabled", "value": "true"}],
    )
    client("lambda").add_permission(
        FunctionName=function,
        StatementId=id,
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    yield f"{sandbox.endpoint_url}/_aws/execute-api/{id}/test/traced"
    gateway.delete_rest_api(restApiId=id)


def test_a_trace_begins_with_the_request(api: str, traces: Traces) -> None:
    """API Gateway's segment comes first, the function's below it; the answer bears the trace's id."""
    answer = requests.post(api, timeout=20)
    assert answer.status_code == 200, answer.text
    root = fields(answer.headers["X-Amzn-Trace-Id"])["Root"]
    assert fields(answer.text)["Root"] == root
    found = traces.by_origin(root, STAGE, LAMBDA, FUNCTION)
    assert "parent_id" not in found[STAGE]
    assert found[LAMBDA]["parent_id"] == found[STAGE]["id"]
    assert found[STAGE]["name"] == "traced/test"
    assert found[STAGE]["http"]["request"]["method"] == "POST"
    assert found[STAGE]["http"]["response"]["status"] == 200


def test_a_clients_trace_goes_on(api: str, traces: Traces) -> None:
    """Its id, its segment as the parent, and its decision whether anything is recorded."""
    root, parent = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}", secrets.token_hex(8)
    header = f"Root={root};Parent={parent};Sampled=1"
    assert requests.post(api, headers={"X-Amzn-Trace-Id": header}, timeout=20).status_code == 200
    assert traces.by_origin(root, STAGE)[STAGE]["parent_id"] == parent

    ignored = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    header = f"Root={ignored};Parent={parent};Sampled=0"
    answer = requests.post(api, headers={"X-Amzn-Trace-Id": header}, timeout=20)
    assert fields(answer.text) == {"Root": ignored, "Parent": parent, "Sampled": "0"}
    assert traces.segments(ignored) == []


@pytest.mark.parametrize(
    "header", ["nonsense", "Root=;;;==", "Root=1-2-3;Parent=x;Sampled=maybe", "=" * 5000]
)
def test_a_header_that_cannot_be_read_fails_no_request(api: str, traces: Traces, header: str) -> None:
    """A trace of its own begins."""
    answer = requests.post(api, headers={"X-Amzn-Trace-Id": header}, timeout=20)
    assert answer.status_code == 200
    assert traces.by_origin(fields(answer.text)["Root"], STAGE)


def test_what_the_gateway_refuses_is_an_error(api: str, traces: Traces) -> None:
    """No function was asked; the stage's segment says so."""
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    answer = requests.get(api, headers={"X-Amzn-Trace-Id": f"Root={root};Sampled=1"}, timeout=20)
    assert answer.status_code == 403
    assert traces.by_origin(root, STAGE)[STAGE]["error"] is True


def test_a_message_carries_its_trace(client: Callable[[str], Any]) -> None:
    """As its system attribute AWSTraceHeader, through another receive and to the dead-letter queue.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
    """
    queues = client("sqs")
    name = uuid.uuid4().hex[:10]
    fifo = {"FifoQueue": "true"}
    dead = queues.create_queue(QueueName=f"{name}-dead.fifo", Attributes=fifo)["QueueUrl"]
    dead_arn = queues.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    policy = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2}
    url = queues.create_queue(
        QueueName=f"{name}.fifo", Attributes={**fifo, "RedrivePolicy": json.dumps(policy)}
    )["QueueUrl"]
    header = f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=1"
    queues.send_message(
        QueueUrl=url,
        MessageBody="traced",
        MessageGroupId="one",
        MessageDeduplicationId="one",
        MessageSystemAttributes={"AWSTraceHeader": {"StringValue": header, "DataType": "String"}},
    )

    def received(queue: str) -> str | None:
        messages = queues.receive_message(
            QueueUrl=queue, VisibilityTimeout=0, MessageSystemAttributeNames=["AWSTraceHeader"]
        ).get("Messages", [])
        return messages[0]["Attributes"]["AWSTraceHeader"] if messages else None

    assert [received(url), received(url)] == [header, header]
    eventually(lambda: received(url) is None and received(dead) == header, what="the dead letter's header")
