"""The cost of telemetry: throughput with and without logs, metrics and traces, measured in turns.

Powertools' variables turn them off: https://docs.aws.amazon.com/powertools/python/latest/environment_variables/
"""

import statistics
from dataclasses import dataclass

from benchmarks.errors import MeasurementFailed
from benchmarks.measures.measurement import Measured
from benchmarks.measures.throughput import per_second, submissions
from benchmarks.plan import Plan
from benchmarks.stack import Stack
from infra.stage_names import LIVE

_OFF = {
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    "POWERTOOLS_METRICS_DISABLED": "true",
    "POWERTOOLS_TRACE_DISABLED": "true",
}
_FUNCTIONS = ("submit_task", "process_task")


@dataclass(frozen=True)
class _Versions:
    """A version of each function, by the function's name, and whether the API traces requests to them."""

    by_function: dict[str, str]
    traced: bool


def measure(stack: Stack, plan: Plan) -> Measured:
    """Measure the share of throughput that telemetry costs.

    Tasks are processed in turns with and without telemetry, because a machine's speed may change from one
    minute to the next. Each pair of turns compares the two; every other pair begins without telemetry. The
    result is the median of the pairs, in percent.

    Raises:
        MeasurementFailed: If the tasks do not end in time.
    """
    usual, silent = _live(stack), _publish_silent(stack)
    costs = []
    for turn in range(plan.turns):
        order = (usual, silent) if turn % 2 == 0 else (silent, usual)
        rates = {versions.traced: _rate(stack, plan, versions, turn) for versions in order}
        costs.append(100 * (1 - rates[True] / rates[False]))
    _make_live(stack, usual)
    return Measured(
        figures={"telemetry_cost_percent": statistics.median(costs)},
        samples={"telemetry_cost_percent": costs},
    )


def _rate(stack: Stack, plan: Plan, versions: _Versions, turn: int) -> float:
    """Return the tasks per second with the versions, after some unmeasured tasks that warm them."""
    _make_live(stack, versions)
    name = f"{'traced' if versions.traced else 'silent'}-{turn}"
    per_second(stack, plan, submissions(f"{name}-first", max(plan.tasks // 20, 1)))
    return per_second(stack, plan, submissions(name, max(plan.tasks // 4, 1)))


def _live(stack: Stack) -> _Versions:
    return _Versions(
        {
            name: stack.functions.get_alias(FunctionName=name, Name=LIVE)["FunctionVersion"]
            for name in _names(stack)
        },
        traced=True,
    )


def _publish_silent(stack: Stack) -> _Versions:
    """Publish versions of the functions without telemetry."""
    published = {}
    for name in _names(stack):
        variables = stack.functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        stack.functions.update_function_configuration(
            FunctionName=name,
            Environment={"Variables": {**variables, **_OFF}},
            TracingConfig={"Mode": "PassThrough"},
        )
        stack.functions.get_waiter("function_updated_v2").wait(
            FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        published[name] = stack.functions.publish_version(FunctionName=name)["Version"]
    return _Versions(published, traced=False)


def _make_live(stack: Stack, versions: _Versions) -> None:
    for name, version in versions.by_function.items():
        stack.functions.update_alias(FunctionName=name, Name=LIVE, FunctionVersion=version)
    traced = str(versions.traced).lower()
    stack.session.client("apigateway").update_stage(
        restApiId=_api_id(stack),
        stageName=stack.settings.name,
        patchOperations=[{"op": "replace", "path": "/tracingEnabled", "value": traced}],
    )


def _names(stack: Stack) -> list[str]:
    return [stack.settings.function_name(each) for each in _FUNCTIONS]


def _api_id(stack: Stack) -> str:
    apis = stack.session.client("apigateway").get_rest_apis(limit=500)["items"]
    found = [each["id"] for each in apis if each["name"] == stack.settings.stack_name]
    if len(found) != 1:
        raise MeasurementFailed(f"{len(found)} APIs are named {stack.settings.stack_name}")
    return found[0]
