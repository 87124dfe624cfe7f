"""A stack in a sandbox of its own, so that tests may break the stack's resources."""

import dataclasses
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import boto3
import pytest

from faultline.operations.faults import FaultClient
from infra.api.openapi import resolvers
from infra.deploy.deployment import deploy
from infra.deploy.packaging import build, local_platform
from infra.deploy.stack_events import ResourceEvent
from infra.stages import stage
from sandbox.process import lifecycle
from tests.e2e import sink as sinks
from tests.e2e.alerts import Alerts, subscribed_to
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, with_new_key


@dataclasses.dataclass(frozen=True, kw_only=True)
class Watched:
    """A stack with its schedule turned off, and all notifications that its alert topic has sent."""

    stack: Stack
    alerts: Alerts


@pytest.fixture(scope="session")
def watched(state_home: Path) -> Iterator[Watched]:
    """Deploy stage `test` with short timeouts and without its schedule, subscribed to its alert topic."""
    settings = dataclasses.replace(
        stage("test"), api_timeout_seconds=6, release_timeout_seconds=6, release_loop_seconds=1
    )
    artifact = build(local_platform())
    sandbox = lifecycle.start(port=0)
    try:
        with pytest.MonkeyPatch.context() as patch, ExitStack() as subscriptions:
            patch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
            session = boto3.Session("test", "test", region_name="us-east-1")
            alerts: list[Alerts] = []

            def see(event: ResourceEvent) -> None:
                """Subscribe to the topic, and disable the schedule, as soon as they exist."""
                if (event.logical_id, event.status) == ("AlertTopic", "CREATE_COMPLETE"):
                    topic = f"arn:aws:sns:us-east-1:000000000000:{settings.stack_name}-alerts"
                    alerts.append(subscriptions.enter_context(subscribed_to(session, topic)))
                if (event.logical_id, event.status) == ("ReleaseSchedule", "CREATE_COMPLETE"):
                    session.client("events").disable_rule(Name=f"{settings.stack_name}-release")

            outputs = deploy(session, settings, artifact, resolvers(), progress=see)
            auth = with_new_key(session, settings)
            stack = Stack(session=session, settings=settings, outputs=outputs, api_key=auth)
            yield Watched(stack=stack, alerts=alerts[0])
    finally:
        lifecycle.stop(sandbox.port)


@pytest.fixture
def stack(watched: Watched) -> Stack:
    return watched.stack


@pytest.fixture
def alerts(watched: Watched) -> Alerts:
    return watched.alerts


@pytest.fixture
def sink() -> Iterator[Sink]:
    with sinks.running() as running:
        yield running


@pytest.fixture
def own_faults(stack: Stack) -> Iterator[FaultClient]:
    """Provide a client for faults in the stack's sandbox, and clear the faults at the end."""
    client = FaultClient(stack.session.client("sqs").meta.endpoint_url)
    yield client
    client.clear()
