"""The client and the stack on MiniStack, without any adaptation to it."""

import pytest

from benchmarks.emulators.ministack import EMULATOR
from benchmarks.run import deployed
from faultline.client import ApiProblem, Client, Status, Task
from infra.deploy.packaging import build, local_platform
from tests.eventually import eventually


def test_a_program_finds_the_same_api_on_ministack() -> None:
    """A program submits a task to the API on MiniStack and polls for its end.

    MiniStack runs one function at a time, so a call that waits for the end would block the task.
    """
    EMULATOR.install()
    with (
        deployed(EMULATOR, build(local_platform())) as (stack, _),
        Client(stack.outputs.api_url) as client,
    ):
        receipt = client.submit({"a": 1}, simulate={}, reference="order-1")

        def ended() -> Task | None:
            task = client.task(receipt.task_id)
            return task if task.status.ended else None

        task = eventually(ended, what="the task has ended", every=0.2)
        assert (task.status, task.result) == (Status.SUCCEEDED, {"a": 1})
        assert [each.task_id for each in client.tasks(reference="order-1")] == [receipt.task_id]
        assert client.stats().counts[Status.SUCCEEDED].value == 1
        with pytest.raises(ApiProblem, match=f"HTTP 409: Task {receipt.task_id} is SUCCEEDED"):
            client.cancel(receipt.task_id)
