"""The place of a task among those of its ordering key."""

from typing import Any

from faultline.console.turn import Turn, turn_query


def page(*ids: str, **more: Any) -> dict[str, Any]:
    return {"tasks": [{"taskId": each, "generation": 0, "submittedAt": each} for each in ids], **more}


def of(task_id: str, found: dict[str, Any]) -> Turn | None:
    return Turn.of({"taskId": task_id, "submittedAt": task_id}, found)


def test_those_that_were_submitted_before_are_ahead() -> None:
    assert of("c", page("d", "c", "b", "a")) == Turn(ahead=2)
    assert of("c", page("c", "b", nextToken="t")) == Turn(ahead=1, is_least=True)


def test_no_place_is_guessed() -> None:
    assert of("c", page("b", "a")) is None
    for more in ({"generation": 1}, {"runAt": "2026-01-31T12:00:00Z"}, {"submittedAt": "c"}):
        found = page("c", "b")
        found["tasks"][1].update(more)
        assert of("c", found) is None


def test_tasks_of_the_same_millisecond_are_listed() -> None:
    query = turn_query({"orderingKey": "k", "submittedAt": "2026-01-31T12:00:00.999Z"})
    assert query["submittedBefore"] == "2026-01-31T12:00:01.000Z"
