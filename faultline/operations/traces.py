"""Queries for traces in X-Ray."""

from typing import TYPE_CHECKING

import boto3

from faultline.operations.errors import OperationFailed
from faultline.operations.spans import Span, spans
from infra.errors import aws_errors

if TYPE_CHECKING:
    from types_boto3_xray import XRayClient


def read_trace(session: boto3.Session, trace_id: str) -> list[Span]:
    """Read the spans of a trace.

    Raises:
        OperationFailed: If X-Ray does not have the trace. On AWS a trace appears after some seconds, and is
            kept for 30 days.
        AwsUnavailable: If X-Ray cannot be reached.
    """
    with aws_errors("reading the trace"):
        client: XRayClient = session.client("xray")
        pages = client.get_paginator("batch_get_traces").paginate(TraceIds=[trace_id])
        documents = [
            segment["Document"] for page in pages for found in page["Traces"] for segment in found["Segments"]
        ]
    if not documents:
        raise OperationFailed(f"X-Ray has no trace {trace_id}: it has not arrived yet, or has expired")
    return spans(documents)
