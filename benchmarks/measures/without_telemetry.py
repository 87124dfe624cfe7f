"""The cost of telemetry: end-to-end throughput without logs, metrics and traces.

Powertools' variables turn them off: https://docs.aws.amazon.com/powertools/python/latest/environment_variables/
"""

from benchmarks.errors import MeasurementFailed
from benchmarks.measures.measurement import Measured
from benchmarks.measures.throughput import per_second, submissions
from benchmarks.plan import Plan
from benchmarks.stack import Stack
from infra.stage_names import LIVE

_TELEMETRY_OFF = {
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    "POWERTOOLS_METRICS_DISABLED": "true",
    "POWERTOOLS_TRACE_DISABLED": "true",
}
_FUNCTIONS = ("submit_task", "process_task")


def measure(stack: Stack, plan: Plan) -> Measured:
    """Measure throughput without telemetry, which stays turned off afterwards.

    Raises:
        MeasurementFailed: If the tasks do not end in time.
    """
    _turn_off(stack)
    per_second(stack, plan, submissions("warming-up", max(plan.tasks // 4, 1)))
    return Measured(
        figures={"silent_tasks_per_s": per_second(stack, plan, submissions("silent", plan.tasks))}
    )


def _turn_off(stack: Stack) -> None:
    for each in _FUNCTIONS:
        name = stack.settings.function_name(each)
        variables = stack.functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        stack.functions.update_function_configuration(
            FunctionName=name,
            Environment={"Variables": {**variables, **_TELEMETRY_OFF}},
            TracingConfig={"Mode": "PassThrough"},
        )
        stack.functions.get_waiter("function_updated_v2").wait(
            FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        silent = stack.functions.publish_version(FunctionName=name)["Version"]
        stack.functions.update_alias(FunctionName=name, Name=LIVE, FunctionVersion=silent)
    stack.session.client("apigateway").update_stage(
        restApiId=_api_id(stack),
        stageName=stack.settings.name,
        patchOperations=[{"op": "replace", "path": "/tracingEnabled", "value": "false"}],
    )


def _api_id(stack: Stack) -> str:
    apis = stack.session.client("apigateway").get_rest_apis(limit=500)["items"]
    found = [each["id"] for each in apis if each["name"] == stack.settings.stack_name]
    if len(found) != 1:
        raise MeasurementFailed(f"{len(found)} APIs are named {stack.settings.stack_name}")
    return found[0]
