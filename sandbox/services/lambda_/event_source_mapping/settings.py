"""A mapping's settings, as CreateEventSourceMapping takes them.

Lambda developer guide, services-sqs-parameters.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_CONCURRENCY = 10
"""Where MaximumConcurrency is not set. AWS allows 1,000 then; on a laptop each is a process."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a mapping is to do.

    Attributes:
        batch_size: messages in an invocation at most.
        window_seconds: how long to gather a batch; 0, always for FIFO queues, to take what is there.
        concurrency: invocations at once at most.
        reports_failures: whether the function's answer says which messages failed.
        patterns: what a message must match one of, unless there are none.
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
    """The settings in LocalStack's record of a mapping, which has validated them."""
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
