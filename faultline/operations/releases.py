"""Parked tasks that need not wait for the schedule."""

import json

import boto3

from infra.stages import StageSettings


def begin(session: boto3.Session, settings: StageSettings) -> None:
    """Start release_tasks as its schedule does, which comes up to a minute after the deployment.

    Nobody waits for it: it runs beside the demonstration, and the schedule takes over from it.
    """
    session.client("lambda").invoke(
        FunctionName=settings.function_name("release_tasks"),
        InvocationType="Event",
        Payload=json.dumps({"forSeconds": settings.release_loop_seconds}),
    )
