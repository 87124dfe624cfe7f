"""Faster parsing and handling of requests, with LocalStack's results."""

import json
from functools import partial, partialmethod
from typing import Any

import pytest
from localstack.aws import handlers
from localstack.aws.app import LocalstackAwsGateway
from localstack.aws.protocol.parser import BaseJSONRequestParser, RequestParserError, create_parser
from localstack.aws.spec import load_service
from localstack.http import Request
from werkzeug.datastructures import Headers
from werkzeug.datastructures.headers import EnvironHeaders

from sandbox.speed.requests import _contains, _gateway, _get, _parse_map, _parse_structure

ITEM = {
    "id": {"S": "1"},
    "picture": {"B": "AAEC"},
    "sets": {"L": [{"SS": ["a"]}, {"BS": ["AAEC"]}, {"NULL": True}]},
    "deep": {"M": {"flag": {"BOOL": False}, "of": {"M": {"n": {"N": "1"}}}}},
}
BODIES: list[tuple[str, str, Any]] = [
    ("dynamodb", "PutItem", {"TableName": "t", "Item": ITEM, "ReturnValues": None}),
    ("dynamodb", "PutItem", {"TableName": "t", "Item": ITEM, "Unknown": {"a": 1}}),
    ("dynamodb", "PutItem", {"Item": ITEM}),
    ("dynamodb", "PutItem", {"TableName": None, "Item": None}),
    ("dynamodb", "PutItem", {"TableName": "t", "Item": {"id": "none"}}),
    ("dynamodb", "PutItem", []),
    ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {"Keys": [{"id": {"S": "1"}}, None]}}}),
    ("sqs", "SendMessageBatch", {"QueueUrl": "q", "Entries": [{"Id": "1", "MessageBody": "b"}, {"Id": "2"}]}),
    ("logs", "PutLogEvents", {"logGroupName": "g", "logEvents": [{"timestamp": 1, "message": "m"}]}),
    ("lambda", "UpdateFunctionConfiguration", {"Timeout": 3, "Environment": {"Variables": {"A": "b"}}}),
]


def parsed(service: str, operation: str, body: Any) -> Any:
    """Return a request's parameters, or the refusal's type and text."""
    model = load_service(service)
    parser: Any = create_parser(model, model.protocol)
    request = Request("POST", "/", body=json.dumps(body), headers={"Content-Type": "application/json"})
    try:
        shape = model.operation_model(operation).input_shape
        return parser._parse_shape(request, shape, body, {"FunctionName": "f"})
    except RequestParserError as refusal:
        return type(refusal), str(refusal)


@pytest.mark.parametrize(("service", "operation", "body"), BODIES)
def test_a_request_is_parsed_as_localstack_does(
    service: str, operation: str, body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parameters and refusals equal LocalStack's, even with a parameter in the path."""
    expected = parsed(service, operation, body)
    for name, ours in (("_parse_structure", _parse_structure), ("_parse_map", _parse_map)):
        own = getattr(BaseJSONRequestParser, name)
        monkeypatch.setattr(BaseJSONRequestParser, name, partialmethod(partial(ours, own)))
    assert parsed(service, operation, body) == expected


def test_some_of_those_requests_are_refused() -> None:
    """The requests above include some that are parsed and some that are refused."""
    assert parsed(*BODIES[0])["Item"]["picture"] == {"B": b"\x00\x01\x02"}
    assert isinstance(parsed(*BODIES[4]), tuple)


def test_a_header_is_found_whatever_its_case() -> None:
    """A lookup ignores case, and returns the first of several headers, converted, or the default."""
    headers = Headers([("X-Amz-Target", "a"), ("x-amz-target", "b"), ("Content-Length", "3"), ("Empty", "")])
    environ = EnvironHeaders({"HTTP_X_AMZ_TARGET": "a", "CONTENT_LENGTH": "3", "HTTP_EMPTY": ""})
    for given in (headers, environ):
        for arguments in (
            ("x-amz-TARGET",),
            ("content-length", None, int),
            ("x-amz-target", 7, int),
            ("empty", "default"),
            ("gone",),
            ("gone", "default"),
            ("gone", 7, int),
        ):
            assert _get(Headers.get, given, *arguments) == Headers.get(given, *arguments)
        for name in ("x-amz-TARGET", "empty", "gone"):
            assert _contains(Headers.__contains__, given, name) is (name in given)


SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sqs/aws4_request"}


def test_signed_requests_without_a_path_pass_fewer_handlers() -> None:
    """Signed POSTs without a path pass only the handlers that they need and those of other plug-ins."""
    whole: Any = LocalstackAwsGateway()
    whole.request_handlers.insert(3, print)

    def short(method: str = "POST", path: str = "/", headers: Any = SIGNED) -> Any:
        gateway = _gateway(Request(method, path, headers=headers, raw_path=path), whole)
        return None if gateway is whole else gateway

    kept = short().request_handlers
    assert kept == [each for each in whole.request_handlers if each in kept]
    needed = (print, handlers.handle_runtime_shutdown, handlers.content_decoder, handlers.parse_service_name)
    assert all(each in kept for each in (*needed, handlers.serve_custom_service_request_handlers))
    assert handlers.serve_edge_router_rules not in kept
    assert handlers.run_custom_response_handlers in short().response_handlers
    assert handlers.run_custom_finalizers in short().finalizers
    assert short().exception_handlers == whole.exception_handlers
    assert short() is short()
    assert not short("GET")
    assert not short(path="/queue/us-east-1/000000000000/q")
    assert not short(headers={})
