"""The recorder of X-Ray's SDK, imported without use of the user's AWS settings.

Outside Lambda, importing the SDK creates two clients for its sampling rules. That takes 0.1 s, and fails if
the user's profile or configuration file is broken, although neither tests nor deployments record anything.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_IN_LAMBDA = "LAMBDA_TASK_ROOT"  # which the SDK looks for (aws_xray_sdk.core.lambda_launcher)


@contextmanager
def _as_in_lambda() -> Iterator[None]:
    is_elsewhere = os.environ.setdefault(_IN_LAMBDA, "elsewhere") == "elsewhere"
    try:
        yield
    finally:
        if is_elsewhere:
            del os.environ[_IN_LAMBDA]


with _as_in_lambda():
    from aws_xray_sdk.core import xray_recorder
    from aws_xray_sdk.core.context import Context
    from aws_xray_sdk.core.models.trace_header import TraceHeader

__all__ = ["Context", "TraceHeader", "xray_recorder"]
