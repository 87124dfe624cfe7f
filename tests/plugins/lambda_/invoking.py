"""Starting function processes and invoking them, without LocalStack."""

import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.services.lambda_.executor.process import FunctionProcess
from sandbox.services.lambda_.executor.runtime_api import Answer, Invocation, Ready
from tests.eventually import DEADLINE_SECONDS

type Start = Callable[..., FunctionProcess]


def invoke(process: FunctionProcess) -> Any:
    """Invoke the handler in a process and return its result."""
    until = time.monotonic() + DEADLINE_SECONDS
    assert isinstance(process.next_event(until), Ready), process.output.take()
    process.api.send(
        Invocation(request_id="1", function_arn="arn", trace_id="Root=1", event=b"{}", deadline_ms=int(2e12))
    )
    answer = process.next_event(until)
    assert isinstance(answer, Answer)
    return json.loads(answer.payload)


def is_fresh(found: Mapping[str, Any]) -> bool:
    return bool(found["parent"] == os.getpid())
