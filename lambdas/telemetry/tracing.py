"""X-Ray: one trace for a task's submission and all that follows from it.

A function has a trace of its own for each invocation, and one that SQS invokes has a batch of tasks to work
on, each of another trace. What it does for a task is therefore recorded as a segment in the task's own trace,
below the call that sent the message, which SQS hands on in AWSTraceHeader:
https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
The header is kept with the task as well, for when its message is sent anew: released, or redriven.

Nothing here raises, or waits: segments are datagrams to a daemon on the same machine
(https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon.html).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Tracer
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.context import Context
from aws_xray_sdk.core.models.trace_header import TraceHeader

from lambdas.domain.errors import Category, classify

# Where Lambda puts the header of an invocation, and Powertools' Logger looks for the trace's id:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_HEADER = "_X_AMZN_TRACE_ID"

# Calls of AWS become subsegments; not so those of the runtime's own client, which polls by HTTP.
tracer = Tracer(patch_modules=("botocore",))


def header() -> str | None:
    """What leads on from here: `Root=1-...;Parent=...;Sampled=1`; None where nothing is recorded."""
    entity = _current()
    if entity is None or not entity.sampled:
        return None
    root = getattr(entity, "parent_segment", entity).trace_id
    return str(TraceHeader(root=root, parent=entity.id, sampled=1).to_header_str())


def trace_id(of: str | None) -> str | None:
    """The trace that a header belongs to; None when there is no header, or it says nothing."""
    root = TraceHeader.from_header_str(of).root if of else None
    return None if root is None else str(root)


@contextmanager
def continued(upstream: str | None) -> Iterator[None]:
    """Work for whom `upstream`, a trace header, leads to: what is called in the block is in that trace.

    Without one, or where it leads to the present trace, nothing changes.
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
            # Should this be the last that is heard of it, the trace shows that it began.
            xray_recorder.emitter.send_entity(segment)
        yield
    finally:
        xray_recorder.end_segment()
        xray_recorder.context = outer_context
        os.environ[_HEADER] = outer_header


@contextmanager
def calling(dependency: str) -> Iterator[None]:
    """A call of what is not AWS: a subsegment that bears its name."""
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
    """Mark what is being done with values, text or numbers, that traces can be found by."""
    for name, value in values.items():
        tracer.put_annotation(name, value)


def failed(category: Category) -> None:
    """Mark what is being done as failed: with an error when the caller was at fault, a throttle, or a fault.

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
    """The segment or subsegment that is open; None when there is none."""
    return None if tracer.disabled else xray_recorder.get_trace_entity()
