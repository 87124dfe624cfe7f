"""Changes to many tasks by both clients."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from faultline.client import ApiUnreachable
from tests.unit.faultline.client.calling import AT, NOT_FOUND, SUMMARY, Calling
from tests.unit.faultline.client.server import NOTHING, Server

TIME = datetime(2026, 1, 31, 12, tzinfo=UTC)
ANSWER = {"matched": 2, "done": 1, "failed": [], "more": False, "filter": {}}


def test_dead_letters_are_redriven(server: Server, call: Calling) -> None:
    """A redrive continues with the previous answer's token; an answer's filter includes its time bound."""
    failed = {"taskId": "t", "problem": {**NOT_FOUND, "errors": []}}
    del failed["problem"]["requestId"]  # type: ignore[attr-defined]
    told = {"tag": "a", "category": "NETWORK", "diedBefore": AT}
    server.says(202, {**ANSWER, "failed": [failed], "filter": told, "more": True, "nextToken": "x"})
    server.says(202, ANSWER)
    wanted: dict[str, Any] = {"tag": "a", "category": "NETWORK", "task_ids": ["t"]}
    first = call(lambda c: c.redrive_many(limit=7, payload_patch={"url": None}, **wanted))
    assert (first.matched, first.done, first.more, first.filter.died_before) == (2, 1, True, TIME)
    assert [(each.task_id, each.problem.status) for each in first.failed] == [("t", 404)]
    assert not call(lambda c: c.redrive_many(next_token=first.next_token, **wanted)).more
    given = {"tag": "a", "category": "NETWORK", "taskIds": ["t"]}
    assert [(each.method, each.path, each.body) for each in server.asked] == [
        (
            "POST",
            "/stage/redrives",
            {"filter": given, "limit": 7, "dryRun": False, "payloadPatch": {"url": None}},
        ),
        ("POST", "/stage/redrives", {"filter": given, "dryRun": False, "nextToken": "x"}),
    ]


def test_tasks_are_cancelled(server: Server, call: Calling) -> None:
    """The filter in a dry run's answer can be passed to the cancellation."""
    told = {"reference": "r", "submittedBefore": AT}
    server.says(200, {**ANSWER, "done": 0, "filter": told, "sample": [SUMMARY]})
    server.says(202, {**ANSWER, "filter": told})
    found = call(lambda c: c.cancel_many(dry_run=True, reference="r"))
    assert [each.task_id for each in found.sample] == ["t"]
    assert call(lambda c: c.cancel_many(**found.filter.model_dump(exclude_none=True))).done == 1
    assert [(each.path, each.body["filter"], each.body["dryRun"]) for each in server.asked] == [
        ("/stage/cancellations", {"reference": "r"}, True),
        ("/stage/cancellations", told, False),
    ]


@pytest.mark.parametrize("name", ["submitted_before", "died_after"])
def test_a_time_limit_keeps_its_microseconds(server: Server, call: Calling, name: str) -> None:
    """The API rounds a limit up, so that a limit of now includes the tasks of this millisecond."""
    server.says(200, {"tasks": []})
    server.says(202, ANSWER)
    limit = datetime(2026, 1, 31, 13, 0, 0, 123_456, timezone(timedelta(hours=1)))
    call(lambda c: c.tasks(**{name: limit}))
    call(lambda c: c.redrive_many(**{name: limit}))
    listed, changed = server.asked
    assert "=2026-01-31T12%3A00%3A00.123456Z&" in listed.path
    assert list(changed.body["filter"].values()) == ["2026-01-31T12:00:00.123456Z"]


@pytest.mark.parametrize(
    ("make", "condition"),
    [("redrive_many", {"reference": None}), ("cancel_many", {"tag": None}), ("cancel_many", {"status": []})],
)
def test_a_condition_without_a_value_is_refused(
    server: Server, call: Calling, make: str, condition: dict[str, Any]
) -> None:
    """A condition that is None or empty, perhaps by mistake, does not select all tasks."""
    with pytest.raises(ValueError, match=next(iter(condition))):
        call(lambda c: getattr(c, make)(category="NETWORK", **condition))
    assert not server.asked


@pytest.mark.parametrize(
    ("make", "options", "sent"),
    [
        ("redrive_many", {"tag": "a"}, 1),
        ("redrive_many", {"tag": "a", "submitted_before": TIME}, 1),
        ("redrive_many", {"tag": "a", "died_before": TIME}, 3),
        ("redrive_many", {"tag": "a", "next_token": "x"}, 3),
        ("redrive_many", {"tag": "a", "dry_run": True}, 3),
        ("redrive_many", {"tag": "a", "died_before": TIME, "limit": 1}, 1),
        ("redrive_many", {"tag": "a", "next_token": "x", "limit": 1}, 1),
        ("redrive_many", {"tag": "a", "dry_run": True, "limit": 1}, 3),
        ("cancel_many", {"tag": "a", "died_before": TIME}, 1),
        ("cancel_many", {"tag": "a", "submitted_before": TIME}, 3),
        ("cancel_many", {"tag": "a", "submitted_before": TIME, "limit": 100}, 1),
    ],
)
def test_calls_are_repeated_that_have_a_time_and_no_limit(
    server: Server, call: Calling, make: str, options: dict[str, Any], sent: int
) -> None:
    """Calls that might act twice, or exceed a given limit, are not repeated."""
    server.says(NOTHING)
    with pytest.raises(ApiUnreachable):
        call(lambda c: getattr(c, make)(**options))
    assert len(server.asked) == sent
