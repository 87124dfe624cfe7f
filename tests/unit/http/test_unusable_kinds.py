"""Requests about a kind of work whose module cannot be imported: valid, but not now."""

import json
from typing import Any

import pytest

from lambdas.application.payload_checks import check_payload
from lambdas.http.problems import ApiError, ProblemType
from lambdas.manage_tasks.handler import app as manage_tasks
from lambdas.submit_task import body
from lambdas.submit_task.handler import app as submit_task
from lambdas.work import kinds
from lambdas.work.kinds import BUILT_IN
from lambdas.work.registry import Registry, UnusableModule
from tests.unit.http.gateway import Answer, request, send
from tests.unit.http.submission import assert_problem

pytestmark = pytest.mark.usefixtures("environment")
SWATCH: dict[str, Any] = {"type": "image.swatch", "payload": {}}


@pytest.fixture(autouse=True)
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a module of the project be missing."""
    module = UnusableModule(
        name="tasks.swatch",
        file="tasks/swatch.py",
        line=1,
        reason="OSError: https://a.example/?token=hunter2",
        error=OSError(),
    )
    registry = Registry(BUILT_IN, [module])
    monkeypatch.setattr(kinds, "KINDS", registry)
    monkeypatch.setattr(body, "KINDS", registry)


def assert_unusable(answer: Answer, *fields: str) -> None:
    assert_problem(answer, ProblemType.UNAVAILABLE, *fields)
    assert answer.headers["Retry-After"] == ["2"]
    assert answer.body["detail"] == (
        "The kind cannot be used at present: no kind of work is named image.swatch; "
        "tasks/swatch.py:1: OSError: https://a.example/?token=*****"
    )


def test_a_submission_can_be_repeated() -> None:
    assert_unusable(send(submit_task, request("POST", "/tasks", json.dumps(SWATCH))))


def test_a_batch_can_be_repeated() -> None:
    """The whole batch is refused before it is recorded, as its members are decided then."""
    batch = {"tasks": [{"payload": {}}, SWATCH, {"payload": 1}, SWATCH]}
    answer = send(submit_task, request("POST", "/batches", json.dumps(batch)))
    assert_unusable(answer, "tasks.1.type", "tasks.3.type")


def test_a_corrected_payload_can_be_sent_again() -> None:
    with pytest.raises(ApiError, match="cannot be used at present") as refused:
        check_payload("image.swatch", {})
    assert refused.value.problem is ProblemType.UNAVAILABLE


def test_a_pause_can_be_repeated() -> None:
    assert_unusable(send(manage_tasks, request("PUT", "/kinds/image.swatch/pause", "{}")))
