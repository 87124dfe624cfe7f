"""Logger of the functions, which writes JSON lines with the service, the stage and the correlation id.

Powertools adds the request id, the trace id and whether the invocation was a cold start:
https://docs.aws.amazon.com/powertools/python/latest/core/logger/

Texts from other sources, such as error messages and other loggers, may quote private data and are masked.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from lambdas.domain.hidden_texts import without_hidden
from lambdas.domain.task import Task
from lambdas.telemetry.masking import masked

LOGGER_KEY = "logger"
"""Key with the name of the logger, in lines of loggers other than `logger`."""
_FOREIGN_TEXTS = ("error", "reason", "exception", "exception_notes", "stack_trace")


def serialized(line: Mapping[str, Any]) -> str:
    """Convert a line to JSON, with private data masked in texts from other sources."""
    texts = ("message", *_FOREIGN_TEXTS) if LOGGER_KEY in line else _FOREIGN_TEXTS
    private = {key: masked(line[key]) for key in texts if key in line}
    return without_hidden(
        json.dumps({**line, **private}, default=str, separators=(",", ":"), ensure_ascii=False)
    )


logger = Logger(stage=os.environ.get("STAGE", "local"), json_serializer=serialized)


def about(task: Task) -> dict[str, Any]:
    """Return the keys of a log line that identify a task: `{task_id, kind, correlation_id}`.

    The correlation id is that of the task's submission.
    """
    return {"task_id": task.task_id, "kind": task.type, "correlation_id": task.correlation_id}
