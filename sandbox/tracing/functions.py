"""What Lambda records of an invocation of a function whose tracing is active.

Two segments: the service's, `AWS::Lambda`, and below it the function's, `AWS::Lambda::Function`, which the
function's own subsegments belong to: https://docs.aws.amazon.com/lambda/latest/dg/python-tracing.html

The decision of who called is heeded. Without one AWS takes the first invocation of each second and a
twentieth of the others; here all are taken, so that each can be followed. Where tracing is not active the
header is handed on as it came: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call"

import json
import re
import time
from typing import Any

from localstack.aws.api.lambda_ import TooManyRequestsException
from localstack.services.lambda_.invocation.lambda_models import Invocation, InvocationResult
from localstack.utils.xray.trace_header import TraceHeader

from sandbox.metrics.containment import contained
from sandbox.tracing.daemon import DAEMON
from sandbox.tracing.header import Header, new_segment_id
from sandbox.tracing.segments import Segment
from sandbox.tracing.store import TRACES

_INIT_DURATION = re.compile(r"\tInit Duration: (\d+(?:\.\d+)?) ms")


class _Decided(TraceHeader):
    """A header of which LocalStack makes no other decision: it samples what is not to be sampled, too."""

    def ensure_sampled_exists(self, sampled: object = None) -> "_Decided":  # noqa: ARG002
        return self


def variables(run: Any, environment: Any) -> dict[str, str]:
    """Around ExecutionEnvironment.get_environment_variables: where the daemon is.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    host, _, port = DAEMON.address.partition(":")
    return {
        **run(environment),
        "AWS_XRAY_DAEMON_ADDRESS": DAEMON.address,
        "_AWS_XRAY_DAEMON_ADDRESS": host,
        "_AWS_XRAY_DAEMON_PORT": port,
    }


def invoke(run: Any, environment: Any, invocation: Invocation) -> InvocationResult:
    """Around ExecutionEnvironment.invoke: the function sees the segment that is recorded of it."""
    header = _of(invocation)
    if not _is_recorded(header, environment.function_version):
        _hand_on(invocation, header.below(header.parent or new_segment_id(), sampled=bool(header.sampled)))
        return run(environment, invocation)  # type: ignore[no-any-return]
    service, function = new_segment_id(), new_segment_id()
    _hand_on(invocation, header.below(function, sampled=True))
    began = time.time()
    result: InvocationResult = run(environment, invocation)
    with contained("the segments of an invocation"):
        failed = {"fault": True} if result.is_error else {}
        common = {
            "trace_id": header.root,
            "name": environment.function_version.id.function_name,
            "start_time": began,
            "end_time": time.time(),
            "aws": {
                "request_id": invocation.request_id,
                "account_id": environment.function_version.id.account,
                "function_arn": invocation.invoked_arn,
            },
            **failed,
        }
        _put(
            {
                **common,
                "id": service,
                **({"parent_id": header.parent} if header.parent else {}),
                "origin": "AWS::Lambda",
                "http": {"response": {"status": 200}},
            }
        )
        _put(
            {
                **common,
                "id": function,
                "parent_id": service,
                "origin": "AWS::Lambda::Function",
                **_initialization(result, began),
            }
        )
    return result


def throttle(run: Any, manager: Any, *, invocation: Invocation) -> InvocationResult:
    """Around LambdaVersionManager.invoke: an invocation that is refused is the service's segment alone."""
    try:
        return run(manager, invocation=invocation)  # type: ignore[no-any-return]
    except TooManyRequestsException:
        header = _of(invocation)
        if _is_recorded(header, manager.function_version):
            with contained("the segment of a throttle"):
                now = time.time()
                _put(
                    {
                        "id": new_segment_id(),
                        "trace_id": header.root,
                        **({"parent_id": header.parent} if header.parent else {}),
                        "name": manager.function_version.id.function_name,
                        "origin": "AWS::Lambda",
                        "start_time": now,
                        "end_time": now,
                        "http": {"response": {"status": 429}},
                        "error": True,
                        "throttle": True,
                    }
                )
        raise


def _of(invocation: Invocation) -> Header:
    given = (invocation.trace_context or {}).get("aws_trace_header")
    return Header.parse(given.to_header_str() if given else None)


def _hand_on(invocation: Invocation, header: Header) -> None:
    handed = _Decided(root=header.root, parent=header.parent, sampled=int(bool(header.sampled)))
    # A retry of an event is another invocation of the same context.
    invocation.trace_context = {**(invocation.trace_context or {}), "aws_trace_header": handed}


def _is_recorded(header: Header, function_version: Any) -> bool:
    return function_version.config.tracing_config_mode == "Active" and header.sampled is not False


def _initialization(result: InvocationResult, began: float) -> dict[str, Any]:
    """The subsegment of a cold start, by what the log says of it."""
    found = _INIT_DURATION.search(result.logs or "")
    if found is None:
        return {}
    seconds = float(found[1]) / 1000
    part = {
        "id": new_segment_id(),
        "name": "Initialization",
        "start_time": began,
        "end_time": began + seconds,
    }
    return {"subsegments": [part]}


def _put(segment: Segment) -> None:
    TRACES.put(json.dumps(segment))
