"""X-Ray tracing, with one trace for the submission of a task and all that follows from it.

Each invocation has a trace of its own, and an invocation by SQS receives a batch of tasks from different
traces. The work on a task is therefore recorded as a segment of the task's trace, below the call that sent
the message; SQS passes that trace on in AWSTraceHeader
(https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html). The header is also stored with the
task, for messages that are sent when the task is released or redriven.

No function in this module raises or blocks: segments are datagrams to a daemon on the same machine
(https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon.html).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Tracer

from lambdas.domain.errors import Category, classify
from lambdas.telemetry.xray import Context, TraceHeader, xray_recorder

# Lambda sets the header of an invocation in this variable, from which Powertools' Logger reads the trace id:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_HEADER = "_X_AMZN_TRACE_ID"

# Only AWS calls become subsegments, not those of the runtime client, which polls by HTTP.
tracer = Tracer(patch_modules=("botocore",))


def header() -> str | None:
    """Return the trace header of the open segment, `Root=1-...;Parent=...;Sampled=1`.

    Returns None if the invocation is not traced.
    """
    entity = _current()
    if entity is None or not entity.sampled:
        return None
    root = getattr(entity, "parent_segment", entity).trace_id
    return str(TraceHeader(root=root, parent=entity.id, sampled=1).to_header_str())


def trace_id(of: str | None) -> str | None:
    """Return the trace id in a header; None if the header is missing or has no id."""
    root = TraceHeader.from_header_str(of).root if of else None
    return None if root is None else str(root)


@contextmanager
def continued(upstream: str | None) -> Iterator[None]:
    """Context manager that records the calls within the block in another trace.

    Args:
        upstream: Header of the other trace. None, or a header of the current trace, has no effect.
    """
    origin = TraceHeader.from_header_str(upstream) if upstream and not tracer.disabled else None
    if origin is None or not origin.root or not origin.parent or origin.root == trace_id(header()):
        yield
        return
    outer_context, outer_header = xray_recorder.context, os.environ.get(_HEADER, "")
    xray_recorder.context = Context()
    segment = xray_recorder.begin_segment(
        os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "function"),
        traceid=origin.root,
        parent_id=origin.parent,
        sampling=int(origin.sampled == 1),
    )
    os.environ[_HEADER] = header() or str(upstream)
    try:
        if segment.sampled:
            segment.origin = "AWS::Lambda::Function"
            # If the function crashes within the block, the trace shows that the segment began.
            xray_recorder.emitter.send_entity(segment)
        yield
    finally:
        xray_recorder.end_segment()
        xray_recorder.context = outer_context
        os.environ[_HEADER] = outer_header


@contextmanager
def calling(dependency: str) -> Iterator[None]:
    """Context manager that records the block as a call to a dependency outside AWS, in a subsegment."""
    if tracer.disabled:
        yield
        return
    subsegment = xray_recorder.begin_subsegment(dependency, namespace="remote")
    try:
        yield
    except Exception as error:
        failed(classify(error).category)
        raise
    finally:
        if subsegment is not None:
            xray_recorder.end_subsegment()


def annotate(**values: Any) -> None:
    """Annotate the open segment with strings or numbers, which make the trace searchable."""
    for name, value in values.items():
        tracer.put_annotation(name, value)


def failed(category: Category) -> None:
    """Mark the open segment as an error of the caller, a throttle or a fault, depending on the category.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-errors
    """
    entity = _current()
    if entity is None:
        return
    match category:
        case Category.VALIDATION:
            entity.add_error_flag()
        case Category.RATE_LIMIT:
            entity.add_throttle_flag()
        case _:
            entity.add_fault_flag()


def _current() -> Any:
    """Return the open segment or subsegment; None if there is none."""
    return None if tracer.disabled else xray_recorder.get_trace_entity()
