"""X-Ray queries of the tests, and traced functions."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.process.state_file import Sandbox
from tests.eventually import eventually
from tests.sandbox.waiting import wait_until_active

Segment = dict[str, Any]

# Sends segments as the SDK does in a function: https://docs.aws.amazon.com/xray/latest/devguide/
# xray-api-sendingdata.html#xray-api-daemon
APP = """
import json, os, secrets, socket, time, urllib.request

HEADER = b'{"format": "json", "version": 1}\\n'

def send(*datagrams):
    host, port = os.environ["AWS_XRAY_DAEMON_ADDRESS"].split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for datagram in datagrams:
            out.sendto(datagram, (host, int(port)))

def handler(event, context):
    header = os.environ["_X_AMZN_TRACE_ID"]
    seen = dict(part.split("=") for part in header.split(";"))
    if isinstance(event, dict) and "garbage" in event:
        send(*(each.encode("latin-1") for each in event["garbage"]))
    if isinstance(event, dict) and "documents" in event:
        send(*(HEADER + json.dumps(each).encode() for each in event["documents"]))
    for number in range(event.get("subsegments", 0)):
        now = time.time()
        send(HEADER + json.dumps({
            "type": "subsegment", "id": secrets.token_hex(8), "name": f"work-{number}",
            "trace_id": seen["Root"], "parent_id": seen["Parent"],
            "start_time": now, "end_time": now, "annotations": {"task_id": event.get("task", "none")},
            "metadata": {"default": {"filler": "x" * event.get("filler", 0)}},
        }).encode())
    if event.get("fail"):
        raise RuntimeError("as told")
    answer = {"header": header, "missing": os.environ["AWS_XRAY_CONTEXT_MISSING"], "event": event}
    if "httpMethod" in event:
        status = int((event["queryStringParameters"] or {}).get("status", 200))
        return {"statusCode": status, "body": json.dumps(answer)}
    return answer
"""

LAMBDA, FUNCTION = "AWS::Lambda", "AWS::Lambda::Function"
"""Origins of the two segments of an invocation."""

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
RIGHTS = {
    "Effect": "Allow",
    "Action": ["logs:*", "sqs:*", "xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    "Resource": "*",
}


def policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trace_id() -> str:
    """Return a new trace id."""
    return f"1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"


def segment_id() -> str:
    return uuid.uuid4().hex[:16]


def segment(**fields: Any) -> Segment:
    """Return a segment of a new trace, 0.1 s long; `fields` override its fields, and None removes one."""
    now = time.time()
    made = {
        "id": segment_id(),
        "trace_id": trace_id(),
        "name": "made",
        "start_time": now - 0.1,
        "end_time": now,
    }
    return {name: value for name, value in (made | fields).items() if value is not None}


def names(of: Segment) -> list[str]:
    """Return the names of a segment's subsegments."""
    return [each["name"] for each in of.get("subsegments", [])]


@dataclass(frozen=True)
class Traces:
    """A client of the X-Ray API."""

    xray: Any

    def put(self, *segments: Segment) -> list[dict[str, str]]:
        """Send segments; return the unprocessed ones."""
        answer = self.xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(each) for each in segments])
        return list(answer["UnprocessedTraceSegments"])

    def summaries(self, expression: str | None = None, **asked: Any) -> list[dict[str, Any]]:
        """Return the summaries of the last ten minutes that match the expression, from all pages."""
        now = datetime.now(UTC)
        asked = {"StartTime": now - timedelta(minutes=10), "EndTime": now + timedelta(seconds=5)} | asked
        if expression is not None:
            asked["FilterExpression"] = expression
        pages = self.xray.get_paginator("get_trace_summaries").paginate(**asked)
        return [each for page in pages for each in page["TraceSummaries"]]

    def summary(self, of: str) -> dict[str, Any]:
        """Return a trace's summary, once there is one."""
        return eventually(
            lambda: next((each for each in self.summaries() if each["Id"] == of), None), what=f"trace {of}"
        )

    def segments(self, of: str) -> list[Segment]:
        """Return a trace's segments in the order of their start; none if there is no such trace."""
        traces = self.xray.batch_get_traces(TraceIds=[of])["Traces"]
        documents = [json.loads(each["Document"]) for trace in traces for each in trace["Segments"]]
        return sorted(documents, key=lambda each: float(each["start_time"]))

    def by_origin(self, of: str, *origins: str) -> dict[str, Segment]:
        """Return a trace's segments by their origin, once the given ones exist."""

        def found() -> dict[str, Segment] | None:
            segments = {each.get("origin", ""): each for each in self.segments(of)}
            return segments if segments.keys() >= {*origins} else None

        return eventually(found, what=f"{origins} in trace {of}")

    def function(self, of: str, *parts: str) -> Segment:
        """Return the function's segment of a trace, once it exists and has the given subsegments.

        These arrive by another way than the segment, and may be later.
        """

        def found() -> Segment | None:
            own = next((each for each in self.segments(of) if each.get("origin") == FUNCTION), None)
            return own if own and {*names(own)} >= {*parts} else None

        return eventually(found, what=f"the function's segment in trace {of}, with {parts}")


@pytest.fixture(scope="module", autouse=True)
def _nothing_went_wrong(sandbox: Sandbox) -> Iterator[None]:
    """Check the log for failures of tracing, since no request fails because of them."""
    before = sandbox.log_file.stat().st_size
    yield
    log = sandbox.log_file.read_bytes()[before:].decode(errors="replace")
    assert "is not recorded" not in log
    assert "Traceback" not in log


@pytest.fixture(scope="session")
def traces(client: Callable[[str], Any]) -> Traces:
    return Traces(client("xray"))


@pytest.fixture
def name() -> str:
    """Return a unique name."""
    return f"traced-{uuid.uuid4().hex[:10]}"


@pytest.fixture(scope="session")
def role(client: Callable[[str], Any]) -> str:
    """Make a role that allows logging, using queues and sending segments."""
    iam, name = client("iam"), f"traced-{uuid.uuid4().hex[:8]}"
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="traced", PolicyDocument=policy(RIGHTS))
    return str(arn)


def artifact() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", APP)
    return packed.getvalue()


@dataclass(frozen=True)
class Traced:
    """A traced function and calls to it."""

    functions: Any
    name: str

    @property
    def arn(self) -> str:
        found = self.functions.get_function_configuration(FunctionName=self.name)
        return str(found["FunctionArn"])

    def invoke(self, header: str | None = None, **event: Any) -> dict[str, Any]:
        """Invoke the function, optionally with a tracing header, and return its answer."""

        def add(request: Any, **_: Any) -> None:
            if header is not None:
                request.headers["X-Amzn-Trace-Id"] = header

        self.functions.meta.events.register("before-sign.lambda.Invoke", add)
        try:
            answer = self.functions.invoke(FunctionName=self.name, Payload=json.dumps(event))
        finally:
            self.functions.meta.events.unregister("before-sign.lambda.Invoke", add)
        return dict(json.loads(answer["Payload"].read()))

    def seen(self, header: str | None = None, **event: Any) -> dict[str, str]:
        """Return the fields of the tracing header that the function received."""
        parts = self.invoke(header, **event)["header"].split(";")
        return dict(part.split("=") for part in parts)


@pytest.fixture(scope="module")
def make_function(client: Callable[[str], Any], role: str) -> Iterator[Callable[..., Traced]]:
    """Provide a factory of functions, which are removed at the end of the module."""
    functions = client("lambda")
    made: list[str] = []

    def make(name: str, mode: str = "Active", **settings: Any) -> Traced:
        settings = {"Role": role, "Timeout": 20, "Code": {"ZipFile": artifact()}} | settings
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            TracingConfig={"Mode": mode},
            **settings,
        )
        made.append(name)
        wait_until_active(functions, name)
        return Traced(client("lambda"), name)

    yield make
    for each in made:
        functions.delete_function(FunctionName=each)


@pytest.fixture
def function(make_function: Callable[..., Traced], name: str) -> Traced:
    """Make a function with active tracing."""
    return make_function(name)
