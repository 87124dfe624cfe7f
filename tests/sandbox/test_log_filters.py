"""FilterLogEvents: patterns, streams, times and pages.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

NOW = int(time.time() * 1000)


@dataclass(frozen=True)
class Group:
    """A log group to which tests put events, with times in milliseconds from NOW."""

    logs: Any
    name: str

    def put(self, stream: str, *events: tuple[int, str]) -> None:
        """Put events into a stream, which is created if it does not exist."""
        with suppress(self.logs.exceptions.ResourceAlreadyExistsException):
            self.logs.create_log_stream(logGroupName=self.name, logStreamName=stream)
        self.logs.put_log_events(
            logGroupName=self.name,
            logStreamName=stream,
            logEvents=[{"timestamp": NOW + at, "message": message} for at, message in events],
        )

    def filter(self, **how: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.logs.filter_log_events(**{"logGroupName": self.name, **how})
        return answer

    def found(self, pattern: str = "", **how: Any) -> list[str]:
        """Return the messages of one page."""
        return [event["message"] for event in self.filter(filterPattern=pattern, **how)["events"]]

    def pages(self, **how: Any) -> list[list[str]]:
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=self.name, **how)
        return [[event["message"] for event in page["events"]] for page in pages]


@pytest.fixture
def group(client: Callable[[str], Any]) -> Iterator[Group]:
    """Create a log group without streams."""
    logs = client("logs")
    made = Group(logs, f"filtered-{uuid.uuid4().hex[:10]}")
    logs.create_log_group(logGroupName=made.name)
    yield made
    logs.delete_log_group(logGroupName=made.name)


@pytest.fixture
def two_streams(group: Group) -> Group:
    """Put alternating events into two streams of a log group."""
    group.put("b", (1, "one"), (3, "three"), (5, "five"))
    group.put("a", (2, "two"), (4, "four"))
    return group


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", ["plain", '{"task_id": "1-a", "attempt": 2}', "ERROR 500"]),
        ("ERROR", ["ERROR 500"]),
        ('"1-a"', ['{"task_id": "1-a", "attempt": 2}']),
        ("?plain ?ERROR", ["plain", "ERROR 500"]),
        ("-ERROR", ["plain", '{"task_id": "1-a", "attempt": 2}']),
        (" ", ["plain", '{"task_id": "1-a", "attempt": 2}', "ERROR 500"]),
        ('{ $.task_id = "1*" }', ['{"task_id": "1-a", "attempt": 2}']),
    ],
)
def test_pattern_says_what_is_found(group: Group, pattern: str, found: list[str]) -> None:
    """A filter pattern selects events by terms or by a JSON property."""
    group.put("s", (1, "plain"), (2, '{"task_id": "1-a", "attempt": 2}'), (3, "ERROR 500"))
    assert group.found(pattern) == found


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"filterPattern": "{ $.a EXISTS }"}, "The sandbox reads JSON patterns of the form"),
        ({"filterPattern": "task-1"}, r"Invalid character\(s\) in term '-'"),
        ({"filterPattern": "x" * 1025}, "Member must have length less than or equal to 1024"),
        ({"limit": 10_001}, "Member must have value less than or equal to 10000"),
        ({"nextToken": "none"}, "The specified nextToken is invalid"),
        ({"logStreamNames": ["a"], "logStreamNamePrefix": "a"}, "logStreamNamePrefix"),
    ],
)
def test_request_that_is_refused(group: Group, how: dict[str, Any], message: str) -> None:
    """An invalid request is refused with InvalidParameterException and a reason."""
    with pytest.raises(ClientError, match=message) as refused:
        group.filter(**how)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("how", [{"logGroupName": "none"}, {"logStreamNames": ["none"]}])
def test_group_or_stream_that_is_not_there(group: Group, how: dict[str, Any]) -> None:
    """A missing group or stream is an error, not an empty answer."""
    with pytest.raises(ClientError) as refused:
        group.filter(**how)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


@pytest.mark.parametrize("how", [{}, {"interleaved": False}, {"interleaved": True}])
def test_streams_are_one(two_streams: Group, how: dict[str, Any]) -> None:
    """Events of all streams are in order of time, whatever the value of `interleaved`."""
    answer = two_streams.filter(**how)
    assert [event["message"] for event in answer["events"]] == ["one", "two", "three", "four", "five"]
    assert [event["logStreamName"] for event in answer["events"]] == ["b", "a", "b", "a", "b"]
    assert {"timestamp", "ingestionTime", "eventId"} <= answer["events"][0].keys()
    assert answer["searchedLogStreams"] == []
    assert "nextToken" not in answer


def test_times(two_streams: Group) -> None:
    """Events before startTime or after endTime are left out."""
    assert two_streams.found(startTime=NOW + 2, endTime=NOW + 4) == ["two", "three", "four"]


def test_streams_by_name_and_by_prefix(two_streams: Group) -> None:
    """Streams can be selected by name and by prefix."""
    two_streams.put("ab", (6, "six"))
    assert two_streams.found(logStreamNames=["a", "ab"]) == ["two", "four", "six"]
    assert two_streams.found(logStreamNames=["a"]) == ["two", "four"]
    assert two_streams.found(logStreamNamePrefix="a") == ["two", "four", "six"]
    assert two_streams.found(logStreamNamePrefix="c") == []


def test_group_by_name_and_by_arn(two_streams: Group) -> None:
    """A group is identified by its name or its ARN."""
    [described] = two_streams.logs.describe_log_groups(logGroupNamePrefix=two_streams.name)["logGroups"]
    for identifier in (two_streams.name, described["logGroupArn"]):
        events = two_streams.logs.filter_log_events(logGroupIdentifier=identifier)["events"]
        assert len(events) == 5


def test_pages(two_streams: Group) -> None:
    """No page exceeds the limit, and each event is on exactly one page."""
    assert two_streams.pages(limit=2) == [["one", "two"], ["three", "four"], ["five"]]
    assert two_streams.pages(limit=2, filterPattern="?one ?four ?five") == [["one", "four"], ["five"]]


def test_events_that_come_between_pages(two_streams: Group) -> None:
    """A later event that arrives between two pages is found, and no event is found twice."""
    first = two_streams.filter(limit=2)
    two_streams.put("c", (3, "three, too"), (9, "nine"))
    rest = two_streams.found(nextToken=first["nextToken"])
    assert rest == ["three", "three, too", "four", "five", "nine"]


def test_one_event_is_found_among_many(group: Group) -> None:
    """One of many events is found by a phrase, and by a field."""
    for stream in range(10):
        events = [
            (number // 100, json.dumps({"message": "task succeeded", "task_id": f"task-{number}-{stream}"}))
            for number in range(500)
        ]
        group.put(f"stream-{stream}", *events)
    for pattern in ('"task-499-9"', '{ $.task_id = "task-499-9" }'):
        assert len(group.found(pattern)) == 1
