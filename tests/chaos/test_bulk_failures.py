"""Tasks that a bulk call cannot change: it reports and skips them, and continues with the others."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.http.problems import ApiError, ProblemType
from lambdas.http.task_selection import Filter
from lambdas.manage_tasks import bulk as module
from sandbox.process.state_file import Sandbox
from tests.chaos.bulk import Counting, World, acted, dead_letter, written
from tests.chaos.table import bare_table

_numbers = itertools.count()


@pytest.fixture
def world(sandbox: Sandbox) -> Iterator[World]:
    with bare_table(sandbox, f"failures-{next(_numbers)}") as bare:
        yield World(bare=bare, client=Counting(bare.client))


def test_what_cannot_be_changed_is_told_and_passed(world: World) -> None:
    """Tasks with an invalid patched payload or an unknown kind are reported, and the others redriven."""
    good, bad = (
        dead_letter(number, payload={"url": "http://a.example/", "body": number}, type="Died").model_copy(
            update={"type": "http.request"}
        )
        for number in range(2)
    )
    gone = dead_letter(2).model_copy(update={"type": "gone"})
    written(world.bare, [bad, gone, good])

    def patched(former: dict[str, Any] | None) -> dict[str, Any]:
        assert former is not None
        return former | ({"url": "ftp://x"} if former.get("body") == 1 else {"method": "PUT"})

    done = acted(world.redrives(Filter(), world.redriving(patched)))

    body = done.answer()
    assert (body["matched"], body["done"], body["more"]) == (3, 1, False)
    problems = {each["taskId"]: each["problem"] for each in body["failed"]}
    assert problems.keys() == {bad.task_id, gone.task_id}
    assert [error["field"] for error in problems[bad.task_id]["errors"]] == ["payload.url"]
    assert problems[bad.task_id]["status"] == 400
    assert world.generations([bad, gone, good]) == [0, 0, 1]
    found = world.table.get(good.task_id)
    assert found is not None
    assert found.payload == {"url": "http://a.example/", "body": 0, "method": "PUT"}


def test_what_cannot_be_changed_holds_up_no_repetition_without_a_token(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tasks that cannot be changed do not delay others, and a call reports a limited number of them."""
    tasks = [dead_letter(number) for number in range(8)]
    written(world.bare, tasks)

    def patched(former: dict[str, Any] | None) -> dict[str, Any]:
        assert former is not None
        if former["n"] < 5:
            raise ApiError(ProblemType.INVALID_REQUEST, "bad")
        return {"n": -1}

    calls = [acted(world.redrives(Filter(), world.redriving(patched)), limit=2).outcome for _ in range(2)]

    assert [(each.done, len(each.failed), each.more) for each in calls] == [(2, 5, True), (1, 5, False)]
    assert world.generations(tasks) == [0] * 5 + [1] * 3
    monkeypatch.setattr(module, "MAX_FAILED", 3)
    bounded = acted(world.redrives(Filter(), world.redriving(patched))).outcome
    assert (len(bounded.failed), bounded.more) == (3, True)
