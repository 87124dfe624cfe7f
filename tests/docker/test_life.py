"""The lifecycle of the container: start, stop, restart, kill, pause, and invalid settings."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.docker.project import ROOT, Project
from tests.e2e.stack import ENDED, fresh
from tests.eventually import eventually


@pytest.fixture
def own(images: None, request: pytest.FixtureRequest) -> Iterator[Project]:
    """Run a project of the test stage for a single test."""
    made = Project(name="faultline-own", settings={"STAGE": "test"})
    try:
        made.up()
        yield made
    finally:
        made.down()


def submit(project: Project, count: int, **simulate: object) -> list[str]:
    """Submit tasks from 8 clients, require that all are accepted, and return their ids."""
    api, task_ids = project.api(), [fresh("task") for _ in range(count)]

    def one(task_id: str) -> int:
        return api.submit({"taskId": task_id, "payload": {}, "simulate": simulate}).status

    with ThreadPoolExecutor(8) as clients:
        assert set(clients.map(one, task_ids)) == {202}
    return task_ids


def all_succeed(project: Project, task_ids: list[str]) -> None:
    """Check that each task ends, and succeeds exactly once in its history."""
    api = project.api()
    for task_id in task_ids:
        task = eventually(
            lambda task_id=task_id: (  # type: ignore[misc]
                found if (found := api.task(task_id).body)["status"] in ENDED else None
            ),
            every=0.2,
            what=f"{task_id} has ended",
        )
        assert [entry["status"] for entry in task["history"]].count("SUCCEEDED") == 1


def test_a_restart_deploys_anew(own: Project) -> None:
    """A restart keeps no tasks, and deploys the stack again at the same address."""
    [before] = submit(own, 1)
    all_succeed(own, [before])
    own.compose("restart")
    own.up()
    assert own.health == "healthy"
    assert own.api().task(before).status == 404
    all_succeed(own, submit(own, 1))


def test_who_is_killed_among_tasks_forgets_them(own: Project) -> None:
    """A container that is killed loses all accepted tasks, since its state is in memory.

    Afterwards the same submissions are new, and are processed.
    """
    before = submit(own, 100, latencyMs=200)
    own.container.kill()
    eventually(lambda: own.container.status == "exited", what="the container is dead")
    own.up()
    assert own.health == "healthy"
    api = own.api()
    assert {api.task(task_id).status for task_id in before} == {404}
    assert api.submit({"taskId": before[0], "payload": {}}).status == 202
    all_succeed(own, [before[0]])


def test_who_is_paused_among_tasks_loses_nothing(own: Project) -> None:
    """Tasks survive a pause of the container, which stops functions and their leases alike."""
    tasks = submit(own, 100, latencyMs=100)
    own.container.pause()
    time.sleep(10)  # the pause itself
    own.container.unpause()
    all_succeed(own, tasks)


def test_it_stops_within_its_grace_period(own: Project) -> None:
    """A container with tasks in progress, and functions that start, ends before Docker would kill it."""
    submit(own, 20, latencyMs=1000)
    own.compose("stop")
    assert own.container.attrs["State"]["ExitCode"] == 0  # 137 if it was killed


def test_two_projects_side_by_side(own: Project, project: Project) -> None:
    """Two projects on one machine have their own ports and tasks."""
    [here], [there] = submit(own, 1), submit(project, 1)
    all_succeed(own, [here])
    all_succeed(project, [there])
    assert own.api().task(there).status == 404
    assert project.api().task(here).status == 404


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"STAGE": "nope"}, "faultline: unknown stage 'nope'; stages are dev, test, staging, prod"),
        (
            {"FAILURE_RATE": "2"},
            "faultline: stage dev: failure_rate is for dev and test only, and from 0 to 1",
        ),
        ({"LOG_LEVEL": "loud"}, "faultline: LOG_LEVEL is 'loud'; it can be DEBUG, INFO, WARNING"),
    ],
)
def test_a_wrong_setting_is_one_line(images: None, settings: dict[str, str], line: str) -> None:
    """An invalid setting is reported in one line, and ends the container before it starts anything."""
    wrong = Project(name="faultline-wrong", settings=settings)
    try:
        assert wrong.up(check=False).returncode != 0
        assert wrong.log.splitlines() == [line]
        assert wrong.container.attrs["State"]["ExitCode"] == 2
    finally:
        wrong.down()


def test_a_failed_deployment_is_told_and_unhealthy(images: None, tmp_path: Path) -> None:
    """After a failed deployment, the log has the reason, and the container is unhealthy."""
    source = (ROOT / "infra/stack/event_sources.py").read_text()
    broken = tmp_path / "sources.py"
    broken.write_text(source.replace("_BATCH_SIZE = 10", "_BATCH_SIZE = 10_001"))
    assert broken.read_text() != source
    override = tmp_path / "override.yml"
    override.write_text(
        "services: {localstack: {volumes: "
        f"['{broken}:/opt/faultline/infra/stack/event_sources.py:ro']}}}}\n"
    )
    failing = Project(name="faultline-failing", override=override)
    try:
        assert failing.up(check=False).returncode != 0
        assert failing.health == "unhealthy"
        assert "faultline: faultline-dev could not be deployed" in failing.log
        assert "(AWS::Lambda::EventSourceMapping): " in failing.log
    finally:
        failing.down()


def test_it_needs_no_network(images: None, tmp_path: Path) -> None:
    """The stack is deployed without access to the internet, since the image contains everything."""
    override = tmp_path / "override.yml"
    override.write_text("networks: {default: {internal: true}}\n")
    shut_in = Project(name="faultline-shut-in", override=override)
    try:
        shut_in.up()
        assert shut_in.health == "healthy"
        way_out, _ = shut_in.container.exec_run(
            ["python", "-c", "import socket; socket.create_connection(('192.0.2.1', 80), 1)"]
        )
        assert way_out != 0
    finally:
        shut_in.down()
