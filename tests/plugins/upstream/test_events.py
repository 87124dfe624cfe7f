"""Faults of LocalStack and moto in EventBridge whose corrections are still needed.

When a test fails after an upgrade, its correction can go.
"""

import pytest
from localstack.services.events.models import Rule
from localstack.services.events.rule import RuleService
from localstack.services.events.scheduler import Job, JobScheduler

ACCOUNT, REGION = "000000000000", "us-east-1"


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Return the timers of scheduled rules, none at first."""
    scheduler = JobScheduler()
    monkeypatch.setattr(JobScheduler, "_instance", scheduler)
    made: list[Job] = scheduler.jobs
    return made


def test_targets_that_are_put_again_get_another_timer(timers: list[Job]) -> None:
    """PutTargets ignores an existing timer of the rule (sandbox.services.events.schedules)."""
    service = RuleService(Rule("rule", REGION, ACCOUNT, "rate(1 minute)"))
    service.create_schedule_job(lambda: None)
    service.create_schedule_job(lambda: None)
    assert len(timers) == 2


def test_timer_keeps_the_state_that_the_rule_had(timers: list[Job]) -> None:
    """A disabled rule continues to run (sandbox.services.events.schedules)."""
    service = RuleService(Rule("rule", REGION, ACCOUNT, "rate(1 minute)"))
    service.create_schedule_job(lambda: None)
    service.disable()
    assert timers[0].is_enabled
