"""Invocation of release_tasks outside its schedule."""

import json

import boto3

from infra.stages import StageSettings


def start_release(session: boto3.Session, settings: StageSettings) -> None:
    """Invoke release_tasks asynchronously, as its schedule does.

    After a deployment, the first scheduled run may take up to a minute to begin.
    """
    session.client("lambda").invoke(
        FunctionName=settings.live_function("release_tasks"),
        InvocationType="Event",
        Payload=json.dumps({"forSeconds": settings.release_loop_seconds}),
    )
