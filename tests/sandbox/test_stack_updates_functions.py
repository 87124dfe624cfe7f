"""Functions, their event sources and references to them in an update of a stack."""

from collections.abc import Callable
from typing import Any

from tests.sandbox.updated_stack import Resources, Stack, code, function, resource, stack

__all__ = ["code", "stack"]  # fixtures


def test_function_and_its_source(client: Callable[[str], Any], stack: Stack, code: dict[str, str]) -> None:
    """A function's environment, memory and timeout, and its mapping, are updated in place."""

    def resources(memory: int, timeout: int, batch: int, concurrency: int, **variables: str) -> Resources:
        queue = {"Fn::GetAtt": ["Queue", "Arn"]}
        return {
            "Queue": resource("AWS::SQS::Queue", VisibilityTimeout=6 * timeout),
            **function(code, MemorySize=memory, Timeout=timeout, Environment={"Variables": variables}),
            "Source": resource(
                "AWS::Lambda::EventSourceMapping",
                EventSourceArn=queue,
                FunctionName={"Ref": "Function"},
                BatchSize=batch,
                ScalingConfig={"MaximumConcurrency": concurrency},
            ),
            "Permission": resource(
                "AWS::Lambda::Permission",
                Action="lambda:InvokeFunction",
                FunctionName={"Ref": "Function"},
                Principal="apigateway.amazonaws.com",
            ),
        }

    functions = client("lambda")
    stack.deploy(resources(128, 3, 5, 2, A="1", B="1"))
    before = stack.ids()
    assert stack.deploy(resources(256, 4, 6, 3, A="2")) == "UPDATE_COMPLETE"
    assert stack.ids() == before
    configuration = functions.get_function_configuration(FunctionName=before["Function"])
    assert (configuration["MemorySize"], configuration["Timeout"]) == (256, 4)
    assert configuration["Environment"]["Variables"] == {"A": "2"}
    source = functions.get_event_source_mapping(UUID=before["Source"])
    assert (source["BatchSize"], source["ScalingConfig"]) == (6, {"MaximumConcurrency": 3})


def test_loops_of_a_function(client: Callable[[str], Any], stack: Stack, code: dict[str, str]) -> None:
    """A function's RecursiveLoop setting follows the template, and its default is Terminate."""

    def allowed() -> str:
        config = client("lambda").get_function_recursion_config(FunctionName=stack.ids()["Function"])
        return str(config["RecursiveLoop"])

    stack.deploy(function(code, RecursiveLoop="Allow"))
    assert allowed() == "Allow"
    assert stack.deploy(function(code)) == "UPDATE_COMPLETE"
    assert allowed() == "Terminate"


def test_alias_of_a_function(client: Callable[[str], Any], stack: Stack, code: dict[str, str]) -> None:
    """An update moves an alias to the version that it publishes, and deletes the old version."""

    def resources(memory: int, version: str) -> Resources:
        return {
            **function(code, MemorySize=memory),
            version: resource("AWS::Lambda::Version", FunctionName={"Ref": "Function"}),
            "Alias": resource(
                "AWS::Lambda::Alias",
                Name="live",
                FunctionName={"Ref": "Function"},
                FunctionVersion={"Fn::GetAtt": [version, "Version"]},
            ),
        }

    stack.deploy(resources(128, "First"))
    assert stack.deploy(resources(256, "Second")) == "UPDATE_COMPLETE"
    functions, name = client("lambda"), stack.ids()["Function"]
    live = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    assert functions.get_function_configuration(FunctionName=name, Qualifier=live)["MemorySize"] == 256
    published = functions.list_versions_by_function(FunctionName=name)["Versions"]
    assert [each["Version"] for each in published] == ["$LATEST", "2"]


def test_resources_that_refer_to_an_updated_one_are_kept(
    client: Callable[[str], Any], stack: Stack, code: dict[str, str]
) -> None:
    """A function's update does not change a rule, an alarm or a topic that refers to the function."""

    def resources(memory: int) -> Resources:
        name = {"Ref": "Function"}
        return {
            **function(code, MemorySize=memory),
            "Rule": resource(
                "AWS::Events::Rule",
                ScheduleExpression="rate(1 day)",
                Targets=[{"Id": "a", "Arn": {"Fn::GetAtt": ["Function", "Arn"]}}],
            ),
            "Alarm": resource(
                "AWS::CloudWatch::Alarm",
                Namespace="AWS/Lambda",
                MetricName="Errors",
                Dimensions=[{"Name": "FunctionName", "Value": name}],
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="GreaterThanThreshold",
            ),
            "Topic": resource("AWS::SNS::Topic", DisplayName=name),
            "Retries": resource(
                "AWS::Lambda::EventInvokeConfig",
                FunctionName=name,
                Qualifier="$LATEST",
                MaximumRetryAttempts=0,
            ),
        }

    assert stack.deploy(resources(128)) == "CREATE_COMPLETE"
    before = stack.ids()
    assert stack.deploy(resources(256)) == "UPDATE_COMPLETE"
    assert stack.ids() == before
    function_name = before["Function"]
    assert client("lambda").get_function_configuration(FunctionName=function_name)["MemorySize"] == 256
