"""The demonstration beside the sandbox: `docker compose run --rm demo`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from tests.docker.project import Project
from tests.eventually import eventually
from tests.terminal import CTRL_C, terminal


@pytest.fixture(scope="module")
def own(images: None) -> Iterator[Project]:
    """Provide a project of the dev stage that is not running yet."""
    made = Project(name="faultline-demo")
    try:
        yield made
    finally:
        made.down()


def first_release(project: Project) -> datetime:
    """Return the time at which release_tasks was first invoked."""
    logs: Any = boto3.client(
        "logs",
        endpoint_url=project.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    streams = logs.describe_log_streams(logGroupName="/aws/lambda/faultline-dev")["logStreams"]
    begun = [each["firstEventTimestamp"] for each in streams if "-release-tasks[" in each["logStreamName"]]
    return datetime.fromtimestamp(min(begun) / 1000, UTC)


def parked_at(project: Project) -> list[datetime]:
    """Return the times at which tasks were parked."""
    tasks = project.api().tasks(limit=100, view="full").body["tasks"]
    return [
        datetime.fromisoformat(entry["at"])
        for task in tasks
        for entry in task["history"]
        if entry["status"] == "PARKED"
    ]


def test_it_plays_on_a_fresh_container(own: Project) -> None:
    """The demonstration prints its steps, succeeds, and leaves the sandbox running.

    It does not wait for the release schedule's first run, a minute after the deployment, but invokes
    release_tasks before the first task is parked.
    """
    done = own.compose("run", "--rm", "-T", "demo")
    assert "none was lost, and no request was served twice" in done.stdout
    assert "\x1b[" not in done.stdout  # plain lines without a terminal
    assert own.health == "healthy"
    assert first_release(own) < min(parked_at(own))


def test_ctrl_c_ends_the_demonstration_alone(own: Project) -> None:
    """Ctrl-C ends the demonstration, but not the sandbox."""
    own.up()
    before = own.container
    with terminal(own.command("run", "--rm", "demo"), own.environment, own.folder) as person:
        person.wait_for(b" tasks \xe2\x94\x80")  # the frame of the live table
        person.wait_for(b"\x1b[1A")
        person.press(CTRL_C)
        assert person.status() != 0
    assert b"faultline: interrupted" in person.shown
    assert b"Traceback" not in person.shown
    after = own.container
    assert (after.id, after.attrs["State"]["StartedAt"]) == (before.id, before.attrs["State"]["StartedAt"])
    assert own.api().submit({"payload": {}}).status == 202
    eventually(lambda: own.compose("ps", "--quiet", "--all", "demo").stdout == "", what="--rm removed it")
