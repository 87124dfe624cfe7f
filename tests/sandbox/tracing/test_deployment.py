"""Tracing settings in CloudFormation, at creation and update.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-stage.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-tracingconfig.html
"""

from collections.abc import Callable
from typing import Any

from tests.sandbox.updated_stack import Stack, api, code, function, stack

__all__ = ["code", "stack"]  # pytest's fixtures


def test_tracing_of_a_stage(client: Callable[[str], Any], stack: Stack) -> None:
    """A stage's tracing follows the template, along with other changes of an update."""

    def is_traced() -> bool:
        found = client("apigateway").get_stage(restApiId=stack.ids()["Api"], stageName="live")
        return bool(found["tracingEnabled"])

    assert stack.deploy(api(["/a"], "First", TracingEnabled=True)) == "CREATE_COMPLETE"
    assert is_traced()
    changes = {"TracingEnabled": True, "Variables": {"a": "1"}}
    assert stack.deploy(api(["/a", "/b"], "Second", **changes)) == "UPDATE_COMPLETE"
    assert is_traced()
    assert stack.deploy(api(["/a"], "Second", Variables={"a": "1"})) == "UPDATE_COMPLETE"
    assert not is_traced()
    assert stack.deploy(api(["/a"], "Second", **changes)) == "UPDATE_COMPLETE"
    assert is_traced()


def test_tracing_of_a_function(client: Callable[[str], Any], stack: Stack, code: dict[str, str]) -> None:
    """A function's tracing mode is PassThrough unless the template sets it."""

    def mode() -> str:
        found = client("lambda").get_function_configuration(FunctionName=stack.ids()["Function"])
        return str(found["TracingConfig"]["Mode"])

    active = {"TracingConfig": {"Mode": "Active"}}
    assert stack.deploy(function(code, **active)) == "CREATE_COMPLETE"
    assert mode() == "Active"
    assert stack.deploy(function(code, **active, Timeout=9)) == "UPDATE_COMPLETE"
    assert mode() == "Active"
    assert stack.deploy(function(code, Timeout=9)) == "UPDATE_COMPLETE"
    assert mode() == "PassThrough"
    assert stack.deploy(function(code, **active, Timeout=9)) == "UPDATE_COMPLETE"
    assert mode() == "Active"
