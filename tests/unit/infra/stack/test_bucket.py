"""The bucket of large payloads and results."""

from typing import Any

from infra.stages import StageSettings
from tests.unit.infra.rendered import properties


def test_objects_are_kept_as_long_as_the_records_that_name_them(
    rendered: dict[str, Any], settings: StageSettings
) -> None:
    """Payloads stay for three retention periods, or a year more if scheduled; results for one and a day."""
    rules = properties(rendered, "TaskBucket")["LifecycleConfiguration"]["Rules"]
    retention = settings.task_retention_days
    assert {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules} == {
        "payloads/": 3 * retention,
        "scheduled/": 3 * retention + 366,
        "results/": retention + 1,
    }
    assert {rule["Status"] for rule in rules} == {"Enabled"}
