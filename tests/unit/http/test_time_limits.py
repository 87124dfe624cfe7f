"""Times finer than a millisecond as limits of lists and bulk calls; stored times have whole milliseconds."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from lambdas.domain.serialization import TimeLimit, rfc3339
from lambdas.manage_tasks import bulk_routes
from lambdas.manage_tasks.bulk import Bulk, Outcome, Preview
from lambdas.manage_tasks.handler import app as manage_tasks
from lambdas.store.listing import Page, TaskListing
from lambdas.store.task_filter import TaskFilter
from tests.unit.http.gateway import request, send

MILLISECOND = timedelta(milliseconds=1)
NOON = datetime(2026, 1, 31, 12, 0, 5, 916_000, tzinfo=UTC)
EARLIER = NOON - timedelta(hours=1)
LIMITS = ("submittedAfter", "submittedBefore", "diedAfter", "diedBefore")

limits = TypeAdapter[datetime](TimeLimit)


@given(nanoseconds=st.integers(0, 999_999_999), stored=st.integers(-3, 3))
@example(nanoseconds=916_000_001, stored=0)
@example(nanoseconds=916_999_999, stored=1)
def test_a_limit_selects_as_the_given_time_would(nanoseconds: int, stored: int) -> None:
    """Whatever digits a limit has, a stored time is before it exactly if it is before the given time."""
    limit = limits.validate_python(f"2026-01-31T12:00:05.{nanoseconds:09}Z")
    time = NOON.replace(microsecond=nanoseconds // 1_000_000 * 1000) + stored * MILLISECOND
    past_the_second = (time - NOON.replace(microsecond=0)) // timedelta(microseconds=1) * 1000
    assert (time < limit) is (past_the_second < nanoseconds)
    assert (limit <= time) is (nanoseconds <= past_the_second)


def test_the_last_time_is_a_limit() -> None:
    """`datetime.max` is accepted as a limit that lies after all tasks."""
    assert limits.validate_python("9999-12-31T23:59:59.999999Z").year == 9999


@pytest.mark.usefixtures("environment")
def test_lists_and_bulk_calls_have_the_same_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list and a bulk call compare with the same time, and the response contains that time."""
    asked = []

    def page(_: TaskListing, wanted: TaskFilter, *_rest: object, whole: bool) -> Page:
        asked.append(wanted)
        return Page(tasks=[], next_token=None)

    def preview(_: Bulk, wanted: TaskFilter, *_rest: object, seconds: float) -> Preview:
        asked.append(wanted)
        return Preview(matched=0, more=False, sample=[])

    monkeypatch.setattr(TaskListing, "page", page)
    monkeypatch.setattr(Bulk, "preview", preview)
    finer = dict.fromkeys(LIMITS, (NOON + MILLISECOND / 2).isoformat())
    filter = {"status": "DEAD_LETTERED", **finer}
    assert send(manage_tasks, request("GET", "/tasks", query=filter)).status == 200
    body = json.dumps({"filter": filter, "dryRun": True})
    answer = send(manage_tasks, request("POST", "/redrives", body))
    of_list, of_bulk_call = asked
    assert of_list == of_bulk_call
    assert of_list.submitted_before == of_list.died_after == NOON + MILLISECOND
    assert {answer.body["filter"][name] for name in LIMITS} == {rfc3339(NOON + MILLISECOND)}


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"status": "DEAD_LETTERED"}, (NOON, NOON)),
        ({"diedAfter": rfc3339(NOON)}, (NOON, NOON)),
        ({"status": ["DEAD_LETTERED", "PARKED"], "diedAfter": rfc3339(NOON)}, (NOON, NOON)),
        ({"status": "DEAD_LETTERED", "submittedBefore": rfc3339(EARLIER)}, (EARLIER, NOON)),
        ({"status": "DEAD_LETTERED", "diedBefore": rfc3339(EARLIER)}, (NOON, EARLIER)),
        ({"status": ["DEAD_LETTERED", "PARKED"]}, (NOON, None)),
        ({"type": "echo"}, (NOON, None)),
    ],
    ids=str,
)
def test_a_cancellation_of_dead_letters_leaves_those_that_are_given_up_later(
    monkeypatch: pytest.MonkeyPatch,
    conditions: dict[str, Any],
    expected: tuple[datetime, datetime | None],
) -> None:
    """A task that was submitted before the first call may be given up after it."""
    asked = []

    def act(_: Bulk, wanted: TaskFilter, *_rest: object, **__: object) -> Outcome:
        asked.append(wanted)
        return Outcome(place="place")

    monkeypatch.setattr(Bulk, "act", act)
    monkeypatch.setattr(bulk_routes, "now", lambda: NOON + MILLISECOND * len(asked))
    first = send(manage_tasks, request("POST", "/cancellations", json.dumps({"filter": conditions})))
    for rest in (
        {"filter": conditions, "nextToken": first.body["nextToken"]},
        {"filter": first.body["filter"]},
    ):
        assert send(manage_tasks, request("POST", "/cancellations", json.dumps(rest))).status == 202
    assert [(each.submitted_before, each.died_before) for each in asked] == [expected] * 3
