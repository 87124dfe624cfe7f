"""The functions' logs as readable lines."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from faultline.operations.logs import LogReader
from infra.stages import stage

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
WORKS, ACCEPTS = (f"2026/01/01/faultline-dev-{name}[1]abc" for name in ("process-task", "submit-task"))


class Log:
    """A CloudWatch Logs client with some events, and a paginator like boto3's."""

    def __init__(self, begin: datetime = AT) -> None:
        self.begin = begin
        self.events = list[dict[str, Any]]()
        self.sent = list[dict[str, Any]]()
        self.ends = list[int]()
        self.calls = 0

    def write(self, stream: str, *messages: object) -> None:
        for message in messages:
            text = message if isinstance(message, str) else json.dumps(message)
            number = len(self.events)
            moment = int((self.begin + timedelta(seconds=number)).timestamp() * 1000)
            self.events.append(
                {"eventId": str(number), "timestamp": moment, "logStreamName": stream, "message": text}
            )

    def client(self, _service: str) -> "Log":
        return self

    def get_paginator(self, _operation: str) -> "Log":
        return self

    def paginate(self, *, logGroupName: str, startTime: int, **how: Any) -> list[dict[str, Any]]:  # noqa: N803
        assert logGroupName == "/aws/lambda/faultline-dev"
        self.calls += 1
        self.ends += [how["endTime"]] if "logStreamNames" in how else []
        pattern, streams = how.get("filterPattern"), how.get("logStreamNames")
        found = [
            each
            for each in self.events
            if startTime <= each["timestamp"] <= how.get("endTime", each["timestamp"])
            and (pattern is None or pattern == f'{{ $.task_id = "{_task_id(each["message"])}" }}')
            and (streams is None or each["logStreamName"] in streams)
        ]
        self.sent += found
        return [{"events": found}]


def _task_id(message: str) -> str | None:
    return json.loads(message).get("task_id") if message.startswith("{") else None


def reader(log: Log, task_id: str | None = None) -> LogReader:
    return LogReader(session=log, settings=stage("dev"), since=AT, task_id=task_id)  # type: ignore[arg-type]


def about(message: str, **values: object) -> dict[str, object]:
    return {"level": "INFO", "message": message, "task_id": "t1", "kind": "echo", "stage": "dev", **values}


def test_lines_of_the_logger_and_what_the_work_prints() -> None:
    log = Log()
    error = {"category": "NETWORK", "message": "away", "traceback": "Traceback:\n  here\n"}
    log.write(ACCEPTS, "START RequestId: 1", about("task submitted", repeated=False))
    log.write(WORKS, {"_aws": {}, "Attempts": [1]}, about("attempt begun", attempt=1), "half way\r\rthere\n")
    failed = about("attempt failed", attempt=1, level="WARNING", error=error, retry_delay_seconds=2)
    log.write(WORKS, failed, "printed by nothing", "END RequestId: 1", {"no": "message"})
    log.write(ACCEPTS, {"message": "request answered", "method": "GET", "path": "/tasks/t1", "status": 200})
    found = [(line.function, line.task_id, line.text, line.details) for line in reader(log).read()]
    assert found == [
        ("submit_task", "t1", "task submitted (echo) repeated=False", ()),
        ("process_task", "t1", "attempt begun (echo) attempt 1", ()),
        ("process_task", "t1", "half way", ("", "there")),
        (
            "process_task",
            "t1",
            "attempt failed (echo) attempt 1 NETWORK: away (retry in 2 s)",
            ("Traceback:", "  here"),
        ),
        ("process_task", None, "printed by nothing", ()),
        ("process_task", None, '{"no": "message"}', ()),
        ("submit_task", None, "GET /tasks/t1 -> 200", ()),
    ]


def test_lines_that_the_work_logs_have_their_task() -> None:
    """They need no line `attempt begun`, which `prod` does not log, and cannot be taken for it."""
    log, own = Log(), {"logger": "tasks.greet", "level": "WARNING", "location": "greet:9"}
    log.write(WORKS, about("half way", attempt=1, **own), about("two\nlines", width=64, taskName="T", **own))
    log.write(WORKS, about("attempt begun", **own), about({"a": 1}, **own))  # type: ignore[arg-type]
    log.write(WORKS, "printed")
    found = [(line.task_id, line.level, line.text, line.details) for line in reader(log).read()]
    assert found == [
        ("t1", "WARNING", "half way", ()),
        ("t1", "WARNING", "two", ("lines width=64",)),
        ("t1", "WARNING", "attempt begun", ()),
        ("t1", "WARNING", "{'a': 1}", ()),
        (None, "INFO", "printed", ()),
    ]


def test_what_an_operator_did_is_of_the_command() -> None:
    """The streams of audit notes have random names, which say nothing."""
    log = Log()
    log.write(f"faultline/{uuid4()}", {"message": "circuit closed", "circuit": "a.example"})
    [line] = reader(log).read()
    assert (line.function, line.text) == ("faultline", "circuit closed circuit=a.example")


def test_each_event_is_read_once_and_late_ones_too() -> None:
    log = Log()
    log.write(ACCEPTS, about("one"), about("two"))
    following = reader(log)
    late = log.events.pop(0)
    assert [line.text for line in following.read()] == ["two (echo)"]
    log.events.insert(0, late)
    log.write(ACCEPTS, about("three"))
    assert [line.text for line in following.read()] == ["one (echo)", "three (echo)"]
    assert [line.text for line in following.read()] == []


def test_one_tasks_lines() -> None:
    log = Log()
    log.write(WORKS, about("attempt begun", attempt=1), "its own", about("task succeeded"))
    log.write(WORKS, about("attempt begun", task_id="t2"), "another's")
    assert [line.text for line in reader(log, "t1").read()] == [
        "attempt begun (echo) attempt 1",
        "its own",
        "task succeeded (echo)",
    ]


def test_only_one_tasks_lines_leave_the_log() -> None:
    """The lines of other tasks are not read, neither in other streams nor in the attempt's own stream."""
    log = Log()
    log.write(WORKS, about("attempt begun", task_id="t2"), "another's", about("task succeeded", task_id="t2"))
    log.write(ACCEPTS, about("task submitted", task_id="t2"), about("task submitted"))
    log.write(WORKS, about("attempt begun", attempt=1), "its own", about("attempt failed", attempt=1))
    log.write(WORKS, about("attempt begun", task_id="t10"), "another's")
    texts = [line.text for line in reader(log, "t1").read()]
    assert texts == ["task submitted (echo)", "attempt begun (echo) attempt 1", "its own", texts[3]]
    assert not [each for each in log.sent if "t2" in each["message"] or "another's" in each["message"]]


def test_output_of_an_attempt_that_goes_on_is_followed() -> None:
    log = Log(datetime.now(UTC))
    log.write(WORKS, about("attempt begun", attempt=1), "begins")
    following = reader(log, "t1")
    assert [line.text for line in following.read()] == ["attempt begun (echo) attempt 1", "begins"]
    log.write(WORKS, "goes on")
    assert [line.text for line in following.read()] == ["goes on"]
    log.write(WORKS, "ends", about("task succeeded"), "another's")
    assert [line.text for line in following.read()] == ["ends", "task succeeded (echo)"]
    assert [line.text for line in following.read()] == []


def test_an_attempt_that_has_ended_is_read_to_its_end() -> None:
    """However often it is seen again, together with what the stream logs later."""
    log = Log(datetime.now(UTC))
    log.write(WORKS, about("attempt begun", attempt=1), "begins")
    following = reader(log, "t1")
    assert len([*following.read()]) == 2
    log.write(WORKS, about("task succeeded"))
    assert len([*following.read()]) == 1
    log.write(WORKS, *["another's"] * 5)
    log.sent.clear()
    log.ends.clear()
    assert [*following.read()] == []
    assert set(log.ends) <= {log.events[2]["timestamp"]}
    assert not [each for each in log.sent if each["message"] == "another's"]


def test_output_of_an_attempt_that_has_no_end_is_read() -> None:
    log = Log()
    log.write(WORKS, about("attempt begun", attempt=1), "crashes")
    log.write(WORKS, about("attempt begun", attempt=2), "works", about("task succeeded"))
    assert [line.text for line in reader(log, "t1").read()][1::2] == ["crashes", "works"]


def test_attempts_that_are_over_take_no_calls() -> None:
    """Neither those that an open circuit has given back, nor lost ones after Lambda's longest timeout."""
    log = Log(datetime.now(UTC))
    following = reader(log, "t1")
    for number in range(5):
        log.write(f"{WORKS}{number}", about("attempt begun", attempt=1), about("task parked"))
    log.write(WORKS, about("attempt begun", attempt=1), "crashes")
    assert "crashes" in [line.text for line in following.read()]
    log.events.clear()
    log.calls = 0
    assert [*following.read()] == []
    assert log.calls == 2  # of the task, and of the attempt that goes on
    following._newest = log.begin + timedelta(minutes=16)
    log.calls = 0
    assert [*following.read()] == []
    assert log.calls == 1


def test_ids_of_old_events_are_forgotten() -> None:
    log = Log()
    following = reader(log)
    for _ in range(5):
        log.write(ACCEPTS, *[about("one")] * 20)
        assert len([*following.read()]) == 20
    assert len(following._seen) <= 22
