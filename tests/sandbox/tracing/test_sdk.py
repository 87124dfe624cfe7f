"""Segments and headers of the X-Ray SDK for Python in a function.

https://docs.aws.amazon.com/xray/latest/devguide/xray-sdk-python.html
"""

import importlib.util
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.eventually import eventually
from tests.sandbox.tracing.conftest import Traced, Traces, segment_id, trace_id

APP = """
import os

from aws_xray_sdk.core import patch, xray_recorder

patch(["botocore"])

import botocore.session

sqs = botocore.session.get_session().create_client("sqs")

@xray_recorder.capture("## handler")
def handler(event, context):
    xray_recorder.current_subsegment().put_annotation("task_id", event["task"])
    sqs.send_message(QueueUrl=event["queue"], MessageBody="work")
    with xray_recorder.in_subsegment("fails"):
        if event.get("fail"):
            raise ValueError("as told")
    return {"header": os.environ["_X_AMZN_TRACE_ID"]}
"""

LIBRARIES = ("aws_xray_sdk", "wrapt", "botocore", "jmespath", "dateutil", "urllib3", "six")
UNUSED_DATA = "botocore/data/"
USED_DATA = (
    "endpoints.json",
    "partitions.json",
    "_retry.json",
    "sdk-default-configuration.json",
    "sqs/",
    "xray/",
)


def files(library: str) -> list[tuple[Path, str]]:
    found = importlib.util.find_spec(library)
    assert found
    assert found.origin
    origin = Path(found.origin)
    if origin.name != "__init__.py":
        return [(origin, origin.name)]
    root = origin.parent.parent
    return [
        (path, name)
        for path in origin.parent.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
        for name in [path.relative_to(root).as_posix()]
        if UNUSED_DATA not in name or name.split(UNUSED_DATA)[1].startswith(USED_DATA)
    ]


@pytest.fixture(scope="module")
def function(make_function: Callable[..., Traced]) -> Traced:
    """Make a function with the SDK in its artifact, which takes longer than the tests."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.py", APP)
        for path, inside in (each for library in LIBRARIES for each in files(library)):
            archive.write(path, inside)
    return make_function(f"traced-{segment_id()}", Code={"ZipFile": packed.getvalue()})


@pytest.fixture
def queue(client: Callable[[str], Any], name: str) -> Any:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def test_the_sdk_is_understood(
    function: Traced, traces: Traces, queue: str, client: Callable[[str], Any]
) -> None:
    """The SDK's subsegments are below the function's segment, and a message has the sending call as parent.

    The message also keeps other fields of the function's header, such as Lineage, which counts loops.
    """
    task = segment_id()
    seen = function.seen(task=task, queue=queue)
    own = traces.function(seen["Root"], "## handler")
    handler = next(each for each in own["subsegments"] if each["name"] == "## handler")
    call, inner = handler["subsegments"]
    assert (call["name"].lower(), call["namespace"], inner["name"]) == ("sqs", "aws", "fails")
    assert call["aws"]["operation"] == "SendMessage"

    def received() -> str | None:
        answer = client("sqs").receive_message(QueueUrl=queue, MessageSystemAttributeNames=["AWSTraceHeader"])
        return next((each["Attributes"]["AWSTraceHeader"] for each in answer.get("Messages", [])), None)

    sent = f"Root={seen['Root']};Parent={call['id']};Sampled=1;Lineage={seen['Lineage']}"
    assert eventually(received) == sent
    (summary,) = traces.summaries(f'annotation.task_id = "{task}"')
    assert summary["Id"] == seen["Root"]


def test_its_errors_are_faults(function: Traced, traces: Traces, queue: str) -> None:
    """An error marks its subsegment and those above it as faults."""
    task = segment_id()
    function.invoke(task=task, queue=queue, fail=True)
    (summary,) = eventually(
        lambda: [each for each in traces.summaries(f'annotation.task_id = "{task}"') if each["HasFault"]]
    )
    own = traces.function(summary["Id"], "## handler")
    handler = next(each for each in own["subsegments"] if each["name"] == "## handler")
    assert handler["fault"]
    assert next(each for each in handler["subsegments"] if each["name"] == "fails")["fault"]


def test_nothing_is_sent_of_what_is_not_sampled(
    function: Traced, traces: Traces, queue: str, client: Callable[[str], Any]
) -> None:
    """Nothing is recorded for an unsampled trace, and a message passes the decision on."""
    header = f"Root={trace_id()};Parent={segment_id()};Sampled=0"
    task = segment_id()
    seen = function.seen(header, task=task, queue=queue)

    def received() -> str | None:
        answer = client("sqs").receive_message(QueueUrl=queue, MessageSystemAttributeNames=["AWSTraceHeader"])
        return next((each["Attributes"]["AWSTraceHeader"] for each in answer.get("Messages", [])), None)

    assert eventually(received).endswith(f";Sampled=0;Lineage={seen['Lineage']}")
    traces.function(function.seen(task=task, queue=queue)["Root"], "## handler")
    assert traces.segments(seen["Root"]) == []
