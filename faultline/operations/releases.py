"""Starting release_tasks without waiting for its schedule."""

import json

import boto3

from infra.stages import StageSettings


def start_release(session: boto3.Session, settings: StageSettings) -> None:
    """Start a run of release_tasks, as its schedule does, and return at once.

    The first scheduled run may come up to a minute after a deployment; this one bridges that time.
    """
    session.client("lambda").invoke(
        FunctionName=settings.live_function("release_tasks"),
        InvocationType="Event",
        Payload=json.dumps({"forSeconds": settings.release_loop_seconds}),
    )
