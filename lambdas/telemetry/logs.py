"""One logger for a function: JSON lines with the function's service name, stage and correlation id.

Powertools adds the request's id, the trace's id and whether it was a cold start:
https://docs.aws.amazon.com/powertools/python/latest/core/logger/
What others have written, an error's text above all, may quote what is private; it is masked.
"""

import json
import os
from typing import Any

from aws_lambda_powertools import Logger

from lambdas.domain.task import Task
from lambdas.telemetry.masking import masked

_WRITTEN_BY_OTHERS = ("error", "reason", "exception", "stack_trace")


def _serialized(line: dict[str, Any]) -> str:
    private = {key: masked(line[key]) for key in _WRITTEN_BY_OTHERS if key in line}
    return json.dumps({**line, **private}, default=str, separators=(",", ":"), ensure_ascii=False)


logger = Logger(stage=os.environ.get("STAGE", "local"), json_serializer=_serialized)


def about(task: Task) -> dict[str, Any]:
    """What a line says about the task that it is about: `{task_id, kind, correlation_id}`.

    The correlation id is that of the task's submission, whoever is at work on it.
    """
    return {"task_id": task.task_id, "kind": task.type, "correlation_id": task.correlation_id}
