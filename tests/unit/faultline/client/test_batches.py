"""Submission of many tasks by both clients."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import ValidationError

from faultline.client import ApiProblem, ApiUnreachable, CallFailed, Status
from lambdas.domain.batch import NewBatch
from lambdas.http.problems import ProblemType
from tests.unit.faultline.client.calling import AT, NOT_FOUND, Calling
from tests.unit.faultline.client.server import NOTHING, Asked, Server


def results_of(*statuses: int) -> Callable[[Asked], Any]:
    """Return a function that answers a batch with these statuses, the last of them for all further tasks."""

    def answer(asked: Asked) -> Any:
        tasks, problem = asked.body["tasks"], {**NOT_FOUND, "detail": "no"}
        given = [*statuses, *[statuses[-1]] * len(tasks)]
        results = [
            {
                "taskId": task.get("taskId", "t"),
                "status": status,
                **({"state": "QUEUED"} if status < 300 else {"problem": problem}),
            }
            for task, status in zip(tasks, given, strict=False)
        ]
        return {"batchId": asked.body["batchId"], "results": results}

    return answer


def test_many_are_submitted_by_the_hundred(server: Server, call: Calling) -> None:
    server.says(202, results_of(202, 409, 202))
    tasks = [{"payload": {"n": n}, "task_id": str(n)} for n in range(250)]
    found = call(lambda c: c.submit_many(tasks))
    assert [each.task_id for each in found] == [str(n) for n in range(250)]
    refused = [place for place, each in enumerate(found) if each.problem]
    assert refused == [1, 101, 201]
    assert str(found[1].problem) == "HTTP 409: no (taskId: is none)"
    assert (found[0].created, found[0].state, found[1].state) == (True, Status.QUEUED, None)
    assert [len(each.body["tasks"]) for each in server.asked] == [100, 100, 50]
    assert server.asked[0].body["tasks"][7] == {"payload": {"n": 7}, "taskId": "7"}
    assert len({each.body["batchId"] for each in server.asked}) == 3


def test_few_large_ones_are_a_batch_too(server: Server, call: Calling) -> None:
    server.says(202, results_of(202))
    tasks = [{"payload": {"text": "x" * 1_200_000}} for _ in range(5)]
    assert len(call(lambda c: c.submit_many(tasks))) == 5
    assert [len(each.body["tasks"]) for each in server.asked] == [2, 2, 1]


def test_those_that_could_not_be_queued_are_submitted_again(server: Server, call: Calling) -> None:
    """A batch is sent again while any of its tasks is refused temporarily, at most three times in all."""
    server.says(202, results_of(202, 503, 400))
    server.says(202, results_of(200, 503, 400))
    server.says(202, results_of(200, 200, 400))
    found = call(lambda c: c.submit_batch("b", [{"payload": {}}] * 3))
    assert [(each.created, bool(each.problem)) for each in found] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert [each.body["batchId"] for each in server.asked] == ["b", "b", "b"]
    server.asked.clear()
    server.answers[:] = [(202, results_of(503), {})]
    [lost] = call(lambda c: c.submit_batch("b", [{"payload": {}}]))
    assert (len(server.asked), lost.problem.status) == (3, 503)


@pytest.mark.parametrize("failure", [(429, NOT_FOUND, {"Retry-After": "3600"}), (NOTHING, None, {})])
def test_what_was_accepted_is_known_though_a_repetition_fails(
    server: Server, call: Calling, failure: tuple[int, Any, dict[str, str]]
) -> None:
    server.says(202, results_of(202, 503, 202))
    server.answers.append(failure)
    found = call(lambda c: c.submit_batch("b", [{"payload": {}}] * 3))
    assert [(each.created, each.problem and each.problem.status) for each in found] == [
        (True, None),
        (False, 503),
        (True, None),
    ]


def test_one_for_which_its_batch_is_refused_does_not_affect_the_others(server: Server, call: Calling) -> None:
    """A batch that is refused as a whole is submitted in ever smaller parts."""

    def answer(asked: Asked) -> Any:
        if any("bad" in task["payload"] for task in asked.body["tasks"]):
            return 400, {**NOT_FOUND, "type": ProblemType.INVALID_REQUEST.uri, "detail": "no"}
        return results_of(202)(asked)

    server.says(202, answer)
    tasks: list[Any] = [{"payload": {"n": n}, "task_id": str(n)} for n in range(9)]
    tasks[3]["payload"] = {"bad": True}
    found = call(lambda c: c.submit_many(tasks))
    assert [each.task_id for each in found] == [str(n) for n in range(9)]
    assert [place for place, each in enumerate(found) if each.problem] == [3]
    assert [len(each.body["tasks"]) for each in server.asked] == [9, 4, 2, 2, 1, 1, 5]
    assert len({each.body["batchId"] for each in server.asked}) == 7
    with pytest.raises(ApiProblem, match="no"):
        call(lambda c: c.submit_batch("b", tasks))


@pytest.mark.parametrize("failure", [403, NOTHING])
def test_the_outcomes_of_a_divided_batch_are_known_though_a_part_of_it_fails(
    server: Server, call: Calling, failure: int
) -> None:
    """Each task has an id, with which one that may exist can be submitted again."""
    server.says(400, {**NOT_FOUND, "type": ProblemType.INVALID_REQUEST.uri})
    server.says(202, results_of(202, 409))
    server.says(failure, {})
    tasks = [{"payload": {"n": n}} for n in (0, 1, math.nan, 3, 4)]
    with pytest.raises(CallFailed) as raised:
        call(lambda c: c.submit_many(tasks))
    found = raised.value.submitted
    assert raised.value.may_be_done
    batch = server.asked[0].body["batchId"]
    assert [each.task_id for each in found] == [f"{batch}.{place}" for place in range(5)]
    assert [each.created for each in found] == [True, False, False, False, False]
    assert [each.problem and each.problem.status for each in found] == [None, 409, 400, None, None]
    assert [each.state for each in found] == [Status.QUEUED, None, None, None, None]
    sent = [task["taskId"] for each in server.asked[1:3] for task in each.body["tasks"]]
    assert sent == [found[place].task_id for place in (0, 1, 3, 4)]


def test_the_tasks_of_a_batch_whose_response_is_lost_have_their_ids(server: Server, call: Calling) -> None:
    server.says(NOTHING)
    with pytest.raises(ApiUnreachable) as raised:
        call(lambda c: c.submit_many([{"payload": {}}, {"payload": {}, "task_id": "own"}]))
    assert [each.body == server.asked[0].body for each in server.asked] == [True] * 3
    batch = server.asked[0].body["batchId"]
    assert [each.task_id for each in raised.value.submitted] == [f"{batch}.0", "own"]


def test_parts_of_a_batch_with_a_long_id_have_ids_of_their_own(server: Server, call: Calling) -> None:
    def answer(asked: Asked) -> Any:
        try:
            NewBatch.model_validate(asked.body)
        except ValidationError:
            return 400, {**NOT_FOUND, "type": ProblemType.INVALID_REQUEST.uri, "detail": "batchId"}
        if any("bad" in task["payload"] for task in asked.body["tasks"]):
            return 400, {**NOT_FOUND, "type": ProblemType.INVALID_REQUEST.uri, "detail": "no"}
        return results_of(202)(asked)

    server.says(202, answer)
    tasks: list[Any] = [{"payload": {}} for _ in range(9)]
    tasks[3]["payload"] = {"bad": True}
    for _ in range(2):
        found = call(lambda c: c.submit_bodies("b" * 119, tasks))
        assert [place for place, each in enumerate(found) if each.problem] == [3]
        assert [each.task_id for each in found] == [f"{'b' * 119}.{place}" for place in range(9)]
    sent = [each.body["batchId"] for each in server.asked]
    assert sent[:7] == sent[7:]
    assert len({*sent}) == 7
    assert all(each.problem for each in call(lambda c: c.submit_bodies("b" * 121, tasks)))


def test_an_unusable_kind_does_not_affect_the_others(server: Server, call: Calling) -> None:
    """The others are submitted at once, with the ids that they would have in the whole batch."""

    def answer(asked: Asked) -> Any:
        tasks = asked.body["tasks"]
        bad = [place for place, task in enumerate(tasks) if task.get("type") == "broken"]
        errors = [{"field": f"tasks.{place}.type", "message": "cannot be used"} for place in bad]
        if bad:
            return 503, {**NOT_FOUND, "type": ProblemType.UNAVAILABLE.uri, "detail": "no", "errors": errors}
        return results_of(202)(asked)

    server.says(202, answer)
    tasks: list[Any] = [
        {"payload": {}, "type": kind} for kind in ("echo", "broken", "echo", "broken", "echo")
    ]
    found = call(lambda c: c.submit_bodies("b", tasks))
    assert [(each.task_id, each.created) for each in found] == [(f"b.{n}", n % 2 == 0) for n in range(5)]
    assert {each.problem and each.problem.status for each in found} == {None, 503}
    assert [len(each.body["tasks"]) for each in server.asked] == [5, 3]
    found = call(lambda c: c.submit_bodies("c", [tasks[1]]))
    assert (len(server.asked), found[0].problem.status) == (3, 503)
    with pytest.raises(ApiProblem, match="no"):
        call(lambda c: c.submit_batch("b", tasks))
    assert len(server.asked) == 4


def test_a_payload_that_cannot_be_validated_does_not_affect_the_others(server: Server, call: Calling) -> None:
    """Its batch is retried, since the error may pass; a kind that cannot be used is left out before that."""

    def answer(asked: Asked) -> Any:
        errors = [
            {"field": f"tasks.{place}.{field}", "message": "cannot"}
            for place, task in enumerate(asked.body["tasks"])
            for field in task["payload"]
        ]
        if errors:
            return 503, {**NOT_FOUND, "type": ProblemType.UNAVAILABLE.uri, "detail": "no", "errors": errors}
        return results_of(202)(asked)

    server.says(202, answer)
    tasks: list[Any] = [{"payload": payload} for payload in ({}, {"payload": 1}, {}, {"type": 1}, {})]
    found = call(lambda c: c.submit_bodies("b", tasks))
    assert [(each.task_id, each.created) for each in found] == [(f"b.{n}", n % 2 == 0) for n in range(5)]
    assert {each.problem and each.problem.status for each in found} == {None, 503}
    assert [len(each.body["tasks"]) for each in server.asked] == [5, 4, 4, 4, 3]


@pytest.mark.parametrize(("status", "problem"), [(403, ProblemType.FORBIDDEN), (400, ProblemType.REFUSED)])
def test_a_refusal_that_no_task_causes_ends_it(
    server: Server, call: Calling, status: int, problem: ProblemType
) -> None:
    server.says(status, {**NOT_FOUND, "type": problem.uri})
    with pytest.raises(ApiProblem):
        call(lambda c: c.submit_many([{"payload": {}}] * 3))
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "bad", [float("nan"), "\ud800", datetime(2026, 1, 1, tzinfo=UTC), {("a",): 1}], ids=repr
)
def test_one_that_is_not_json_does_not_affect_the_others(server: Server, call: Calling, bad: Any) -> None:
    server.says(202, results_of(202))
    tasks = [{"payload": {"n": n}, "task_id": str(n)} for n in range(3)]
    tasks[1]["payload"] = {"n": bad}
    found = call(lambda c: c.submit_many(tasks))
    assert [(each.task_id, each.created) for each in found] == [("0", True), ("1", False), ("2", True)]
    assert found[1].problem.is_a(ProblemType.INVALID_REQUEST)
    assert "The task is not JSON" in str(found[1].problem)
    assert [task["taskId"] for each in server.asked for task in each.body["tasks"]] == ["0", "2"]


def test_bodies_are_sent_as_they_are(server: Server, call: Calling) -> None:
    server.says(202, results_of(202))
    bodies: list[dict[str, Any]] = [{"payload": {}, "task_id": "t", "reference": None}]
    call(lambda c: c.submit_bodies("b", tuple(map(MappingProxyType, bodies))))
    # A batch that was submitted before is only the same one if its tasks are.
    assert server.asked[0].body == {"batchId": "b", "tasks": bodies}


def test_an_option_that_is_given_twice_is_refused(server: Server, call: Calling) -> None:
    """An option under both of its names is refused, since one value would be lost."""
    twice: Any = {"payload": {}, "task_id": "a", "taskId": "b"}
    for make in (lambda c: c.submit(**twice), lambda c: c.submit_many([twice])):
        with pytest.raises(ValueError, match="taskId is given twice"):
            call(make)
    assert not server.asked


def test_a_batch(server: Server, call: Calling) -> None:
    server.says(200, {"batchId": "b", "total": 3, "counts": {"SUCCEEDED": 2}, "submittedAt": AT})
    assert call(lambda c: c.batch("a/../b")).counts == {Status.SUCCEEDED: 2}
    assert server.asked[0].path == "/stage/batches/a%2F..%2Fb"
