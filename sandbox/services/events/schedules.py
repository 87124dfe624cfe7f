"""EventBridge's scheduled rules: each target is started once, by the rule as it is then.

LocalStack 4.14.0 adds a timer to a scheduled rule with each PutTargets: a target that is put again, as an
update of a stack does, is started twice each time. And a timer keeps the state and the schedule that the rule
had: one that is disabled or rescheduled later runs on as before.

AWS: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from typing import Any

from localstack.services.events.scheduler import Job, JobScheduler, convert_schedule_to_cron
from localstack.services.plugins import Service, aws_provider


@aws_provider(api="events", name="scheduled")
def events() -> Service:
    """The provider that PROVIDER_OVERRIDE_EVENTS=scheduled selects."""
    from localstack.services.events.provider import EventsProvider
    from localstack.services.events.rule import RuleService
    from localstack.utils.patch import Patch

    Patch.function(RuleService.create_schedule_job, _have_one_timer).apply()
    return Service.for_provider(EventsProvider())


def _have_one_timer(_: Any, service: Any, start_targets: Any) -> None:
    service.job_id = service.arn
    scheduler = JobScheduler.instance()
    scheduler.cancel_job(service.arn)
    scheduler.jobs.append(_Timer(start_targets, service.rule))


class _Timer(Job):
    """Starts the targets of a rule when the rule of that name, if there is one, says so."""

    def __init__(self, start_targets: Any, rule: Any) -> None:
        super().__init__(start_targets, rule.schedule_expression, enabled=True)
        self.job_id = rule.arn
        self._made_for = rule

    def should_run_now(self) -> bool:
        rule = self._rule()
        if rule is None or rule.state == "DISABLED" or not rule.schedule_expression:
            return False
        self.schedule = convert_schedule_to_cron(rule.schedule_expression)
        return bool(super().should_run_now())

    def _rule(self) -> Any:
        """The rule as it is; PutRule makes another object of the same targets."""
        from localstack.services.events.models import events_stores

        old = self._made_for
        bus = events_stores[old.account_id][old.region].event_buses.get(old.event_bus_name)
        return bus.rules.get(old.name) if bus else None
