"""Reader of a stage's function logs, formatted for people.

Each line of Powertools' logger becomes one line, followed by the traceback of an error. Lines that the work
logs have their task. Other output of the work is shown with the task that was being processed in the same log
stream, which is known only if the stage logs `attempt begun`. Metrics and the lines of Lambda itself are
omitted.

The lines of one task are selected by CloudWatch Logs. The output of its work does not contain its id, and is
read from the log stream of each attempt, from its begin to its end.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3

from faultline.operations import audit
from infra.errors import aws_errors
from infra.limits import MAX_FUNCTION_SECONDS
from infra.stages import StageSettings

if TYPE_CHECKING:
    from types_boto3_logs.type_defs import FilteredLogEventTypeDef, FilterLogEventsRequestPaginateTypeDef

FOLLOW_SECONDS = 0.5
"""Pause in seconds between two reads while following the log."""
_LATE = timedelta(seconds=10)
"""Maximum delay between the time of an event and its appearance in the log."""
_CLOCKS = timedelta(minutes=1)
"""Maximum difference between this clock and CloudWatch's while following one task, which may log nothing."""
_OF_LAMBDA = ("START ", "END ", "REPORT ", "INIT_START ", "XRAY ", "RESTORE_")
_LOGGER = "logger"
"""Key of lines that were not written by Faultline itself (`lambdas.telemetry.logs`)."""
_SHOWN_APART = frozenset(
    {
        *("level", "location", "message", "timestamp", "service", "stage", "cold_start", "function_name"),
        *("function_memory_size", "function_arn", "function_request_id", "correlation_id", "task_id", "kind"),
        *("xray_trace_id", "attempt", "error", "message_id", "exception", "exception_name", "stack_trace"),
        *("sampling_rate", "retry_delay_seconds", "requested_by", _LOGGER, "taskName"),
    }
)
_BEGINS = "attempt begun"
_OUTCOMES = frozenset({"task succeeded", "attempt failed", "task dead-lettered"})
_ENDS = _OUTCOMES | {"task parked", "task cancelled"}
_LONGEST = timedelta(seconds=MAX_FUNCTION_SECONDS)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the log.

    Attributes:
        at: Time at which it was written.
        function: Short name of the function, such as `process_task`; `faultline` for an operator's action.
        task_id: Id of the task that it concerns; None if it concerns none.
        level: `DEBUG`, `INFO`, `WARNING` or `ERROR`; `INFO` for output of the work.
        text: Description of what happened.
        details: Further lines, such as a traceback.
    """

    at: datetime
    function: str
    task_id: str | None
    level: str
    text: str
    details: tuple[str, ...] = ()


@dataclass
class LogReader:
    """Reader of a stage's log from a given time on, which returns each event once.

    Attributes:
        since: Time from which to read.
        task_id: Task whose lines to return; None for all lines.
        until: Time up to which to read; None for no limit.
    """

    session: boto3.Session
    settings: StageSettings
    since: datetime
    task_id: str | None = None
    until: datetime | None = None
    _newest: datetime | None = None
    _seen: dict[str, datetime] = field(default_factory=dict)
    _working_on: dict[str, str] = field(default_factory=dict)
    _begun: dict[str, datetime] = field(default_factory=dict)

    def read(self) -> Iterator[Line]:
        """Yield the lines that are new since the previous call.

        Raises:
            AwsUnavailable: If the log cannot be read.
        """
        newest = self._newest or self.since
        with aws_errors("reading the log"):
            for event in self._events(newest - _LATE):
                at = _moment(event)
                newest = max(newest, at)
                if event["eventId"] in self._seen:
                    continue
                self._seen[event["eventId"]] = at
                line = self._line(at, event["logStreamName"], event["message"])
                if line and at >= self.since and self.task_id in (None, line.task_id):
                    yield line
        if self.task_id is not None:
            newest = max(newest, datetime.now(UTC) - _CLOCKS)
        self._newest = newest
        self._seen = {each: at for each, at in self._seen.items() if at >= newest - 2 * _LATE}

    def follow(self) -> Iterator[Line]:
        """Yield lines as they are written, without end.

        Raises:
            AwsUnavailable: If the log cannot be read.
        """
        while True:
            yield from self.read()
            time.sleep(FOLLOW_SECONDS)

    def _events(self, since: datetime) -> Iterator["FilteredLogEventTypeDef"]:
        """Yield the events from a time on, oldest first; if a task is given, some of them twice."""
        if self.task_id is None:
            yield from self._filtered(since, self.until)
            return
        own = [*self._filtered(since, self.until, pattern=f'{{ $.task_id = "{self.task_id}" }}')]
        of_attempts = [
            event
            for stream, begin, end in self._attempts(own, since)
            for event in self._filtered(begin, end, stream=stream)
        ]
        # Of equal times, a stream's own order comes first.
        yield from sorted([*of_attempts, *own], key=lambda event: event["timestamp"])

    def _attempts(
        self, own: list["FilteredLogEventTypeDef"], since: datetime
    ) -> Iterator[tuple[str, datetime, datetime]]:
        """Yield the log stream, the begin and the end of each attempt of the task."""
        begun = {
            stream: (since, at + _LONGEST)
            for stream, at in self._begun.items()
            if self._working_on[stream] == self.task_id and since < at + _LONGEST
        }
        going_on = frozenset(begun)
        for event in own:
            if event["eventId"] in self._seen and event["logStreamName"] in going_on:
                continue
            stream, found = event["logStreamName"], _values(event["message"])
            is_own = found.get("task_id") == self.task_id and _LOGGER not in found
            message = found.get("message") if is_own else None
            at = _moment(event)
            if message in {_BEGINS, *_ENDS} and stream in begun:
                yield stream, begun.pop(stream)[0], at
            if message == _BEGINS:
                begun[stream] = at, at + _LONGEST
        for stream, (begin, end) in begun.items():
            yield stream, begin, end if self.until is None else min(end, self.until)

    def _filtered(
        self, begin: datetime, end: datetime | None, *, pattern: str = "", stream: str = ""
    ) -> Iterator["FilteredLogEventTypeDef"]:
        asked: FilterLogEventsRequestPaginateTypeDef = {
            "logGroupName": self.settings.log_group_name,
            "startTime": max(0, int(begin.timestamp() * 1000)),
        }
        if pattern:
            asked["filterPattern"] = pattern
        if stream:
            asked["logStreamNames"] = [stream]
        if end is not None:
            asked["endTime"] = round(end.timestamp() * 1000)
        for page in self.session.client("logs").get_paginator("filter_log_events").paginate(**asked):
            yield from page["events"]

    def _line(self, at: datetime, stream: str, message: str) -> Line | None:
        message = message.replace("\r", "\n").rstrip()
        if not message.strip() or message.startswith(_OF_LAMBDA):
            return None
        function = _function(stream, self.settings)
        found = _values(message)
        if "message" not in found:
            if "_aws" in found:
                return None
            text, *details = message.splitlines()
            return Line(
                at=at,
                function=function,
                task_id=self._working_on.get(stream),
                level="INFO",
                text=text,
                details=tuple(details),
            )
        task_id = found.get("task_id") or self._working_on.get(stream)
        event = None if _LOGGER in found else str(found["message"])
        if event == _BEGINS:
            self._working_on[stream], self._begun[stream] = str(task_id), at
        elif event in _ENDS and stream in self._working_on:
            del self._working_on[stream], self._begun[stream]
        text, *details = _text(found).splitlines() or [""]
        return Line(
            at=at,
            function=function,
            task_id=task_id,
            level=str(found.get("level", "INFO")),
            text=text,
            details=(*details, *_details(found)),
        )


def _moment(event: "FilteredLogEventTypeDef") -> datetime:
    return datetime.fromtimestamp(event["timestamp"] / 1000).astimezone()


def _values(message: str) -> dict[str, Any]:
    """Return the values of a JSON line; none for other output."""
    try:
        found = json.loads(message)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _function(stream: str, settings: StageSettings) -> str:
    """Return the short name from `2026/11/28/faultline-dev-submit-task[1]9`; `faultline` for an operator."""
    if stream.startswith(audit.STREAMS):
        return audit.SERVICE
    name = stream.rpartition("/")[2].partition("[")[0]
    return name.removeprefix(f"{settings.stack_name}-").replace("-", "_")


def _text(found: dict[str, Any]) -> str:
    """Format a line of the logger: message, kind, attempt, error, delay and any other values."""
    words = [str(found["message"])]
    if found["message"] == "request answered":
        return f"{found.get('method')} {found.get('path')} -> {found.get('status')}"
    if "kind" in found and _LOGGER not in found:
        words.append(f"({found['kind']})")
    if "attempt" in found and found["message"] in {_BEGINS, *_OUTCOMES}:
        words.append(f"attempt {found['attempt']}")
    error = found.get("error")
    if isinstance(error, dict):
        words.append(f"{error.get('category')}: {error.get('message')}")
    if "retry_delay_seconds" in found:
        words.append(f"(retry in {found['retry_delay_seconds']} s)")
    words += [f"{name}={value}" for name, value in found.items() if name not in _SHOWN_APART]
    return " ".join(words)


def _details(found: dict[str, Any]) -> tuple[str, ...]:
    error = found.get("error")
    text = (error.get("traceback") if isinstance(error, dict) else None) or found.get("exception") or ""
    return tuple(str(text).rstrip().splitlines())
