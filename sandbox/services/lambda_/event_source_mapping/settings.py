"""The settings of an event source mapping.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_CONCURRENCY = 10
"""Limit without MaximumConcurrency. AWS allows 1,000; on a laptop each invocation is a process."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A mapping's settings.

    Attributes:
        batch_size: Maximum number of messages in an invocation.
        window_seconds: Time to gather a batch; 0 to take the available messages, or to gather for a moment
            while the load is high (`poller`). FIFO queues have no window.
        concurrency: Maximum number of concurrent invocations.
        reports_failures: Whether the function's response names failed messages.
        patterns: Filter patterns, one of which a message must match; without any, every message matches.
    """

    uuid: str
    source_arn: str
    function_arn: str
    batch_size: int
    window_seconds: int
    concurrency: int
    reports_failures: bool
    patterns: tuple[Any, ...]


def read(configuration: Mapping[str, Any]) -> Settings:
    """Read the settings from LocalStack's record of a mapping, which has been validated."""
    filters = (configuration.get("FilterCriteria") or {}).get("Filters") or []
    scaling = configuration.get("ScalingConfig") or {}
    return Settings(
        uuid=configuration["UUID"],
        source_arn=configuration["EventSourceArn"],
        function_arn=configuration["FunctionArn"],
        batch_size=configuration["BatchSize"],
        window_seconds=configuration.get("MaximumBatchingWindowInSeconds") or 0,
        concurrency=scaling.get("MaximumConcurrency") or DEFAULT_CONCURRENCY,
        reports_failures="ReportBatchItemFailures" in (configuration.get("FunctionResponseTypes") or []),
        patterns=tuple(json.loads(each["Pattern"]) for each in filters),
    )
