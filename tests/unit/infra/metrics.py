"""The existing metrics: our own, and those of AWS that the sandbox publishes as well.

tests/sandbox/alarms checks that it publishes them.
"""

from collections.abc import Mapping

from infra.stack.functions import FUNCTIONS
from infra.stages import StageSettings
from lambdas.domain.errors import Category
from lambdas.telemetry.metrics import CATEGORY, FUNCTION, KIND, STAGE, STATE, Metric
from lambdas.work.kinds import KINDS

_QUEUE = [frozenset({"QueueName"})]
_FUNCTION = [frozenset({"FunctionName"})]
_API = [frozenset({"ApiName", "Stage"})]
_THROTTLED = [frozenset({"TableName"}), frozenset({"TableName", "GlobalSecondaryIndexName"})]

AWS_METRICS: Mapping[tuple[str, str], list[frozenset[str]]] = {
    **{
        ("AWS/SQS", name): _QUEUE
        for name in (
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
            "NumberOfMessagesDeleted",
            "NumberOfMessagesReceived",
            "NumberOfMessagesSent",
        )
    },
    **{
        ("AWS/Lambda", name): _FUNCTION
        for name in ("ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles")
    },
    **{
        ("AWS/ApiGateway", name): _API
        for name in ("4XXError", "5XXError", "Count", "IntegrationLatency", "Latency")
    },
    ("AWS/DynamoDB", "ReadThrottleEvents"): _THROTTLED,
    ("AWS/DynamoDB", "WriteThrottleEvents"): _THROTTLED,
    ("AWS/DynamoDB", "SuccessfulRequestLatency"): [frozenset({"TableName", "Operation"})],
}
"""Sets of dimension names of AWS's metrics, by the metric's namespace and name."""

_VALUES: Mapping[str, set[str]] = {
    KIND: {kind.name for kind in KINDS},
    CATEGORY: set(Category),
    STATE: {"OPEN", "HALF_OPEN", "CLOSED"},
    FUNCTION: set(FUNCTIONS),
}


def is_ours(name: str, dimensions: Mapping[str, str], settings: StageSettings) -> bool:
    """Return whether the functions publish a metric by the stage and at most one other dimension."""
    by_title = {metric.title: metric for metric in Metric}
    others = {each: value for each, value in dimensions.items() if each != STAGE}
    return (
        name in by_title
        and dimensions.get(STAGE) == settings.name
        and len(others) <= 1
        and all(
            each in by_title[name].dimensions and value in _VALUES[each] for each, value in others.items()
        )
    )
