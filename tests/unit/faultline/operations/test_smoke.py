"""The smoke task after a deployment, against a server with predefined answers."""

from collections.abc import Iterator
from typing import Any

import pytest

from faultline.client import Client
from faultline.operations.errors import SmokeTaskFailed
from faultline.operations.smoke import smoke_task
from tests.unit.faultline.client.calling import RECEIPT, SOON, TASK
from tests.unit.faultline.client.server import Asked, Server, running

ERROR = {"category": "NETWORK", "type": "Away", "message": "nobody is there", "retryable": True}


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as started:
        yield started


def answer(**values: Any) -> Any:
    """Return a function that answers a submission with a receipt, and a read with the task."""
    return lambda asked: (
        RECEIPT if asked.method == "POST" else {**TASK, "result": {"deployed": "dev"}, **values}
    )


def tried(server: Server, stage: str = "dev") -> Asked:
    with Client(server.url, retries=SOON) as client:
        smoke_task(client, stage, seconds=0.05)
    return next(asked for asked in reversed(server.asked) if asked.method == "POST")


def test_a_task_that_succeeds(server: Server) -> None:
    """The smoke task is exempt from random failures in stages that have them."""
    server.says(200, answer())
    asked = tried(server)
    assert asked.body["type"] == "echo"
    assert asked.body["simulate"] == {"failures": 0}
    server.says(200, answer(result={"deployed": "prod"}))
    server.answers.pop(0)
    assert "simulate" not in tried(server, "prod").body


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"status": "RETRYING", "error": ERROR}, "is RETRYING after 0.05 s: NETWORK: nobody is there"),
        ({"status": "DEAD_LETTERED", "error": ERROR}, "is DEAD_LETTERED: NETWORK: nobody is there"),
        (
            {"status": "QUEUED"},
            "is QUEUED after 0.05 s; to look at it: faultline task --stage dev deployment-",
        ),
        ({"result": None}, "is SUCCEEDED; to look at it"),
    ],
)
def test_a_task_that_does_not_is_told(server: Server, values: dict[str, Any], said: str) -> None:
    server.says(200, answer(**values))
    with pytest.raises(SmokeTaskFailed, match="the stack is deployed, but") as failed:
        tried(server)
    assert said in str(failed.value)
