"""Scheduled rules that start each target once, according to the rule's current state and schedule.

LocalStack adds a timer to a scheduled rule with each PutTargets: a target that is put again, as by a stack
update, is started twice each time. A timer also keeps the state and schedule that the rule had: a rule that
is disabled or rescheduled later continues unchanged.

AWS: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html
"""

from typing import Any

from localstack.services.events.scheduler import Job, JobScheduler, convert_schedule_to_cron
from localstack.services.plugins import Service, aws_provider


@aws_provider(api="events", name="faultline")
def events() -> Service:
    """Return LocalStack's provider with our corrections."""
    from localstack.services.events.provider import EventsProvider
    from localstack.services.events.rule import RuleService
    from localstack.utils.patch import Patch

    Patch.function(RuleService.create_schedule_job, _replace_timer).apply()
    return Service.for_provider(EventsProvider())


def _replace_timer(_: Any, service: Any, start_targets: Any) -> None:
    service.job_id = service.arn
    scheduler = JobScheduler.instance()
    scheduler.cancel_job(service.arn)
    scheduler.jobs.append(_Timer(start_targets, service.rule))


class _Timer(Job):
    """A timer that starts a rule's targets if the rule exists and is enabled when the time comes."""

    def __init__(self, start_targets: Any, rule: Any) -> None:
        super().__init__(start_targets, rule.schedule_expression, enabled=True)
        self.job_id = rule.arn
        self._made_for = rule

    def should_run_now(self) -> bool:
        """Return whether the rule is enabled and due, according to its current schedule."""
        rule = self._rule()
        if rule is None or rule.state == "DISABLED" or not rule.schedule_expression:
            return False
        self.schedule = convert_schedule_to_cron(rule.schedule_expression)
        return bool(super().should_run_now())

    def _rule(self) -> Any:
        """Return the current rule, which PutRule replaces by another object, or None if it was deleted."""
        from localstack.services.events.models import events_stores

        old = self._made_for
        bus = events_stores[old.account_id][old.region].event_buses.get(old.event_bus_name)
        return bus.rules.get(old.name) if bus else None
