"""One logger for a function: JSON lines with the function's service name, stage and correlation id.

Powertools adds the request's id, the trace's id and whether it was a cold start:
https://docs.aws.amazon.com/powertools/python/latest/core/logger/
"""

import os
from typing import Any

from aws_lambda_powertools import Logger

from lambdas.domain.task import Task

logger = Logger(stage=os.environ.get("STAGE", "local"))


def about(task: Task) -> dict[str, Any]:
    """What a line says about the task that it is about: `{task_id, kind, correlation_id}`.

    The correlation id is that of the task's submission, whoever is at work on it.
    """
    return {"task_id": task.task_id, "kind": task.type, "correlation_id": task.correlation_id}
