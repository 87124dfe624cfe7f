"""AWS::Events::Rule: its schedule, state, description and targets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html
"""

from collections.abc import Mapping
from typing import Any

from localstack.services.cloudformation.resource_provider import ProgressEvent
from localstack.services.events.resource_providers.aws_events_rule import (
    EventsRuleProvider,
    extract_rule_name,
)
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.changes import changed, refuse

_SUPPORTED = {"Description", "EventPattern", "ScheduleExpression", "State", "Targets"}


def correct() -> None:
    """LocalStack has no update."""
    Patch.function(EventsRuleProvider.update, _update).apply()


def _update(_: Any, provider: EventsRuleProvider, request: Any) -> ProgressEvent[Any]:
    refuse(changed(provider, request) - _SUPPORTED)
    before, after = request.previous_state, request.desired_state
    name = extract_rule_name(before["Id"])
    after.setdefault("Name", name)
    if gone := _target_ids(before) - _target_ids(after):
        bus = {"EventBusName": before["EventBusName"]} if "EventBusName" in before else {}
        request.aws_client_factory.events.remove_targets(Rule=name, Ids=sorted(gone), **bus)
    # PutRule and PutTargets, which replace what there is under a name.
    return provider.create(request)


def _target_ids(state: Mapping[str, Any]) -> set[str]:
    return {target["Id"] for target in state.get("Targets") or []}
