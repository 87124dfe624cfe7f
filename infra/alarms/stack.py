"""All alarms of a stage."""

from collections.abc import Sequence

from troposphere import Template
from troposphere.sns import Topic

from infra.alarms.alarm import Alarm
from infra.alarms.functions import function_alarms
from infra.alarms.services import service_alarms
from infra.alarms.tasks import task_alarms
from infra.stack.functions import FunctionSpec
from infra.stages import StageSettings


def alarms(settings: StageSettings, specs: Sequence[FunctionSpec]) -> tuple[Alarm, ...]:
    """Return all alarms of a stage: first those on tasks, then those on services and functions."""
    return (*task_alarms(settings), *service_alarms(settings), *function_alarms(settings, specs))


def add_alarms(
    template: Template, settings: StageSettings, specs: Sequence[FunctionSpec], topic: Topic
) -> tuple[Alarm, ...]:
    """Add all alarms to a template and return them. Each notifies `topic`."""
    added = alarms(settings, specs)
    for alarm in added:
        template.add_resource(alarm.resource(settings, topic))
    return added
