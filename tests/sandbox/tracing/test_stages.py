"""Traces of requests to REST APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from sandbox.process.state_file import Sandbox
from tests.sandbox.tracing.conftest import FUNCTION, LAMBDA, Traced, Traces, segment_id, trace_id

STAGE = "AWS::ApiGateway::Stage"


class Api:
    """An API with a function behind it, and calls to it."""

    def __init__(self, gateway: Any, endpoint: str, function_arn: str) -> None:
        self.gateway = gateway
        region = function_arn.split(":")[3]
        integration = {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function_arn}/invocations",
        }
        method = {"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": integration}
        document = {
            "openapi": "3.0.1",
            "info": {"title": "traced-api", "version": "1"},
            "paths": {"/pets": {"get": method}},
        }
        self.id = gateway.import_rest_api(body=json.dumps(document))["id"]
        gateway.create_deployment(restApiId=self.id, stageName="live")
        self.url = f"{endpoint}/_aws/execute-api/{self.id}/live"

    def trace(self, enabled: bool) -> None:
        patch = {"op": "replace", "path": "/tracingEnabled", "value": str(enabled).lower()}
        self.gateway.update_stage(restApiId=self.id, stageName="live", patchOperations=[patch])

    def get(self, path: str = "/pets", header: str | None = None) -> requests.Response:
        headers = {} if header is None else {"X-Amzn-Trace-Id": header}
        return requests.get(self.url + path, headers=headers, timeout=60)


@pytest.fixture(scope="module")
def make_api(client: Callable[[str], Any], sandbox: Sandbox) -> Iterator[Callable[[Traced], Api]]:
    gateway = client("apigateway")
    made: list[Api] = []

    def make(function: Traced) -> Api:
        made.append(Api(gateway, sandbox.endpoint_url, function.arn))
        client("lambda").add_permission(
            FunctionName=function.name,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        return made[-1]

    yield make
    for each in made:
        gateway.delete_rest_api(restApiId=each.id)


@pytest.fixture(scope="module")
def api(make_api: Callable[[Traced], Api], make_function: Callable[..., Traced]) -> Api:
    """Make an API whose stage is traced, for tests that leave it as it is."""
    found = make_api(make_function(f"traced-{segment_id()}"))
    found.trace(True)
    return found


def root_of(header: str) -> str:
    return fields(header)["Root"]


def fields(header: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in header.split(";"))


def test_a_request_is_traced_down_to_the_function(api: Api, traces: Traces) -> None:
    """A request's trace has the stage's segment with a call to Lambda, and Lambda's segments below it."""
    response = api.get()
    assert response.status_code == 200
    root = root_of(response.headers["X-Amzn-Trace-Id"])
    segments = traces.by_origin(root, STAGE, LAMBDA, FUNCTION)
    stage = segments[STAGE]
    assert stage["name"] == "traced-api/live"
    assert stage["http"]["request"]["method"] == "GET"
    assert stage["http"]["request"]["url"].endswith("/live/pets")
    assert stage["http"]["response"]["status"] == 200
    assert stage["resource_arn"].endswith(f"::/restapis/{api.id}/stages/live")
    (call,) = stage["subsegments"]
    assert (call["name"], call["namespace"]) == ("Lambda", "aws")
    assert segments[LAMBDA]["parent_id"] == call["id"]
    assert segments[FUNCTION]["parent_id"] == segments[LAMBDA]["id"]
    answered = response.json()
    assert root_of(answered["header"]) == root
    assert fields(answered["event"]["headers"]["X-Amzn-Trace-Id"]) == {
        "Root": root,
        "Parent": call["id"],
        "Sampled": "1",
    }
    summary = traces.summary(root)
    assert len(summary["ServiceIds"]) == 2  # the stage and the function, whose two segments have one name


def test_a_clients_trace_is_continued(api: Api, traces: Traces) -> None:
    """A stage continues the client's trace, with the client's segment as parent."""
    root, parent = trace_id(), segment_id()
    response = api.get(header=f"Root={root};Parent={parent};Sampled=1")
    assert root_of(response.headers["X-Amzn-Trace-Id"]) == root
    assert traces.by_origin(root, STAGE, LAMBDA, FUNCTION)[STAGE]["parent_id"] == parent


def test_a_stage_that_is_not_traced_passes_the_header_on(
    make_api: Callable[[Traced], Api], function: Traced
) -> None:
    """A stage without tracing passes the client's header on unchanged."""
    api = make_api(function)
    api.trace(False)
    header = f"Root={trace_id()};Parent={segment_id()};Sampled=1"
    response = api.get(header=header)
    assert response.json()["event"]["headers"]["X-Amzn-Trace-Id"] == header


def test_a_clients_decision_not_to_sample_holds(api: Api, traces: Traces) -> None:
    """A client's decision not to sample holds for the stage and the function."""
    root = trace_id()
    response = api.get(header=f"Root={root};Sampled=0")
    assert fields(response.json()["header"])["Sampled"] == "0"
    sampled = root_of(api.get().headers["X-Amzn-Trace-Id"])
    traces.by_origin(sampled, STAGE, LAMBDA, FUNCTION)
    assert traces.segments(root) == []


@pytest.mark.parametrize(
    "header", ["", "garbage", "Root=1-2-3", "=;;=;", "Root=" + "f" * 4000, "Sampled=1;Parent=x", "Root=\xff"]
)
def test_a_malformed_header_is_ignored(api: Api, traces: Traces, header: str) -> None:
    """A request with a malformed header is served, in a new trace."""
    response = api.get(header=header.encode("latin-1"))  # type: ignore[arg-type]
    assert response.status_code == 200
    root = root_of(response.headers["X-Amzn-Trace-Id"])
    assert traces.by_origin(root, STAGE, LAMBDA, FUNCTION)


@pytest.mark.parametrize(
    ("status", "flags"),
    [(404, {"error"}), (429, {"error", "throttle"}), (503, {"fault"})],
)
def test_statuses_are_errors_and_faults(api: Api, traces: Traces, status: int, flags: set[str]) -> None:
    """A failure status marks the stage's segment as an error, as a throttled error, or as a fault.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-errors
    """
    response = api.get(f"/pets?status={status}")
    root = root_of(response.headers["X-Amzn-Trace-Id"])
    stage = traces.by_origin(root, STAGE)[STAGE]
    assert {name for name in ("error", "fault", "throttle") if stage.get(name)} == flags
    summary = traces.summary(root)
    assert {name for name in ("Error", "Fault", "Throttle") if summary[f"Has{name}"]} == {
        each.capitalize() for each in flags
    }


def test_what_api_gateway_answers_itself_is_traced(api: Api, traces: Traces) -> None:
    """A request to an unknown route is traced, although it calls no function."""
    root = trace_id()
    assert api.get("/nowhere", header=f"Root={root};Sampled=1").status_code == 403
    stage = traces.by_origin(root, STAGE)[STAGE]
    assert stage["error"]
    assert "subsegments" not in stage


def test_a_stage_without_tracing_leaves_the_decision(
    make_api: Callable[[Traced], Api], make_function: Callable[..., Traced], name: str, traces: Traces
) -> None:
    """In a stage without tracing, the client decides about sampling, or else the function."""
    api = make_api(make_function(name))
    response = api.get()
    seen = fields(response.json()["header"])
    assert seen["Sampled"] == "1"
    assert traces.by_origin(seen["Root"], LAMBDA, FUNCTION).keys() == {LAMBDA, FUNCTION}
    assert root_of(response.headers["X-Amzn-Trace-Id"]) == seen["Root"]
    root = trace_id()
    api.get(header=f"Root={root};Sampled=1")
    assert traces.by_origin(root, STAGE, LAMBDA, FUNCTION)


def test_tracing_can_be_ended(
    make_api: Callable[[Traced], Api], make_function: Callable[..., Traced], name: str, traces: Traces
) -> None:
    """Tracing can be turned off while the stage serves requests."""
    api = make_api(make_function(name, mode="PassThrough"))
    api.trace(True)
    assert traces.by_origin(root_of(api.get().headers["X-Amzn-Trace-Id"]), STAGE, LAMBDA, FUNCTION)
    api.trace(False)
    seen = fields(api.get().json()["header"])
    assert seen["Sampled"] == "0"
