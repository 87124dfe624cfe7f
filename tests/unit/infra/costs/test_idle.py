"""The cost of an idle month, from the template of each stage and from a small one."""

import inspect
from typing import Any

import pytest

from infra.costs import prices
from infra.costs.assumptions import LOOK_SECONDS, reads_per_run, seconds_per_run
from infra.costs.idle import FREE, PRICED, idle_month
from infra.costs.line import Line
from infra.costs.stack import Stack
from infra.stages import StageSettings
from lambdas.release_tasks import handler as release_tasks
from lambdas.store.item import SHARDS

MONTH = 730 * 3600


def by_resource(lines: list[Line]) -> dict[str, Line]:
    return {line.resource: line for line in lines}


def test_every_type_of_resource_has_a_price_or_a_reason(
    rendered: dict[str, Any], settings: StageSettings
) -> None:
    assert not PRICED & FREE.keys()
    assert Stack(rendered, settings.stack_name).types() <= PRICED | FREE.keys()


def test_what_is_counted_is_in_the_template(rendered: dict[str, Any], settings: StageSettings) -> None:
    lines = by_resource(idle_month(Stack(rendered, settings.stack_name)))
    types = [resource["Type"] for resource in rendered["Resources"].values()]

    assert lines["dashboards"].quantity == types.count("AWS::CloudWatch::Dashboard")
    assert lines["keys"].quantity == types.count("AWS::KMS::Key")
    assert lines["alarms"].quantity >= types.count("AWS::CloudWatch::Alarm")
    assert lines["release_tasks: runs"].quantity == 730 * 60
    assert all(line.usd > 0 for line in lines.values())


@pytest.mark.parametrize("settings", ["prod"], indirect=True)
def test_an_idle_month_of_prod_costs_little(rendered: dict[str, Any], settings: StageSettings) -> None:
    """An idle month of prod costs at most $8 without provisioned concurrency."""
    lines = idle_month(Stack(rendered, settings.stack_name))
    assert sum(line.usd for line in lines if "provisioned" not in line.resource) <= 8


def function(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {"FunctionName": f"stack-{name}", "MemorySize": 256, **properties},
    }


def test_a_function_is_found_behind_its_alias() -> None:
    """A function's memory, architecture and provisioned concurrency are found through its alias."""
    config = {"ProvisionedConcurrentExecutions": 2}
    template = {
        "Resources": {
            "Release": function("release-tasks", Architectures=["arm64"]),
            "Live": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {"FunctionName": {"Ref": "Release"}, "ProvisionedConcurrencyConfig": config},
            },
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "ScheduleExpression": "rate(5 minutes)",
                    "Targets": [{"Arn": {"Ref": "Live"}, "Input": '{"forSeconds": 50, "untilIdle": true}'}],
                },
            },
        }
    }
    lines = by_resource(idle_month(Stack(template, "stack")))

    assert lines["release_tasks: runs"].quantity == 730 * 12
    time = lines["release_tasks: time"]
    assert time.price == prices.LAMBDA_GB_SECOND["arm64"]
    assert time.quantity == pytest.approx(730 * 12 * 0.1 / 4)
    ready = lines["release_tasks: provisioned (2)"]
    assert ready.price == prices.PROVISIONED_GB_SECOND["arm64"]
    assert ready.usd == pytest.approx(2 * MONTH / 4 * 0.0000033334)


def test_a_snapshot_is_paid_while_it_is_kept() -> None:
    template = {"Resources": {"Fast": function("fast", SnapStart={"ApplyOn": "PublishedVersions"})}}
    [line] = idle_month(Stack(template, "stack"))
    assert (line.resource, line.quantity) == ("fast: snapshot", MONTH / 4)


def test_an_alarm_costs_for_each_metric_that_it_reads() -> None:
    def query(period: int) -> dict[str, Any]:
        return {"MetricStat": {"Period": period}}

    alarms: list[dict[str, Any]] = [
        {"Period": 60},
        {"Period": 10},
        {"Metrics": [query(300), query(300), {"Expression": "a / b"}]},
    ]
    template = {
        "Resources": {
            f"A{number}": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
            for number, properties in enumerate(alarms)
        }
    }
    lines = idle_month(Stack(template, "stack"))
    assert [(line.quantity, line.price) for line in lines] == [
        (3, prices.ALARM_METRIC),
        (1, prices.ALARM_METRIC_HIGH_RESOLUTION),
    ]


class Run:
    """A run of release_tasks that finds nothing. Sleeping advances its clock, and reads are counted."""

    def __init__(self) -> None:
        self.now = 0.0
        self.reads = 0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def release(self, is_over: object) -> int:
        raise AssertionError("no task waits")

    def is_needed(self) -> bool:
        self.reads += 1
        return False

    def send_unsent(self, is_over: object) -> int:
        self.reads += SHARDS
        return 0

    def get_remaining_time_in_millis(self) -> float:
        return 1000 * (60 - self.now)


@pytest.mark.parametrize("until_idle", [False, True])
@pytest.mark.parametrize("seconds", [0, 1, 2, 5, 49, 50])
def test_a_run_looks_as_often_as_the_handler(
    monkeypatch: pytest.MonkeyPatch, seconds: int, until_idle: bool
) -> None:
    run = Run()
    monkeypatch.setattr(release_tasks, "releaser", lambda: run)
    monkeypatch.setattr(release_tasks, "time", run)

    inspect.unwrap(release_tasks.handler)({"forSeconds": seconds, "untilIdle": until_idle}, run)

    assert seconds_per_run(seconds, until_idle=until_idle) == pytest.approx(run.now + LOOK_SECONDS)
    assert reads_per_run(seconds, until_idle=until_idle, shards=SHARDS) == run.reads / 2
