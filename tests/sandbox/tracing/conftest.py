"""X-Ray as tests ask it, and a function that says what it was given."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from tests.eventually import eventually

# Sends itself what it is told to send, by X-Ray's daemon, and returns its trace header.
APP = """
import os, socket

def handler(event, context):
    if "send" in event:
        host, port = os.environ["AWS_XRAY_DAEMON_ADDRESS"].split(":")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
            for datagram in event["send"]:
                daemon.sendto(datagram.encode("latin-1"), (host, int(port)))
    if event.get("fail"):
        raise RuntimeError("as told")
    if "requestContext" in event:
        return {"statusCode": event.get("status", 200), "body": os.environ["_X_AMZN_TRACE_ID"]}
    return os.environ["_X_AMZN_TRACE_ID"]
"""


class Traces:
    """X-Ray's answers."""

    def __init__(self, xray: Any) -> None:
        self.client = xray

    def segments(self, trace_id: str) -> list[dict[str, Any]]:
        """The documents of a trace, none when there is no such trace."""
        answer = self.client.batch_get_traces(TraceIds=[trace_id])
        return [json.loads(each["Document"]) for trace in answer["Traces"] for each in trace["Segments"]]

    def by_origin(self, trace_id: str, *origins: str) -> dict[str, dict[str, Any]]:
        """Segments by their origins, once all of those are there."""

        def found() -> dict[str, dict[str, Any]] | None:
            segments = {each.get("origin", ""): each for each in self.segments(trace_id)}
            return segments if set(origins) <= segments.keys() else None

        return eventually(found, what=f"{origins} in {trace_id}")


@pytest.fixture(scope="session")
def traces(client: Callable[[str], Any]) -> Traces:
    return Traces(client("xray"))


@pytest.fixture(scope="session")
def role(client: Callable[[str], Any]) -> str:
    made = client("iam").create_role(RoleName=f"traced-{uuid.uuid4().hex[:8]}", AssumeRolePolicyDocument="{}")
    return str(made["Role"]["Arn"])


@pytest.fixture(scope="session")
def deployed(client: Callable[[str], Any], role: str) -> Callable[[str], str]:
    """Make a function with a tracing mode; returns its name."""
    artifact = io.BytesIO()
    with zipfile.ZipFile(artifact, "w") as archive:
        archive.writestr("app.py", APP)

    def deploy(mode: str) -> str:
        functions, name = client("lambda"), f"traced-{uuid.uuid4().hex[:10]}"
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=role,
            Code={"ZipFile": artifact.getvalue()},
            TracingConfig={"Mode": mode},
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name)
        return name

    return deploy


@pytest.fixture(scope="session")
def function(deployed: Callable[[str], str]) -> str:
    """A function whose tracing is active."""
    return deployed("Active")
