"""Passes of release_tasks while very many tasks wait, on real tables."""

from collections.abc import Iterator

import pytest

from lambdas.release_tasks import releaser as module
from sandbox.process.state_file import Sandbox
from tests.chaos.releases import Releases, releases_on


@pytest.fixture
def releases(sandbox: Sandbox) -> Iterator[Releases]:
    with releases_on(sandbox) as found:
        yield found


def test_many_closed_circuits_delay_no_other_tasks(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pass is bounded for all circuits together, and each of them gets its turn."""
    monkeypatch.setattr(module, "MAX_PER_PASS", 6)
    monkeypatch.setattr(module, "MAX_PER_CIRCUIT_AND_PASS", 2)
    circuits = [f"{number}.example" for number in range(9)]
    parked = {task_id: circuit for circuit in circuits for task_id in releases.park(3, circuit)}
    releases.park_for_pause(3)
    releases.resume()
    releaser = releases.releaser()

    def begun() -> set[str]:
        return {parked.get(task_id, "kind/echo") for task_id in releases.queue.sent}

    answers = iter([False] * 4)  # a question for each circuit and each task
    assert releaser.release(lambda: next(answers, True)) == 2
    assert len(begun()) == 1
    assert [releaser.release() for _ in range(3)] == [6, 6, 6]
    assert begun() == {*circuits, "kind/echo"}
    first = {next(iter(releases.releaser()._rotation.order(circuits))) for _ in range(20)}
    assert len(first) > 1
