"""The alarms of each stage, and their sections in the runbook."""

import re
from pathlib import Path
from typing import Any

import pytest

from infra.stages import STAGES, StageSettings, stage
from tests.unit.infra.metrics import AWS_METRICS, is_ours
from tests.unit.infra.rendered import Render

RUNBOOK = Path(__file__).parents[4] / "docs" / "operations.md"
FUNCTIONS = ("submit-task", "manage-tasks", "process-task", "monitor-dlq", "release-tasks")

Alarms = dict[str, dict[str, Any]]


@pytest.fixture(params=STAGES)
def settings(request: pytest.FixtureRequest) -> StageSettings:
    return stage(request.param)


def of_stage(settings: StageSettings, render: Render) -> Alarms:
    """Return the alarms' properties, by alarm name without the stage."""
    resources = render(settings)["Resources"].values()
    found = [each["Properties"] for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    return {each["AlarmName"].removeprefix(f"{settings.stack_name}-"): each for each in found}


@pytest.fixture
def alarms(settings: StageSettings, render: Render) -> Alarms:
    return of_stage(settings, render)


def metrics(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the metrics of an alarm: `{Namespace, MetricName, Dimensions}`."""
    queries = alarm.get("Metrics", [])
    return [each["MetricStat"]["Metric"] for each in queries if "MetricStat" in each] or [alarm]


def test_there_is_an_alarm_for_each_thing_that_goes_wrong(alarms: Alarms) -> None:
    assert set(alarms) == {f"{function}-errors" for function in FUNCTIONS} | {
        "process-task-duration",
        "dead-letters",
        "dead-letter-surge",
        "failure-rate",
        "task-queue-age",
        "messages-in-flight",
        "release-lag",
        "round-trips",
        "dead-letter-queue-age",
        "circuit-opened",
        "task-table-throttles",
        "circuit-table-throttles",
        "api-errors",
        "function-memory",
        "release-schedule-silent",
    }


def test_each_tells_the_topic_when_it_fires_and_when_it_is_over(alarms: Alarms) -> None:
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlertTopic"}]


def test_no_data_is_bad_only_where_it_is_what_the_alarm_is_about(alarms: Alarms) -> None:
    breaching = {name for name, alarm in alarms.items() if alarm["TreatMissingData"] == "breaching"}
    assert breaching == {"release-schedule-silent"}
    assert {alarm["TreatMissingData"] for alarm in alarms.values()} == {"breaching", "notBreaching"}


def test_each_is_on_metrics_that_there_are(alarms: Alarms, settings: StageSettings) -> None:
    for alarm in alarms.values():
        for metric in metrics(alarm):
            dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
            if metric["Namespace"] == "Faultline":
                assert is_ours(metric["MetricName"], dimensions, settings)
            else:
                known = AWS_METRICS[metric["Namespace"], metric["MetricName"]]
                assert frozenset(dimensions) in known


def test_metric_math_has_ten_metrics_at_most(alarms: Alarms) -> None:
    """An alarm has at most ten metrics, the limit of metric math.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html
    """
    for alarm in alarms.values():
        assert len(metrics(alarm)) <= 10


def test_the_duration_is_near_the_timeout(alarms: Alarms, settings: StageSettings) -> None:
    assert alarms["process-task-duration"]["Threshold"] == 900 * settings.process_timeout_seconds


def test_a_table_is_watched_with_all_its_indexes(alarms: Alarms) -> None:
    """The throttle alarm watches writes to the table and all its indexes, and reads of it and `by-state`."""
    looked_at = [
        (
            metric["MetricName"],
            next((d["Value"] for d in metric["Dimensions"] if d["Name"] != "TableName"), None),
        )
        for metric in metrics(alarms["task-table-throttles"])
    ]
    read = [None, "by-state"]
    written = [*read, "by-submission", "by-release", "by-ordering-key", "by-reference"]
    assert looked_at == [
        *(("ReadThrottleEvents", index) for index in read),
        *(("WriteThrottleEvents", index) for index in written),
    ]


@pytest.mark.parametrize(
    ("name", "percent", "age", "silent"),
    [("dev", 60, 300, 3), ("test", 50, 20, 1), ("staging", 20, 900, 3), ("prod", 20, 900, 3)],
)
def test_stages_have_thresholds_of_their_own(
    render: Render, name: str, percent: int, age: int, silent: int
) -> None:
    alarms = of_stage(stage(name), render)
    assert alarms["failure-rate"]["Threshold"] == percent
    assert alarms["task-queue-age"]["Threshold"] == age
    assert alarms["release-schedule-silent"]["EvaluationPeriods"] == silent


def section(alarm: str) -> str:
    """Return the section of the runbook about an alarm."""
    return RUNBOOK.read_text().partition(f"\n### {alarm}\n")[2].partition("\n### ")[0]


def test_a_limit_that_is_looked_for_can_be_removed() -> None:
    for function in FUNCTIONS:
        for text in RUNBOOK.read_text().split("\n### "):
            if f'get-function-concurrency --function-name "$NAME-{function}"' in text:
                assert f'delete-function-concurrency --function-name "$NAME-{function}"' in text


def test_logs_are_not_searched_from_their_beginning() -> None:
    """Without a start, CloudWatch reads up to 90 days of the log, page by page."""
    searches = re.findall(r"aws logs filter-log-events.*", RUNBOOK.read_text())
    assert len(searches) == 2
    assert all(" --start-time " in each for each in searches)


def test_a_hot_index_has_a_remedy(alarms: Alarms) -> None:
    """More shards, which can never be taken back, do not help the indexes that are not divided by shards."""
    remedies = section("task-table-throttles")
    for metric in metrics(alarms["task-table-throttles"]):
        for each in metric["Dimensions"]:
            assert each["Name"] == "TableName" or f"`{each['Value']}`" in remedies


def test_who_is_called_finds_what_to_do(alarms: Alarms) -> None:
    """Each description links to a section of the runbook, and each section belongs to an alarm."""
    sections = re.findall(r"^### (\S+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert set(sections) == set(alarms)
    assert len(sections) == len(set(sections))
    for name, alarm in alarms.items():
        description = alarm["AlarmDescription"]
        assert description.endswith(f" More: docs/operations.md#{name}")
        assert " First: " in description
        assert len(description) <= 1024
