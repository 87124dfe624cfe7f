"""The schedule of release_tasks."""

import json
from typing import Any

from infra.stages import StageSettings
from tests.unit.infra.rendered import properties


def test_tasks_are_released_each_minute(rendered: dict[str, Any], settings: StageSettings) -> None:
    rule = properties(rendered, "ReleaseSchedule")
    [target] = rule["Targets"]

    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
    assert target["Arn"] == {"Ref": "ReleaseTasksFunctionLive"}
    assert json.loads(target["Input"]) == {
        "forSeconds": settings.release_loop_seconds,
        "untilIdle": settings.name in {"staging", "prod"},
    }
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 2}


def test_run_that_fails_is_left_to_the_next_minute(rendered: dict[str, Any]) -> None:
    assert properties(rendered, "ReleaseTasksRetries") == {
        "FunctionName": {"Ref": "ReleaseTasksFunction"},
        "Qualifier": "live",
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60,
    }


def test_schedule_alone_may_start_releases(rendered: dict[str, Any]) -> None:
    assert properties(rendered, "ScheduleMayReleaseTasks") == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": "ReleaseTasksFunctionLive"},
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": ["ReleaseSchedule", "Arn"]},
    }
