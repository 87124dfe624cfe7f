"""Bodies of bulk calls at the HTTP edge."""

import base64
import json
from typing import Any

import pytest

from lambdas.http.problems import ProblemType
from lambdas.manage_tasks.handler import app as manage_tasks
from tests.unit.http.gateway import Answer, request, send
from tests.unit.http.submission import assert_problem

pytestmark = pytest.mark.usefixtures("environment")


def token(since: str) -> str:
    return base64.b64encode(b'{"of": "x", "since": "%s"}' % since.encode()).decode()


OF_ANOTHER = token("2026-01-01T00:00:00.000Z")
OUT_OF_TIME = token("0001-01-01T00:00:00+14:00")


def call(path: str, body: Any) -> Answer:
    return send(manage_tasks, request("POST", path, json.dumps(body)))


@pytest.mark.parametrize("path", ["/redrives", "/cancellations"])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"filter": []}, "filter"),
        ({"filter": {"types": "echo"}}, "filter.types"),
        ({"filter": {"task_ids": ["a"]}}, "filter.task_ids"),
        ({"filter": {"taskIds": []}}, "filter.taskIds"),
        ({"filter": {"taskIds": ["a"] * 101}}, "filter.taskIds"),
        ({"filter": {"taskIds": ["a b"]}}, "filter.taskIds.0"),
        ({"filter": {"status": []}}, "filter.status"),
        ({"filter": {"status": "DEAD"}}, "filter.status.0"),
        ({"filter": {"status": "SUCCEEDED"}}, "filter.status"),
        ({"filter": {"status": ["DEAD_LETTERED", "PROCESSING"]}}, "filter.status"),
        ({"filter": {"category": "BAD"}}, "filter.category"),
        ({"filter": {"reasonGroup": ""}}, "filter.reasonGroup"),
        ({"filter": {"diedBefore": "now"}}, "filter.diedBefore"),
        ({"filter": {"submittedAfter": 0}}, "filter.submittedAfter"),
        *(({"filter": {"type": "echo"}, "limit": limit}, "limit") for limit in (501, True, "5")),
        # A text that looks like false must not be read as false.
        *(({"filter": {"type": "echo"}, "dryRun": text}, "dryRun") for text in ("perhaps", "off", 0)),
        ({"filter": {"type": "echo"}, "nextToken": "x"}, "nextToken"),
        ({"filter": {"type": "echo"}, "nextToken": "é"}, "nextToken"),
        ({"filter": {"type": "echo"}, "nextToken": OF_ANOTHER}, "nextToken"),
        ({"filter": {"type": "echo"}, "nextToken": OUT_OF_TIME}, "nextToken"),
        *(
            ({"filter": {"type": "echo"}, "dryRun": True, "nextToken": text}, "nextToken")
            for text in ("garbage", OF_ANOTHER)
        ),
        ({"filter": {"type": "echo"}, "payloadPatch": []}, "payloadPatch"),
    ],
    ids=str,
)
def test_what_is_not_valid_is_named(path: str, body: dict[str, Any], field: str) -> None:
    """An invalid body is refused before any task is read, and the offending field is named."""
    assert_problem(call(path, body), ProblemType.INVALID_REQUEST, field)


@pytest.mark.parametrize("filter", [{}, {"type": None}])
def test_all_tasks_are_not_cancelled_by_an_empty_filter(filter: dict[str, Any]) -> None:
    assert_problem(call("/cancellations", {"filter": filter}), ProblemType.INVALID_REQUEST, "filter")
    assert_problem(call("/cancellations", {}), ProblemType.INVALID_REQUEST, "filter")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"filter": {}, "category": "NETWORK"}, ["category"]),
        ({"filter": {}, "before": "2026-01-01T00:00:00Z"}, ["before"]),
        ({"dryRun": True, "payloadPatch": {}, "nextToken": "x"}, ["dryRun", "nextToken", "payloadPatch"]),
    ],
    ids=str,
)
def test_a_filter_is_not_mixed_with_what_earlier_versions_had(
    body: dict[str, Any], fields: list[str]
) -> None:
    assert_problem(call("/redrives", body), ProblemType.INVALID_REQUEST, *fields)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/redrives", {}),
        ("/redrives", {"filter": dict.fromkeys(("status", "taskIds", "type", "diedBefore"))}),
        ("/redrives", {"category": "NETWORK", "before": "2026-01-01T00:00:00Z", "limit": 1}),
        ("/redrives", {"filter": {}, "payloadPatch": {"a": None}}),
        ("/redrives", {"filter": {"status": "DEAD_LETTERED", "diedBefore": "2026-01-01T00:00:00Z"}}),
        ("/cancellations", {"filter": {"status": "SCHEDULED"}, "dryRun": True}),
        ("/cancellations", {"filter": {"status": "SCHEDULED"}, "dryRun": True, "nextToken": None}),
        ("/cancellations", {"filter": {"status": ["PARKED", "QUEUED"]}, "limit": 500}),
        ("/cancellations", {"filter": {"taskIds": ["a", "a"]}}),
        ("/cancellations", {"filter": {"reference": "mine", "tag": "t", "errorType": "Died"}}),
    ],
    ids=str,
)
def test_what_is_valid_is_looked_for(path: str, body: dict[str, Any]) -> None:
    """A valid body leads to a search for its tasks, here in a table that does not answer."""
    assert_problem(call(path, body), ProblemType.UNAVAILABLE)
