"""Checks of the functions: versions, recursive loops and concurrency."""

from faultline.operations.verification.check import NotAsPromised
from faultline.operations.verification.deployed import Deployed
from faultline.operations.verification.stack import rendered
from infra.stack.functions import FUNCTIONS
from infra.stage_names import LIVE

_TERMINATE = "Terminate"
"""Lambda's default: https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html"""


def versions(stage: Deployed) -> None:
    """Check that the alias of each function points to a published version with the newest code."""
    client = stage.session.client("lambda")
    for function in map(stage.settings.function_name, FUNCTIONS):
        version = client.get_alias(FunctionName=function, Name=LIVE)["FunctionVersion"]
        if not version.isdigit():
            raise NotAsPromised(f"{function}:{LIVE} is {version}, which is not a published version")
        live = client.get_function_configuration(FunctionName=function, Qualifier=version)
        newest = client.get_function_configuration(FunctionName=function)
        if live["CodeSha256"] != newest["CodeSha256"]:
            raise NotAsPromised(f"{function}:{LIVE} is version {version}, whose code is not the newest")


def loops(stage: Deployed) -> None:
    """Check that each function has the recursive loop setting of the template."""
    client = stage.session.client("lambda")
    for properties in rendered(stage, "AWS::Lambda::Function").values():
        name, wanted = properties["FunctionName"], properties.get("RecursiveLoop", _TERMINATE)
        found = client.get_function_recursion_config(FunctionName=name)["RecursiveLoop"]
        if found != wanted:
            raise NotAsPromised(f"{name} has the recursive loop setting {found}, not {wanted}")


def concurrency(stage: Deployed) -> None:
    """Check that only the stage's settings limit the concurrency of the functions."""
    client, settings = stage.session.client("lambda"), stage.settings
    wanted = {"process_task": settings.process_concurrency, "monitor_dlq": settings.monitor_concurrency}
    for name, most in wanted.items():
        function = settings.live_function(name)
        mappings = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
        if len(mappings) != 1:
            raise NotAsPromised(f"{function} has {len(mappings)} event source mappings, not 1")
        found = mappings[0].get("ScalingConfig", {}).get("MaximumConcurrency")
        if found != most:
            raise NotAsPromised(f"the queue of {function} may start {found} invocations at once, not {most}")
    for function in map(settings.function_name, FUNCTIONS):
        reserved = client.get_function_concurrency(FunctionName=function).get("ReservedConcurrentExecutions")
        if reserved is not None:
            raise NotAsPromised(f"{function} is limited to {reserved} invocations at once")
