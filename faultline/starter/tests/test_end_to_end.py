"""End-to-end test of the kind `greet`, in a sandbox."""

from faultline.testing import Sandbox, Tasks


def test_a_task_succeeds(sandbox: Sandbox, tasks: Tasks) -> None:
    task = tasks.run("greet", {"name": "Ada"})
    assert task["status"] == "SUCCEEDED"
    assert task["result"]["greeting"] == "Hello, Ada!"


def test_a_failure_is_retried(sandbox: Sandbox, tasks: Tasks) -> None:
    task = tasks.run("greet", {"name": "Ada"}, simulate={"failures": 1, "error": "NETWORK"})
    assert task["status"] == "SUCCEEDED"
    assert task["attempts"] == 2
