"""The command, and the reading of a trace."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import boto3

from faultline.cli.calls import CommandFailed, api_of, succeeded
from faultline.cli.display import out, print_json
from faultline.cli.options import Json, Port, Stage
from faultline.cli.trace.waterfall import waterfall
from faultline.operations import target
from faultline.operations.spans import Span, spans
from infra.errors import aws_errors
from infra.stages import DEFAULT_STAGE
from sandbox.process.lifecycle import DEFAULT_PORT

if TYPE_CHECKING:
    from types_boto3_xray import XRayClient


def trace(
    task_id: str, stage_name: Stage = DEFAULT_STAGE, port: Port = DEFAULT_PORT, as_json: Json = False
) -> None:
    """Draw a task's trace: its submission, all its attempts, and what they called."""
    task = succeeded(api_of(stage_name, port).task(task_id)).body
    if "traceId" not in task:
        raise CommandFailed(f"{task_id} was not traced: X-Ray takes a sample of the requests")
    found = read_trace(target.find(port).session, task["traceId"])
    if as_json:
        print_json([asdict(span) for span in found])
    else:
        out.print(waterfall(found))
        out.print(f"\ntrace {task['traceId']}")


def read_trace(session: boto3.Session, trace_id: str) -> list[Span]:
    """The spans of a trace.

    Raises:
        CommandFailed: X-Ray has nothing of it: not yet, which takes some seconds on AWS, or no longer, after
            30 days.
        AwsUnavailable: X-Ray cannot be asked.
    """
    with aws_errors("reading the trace"):
        client: XRayClient = session.client("xray")
        pages = client.get_paginator("batch_get_traces").paginate(TraceIds=[trace_id])
        documents = [
            segment["Document"] for page in pages for found in page["Traces"] for segment in found["Segments"]
        ]
    if not documents:
        raise CommandFailed(f"X-Ray has nothing of trace {trace_id}: not yet, or no longer")
    return spans(documents)
