"""The dashboards of a stage."""

import json
from collections.abc import Iterable, Sequence

from troposphere import Output, Sub, Template
from troposphere.cloudwatch import Dashboard as DashboardResource

from infra.alarms.alarm import Alarm
from infra.dashboards.errors import errors
from infra.dashboards.lines import ShownKind
from infra.dashboards.overview import overview
from infra.dashboards.performance import performance
from infra.dashboards.tasks import tasks
from infra.dashboards.widgets import Dashboard
from infra.stages import StageSettings
from lambdas.work.registry import Registry


def dashboards(
    settings: StageSettings, kinds: Iterable[ShownKind], alarms: Sequence[str]
) -> tuple[Dashboard, ...]:
    """Return all dashboards of a stage, whether or not its settings select them.

    Args:
        settings: The stage.
        kinds: The kinds of work to show.
        alarms: Full names of the alarms to show.
    """
    return (
        overview(settings, alarms),
        tasks(settings, kinds),
        errors(settings, kinds),
        performance(settings, kinds),
    )


def add_dashboards(
    template: Template, settings: StageSettings, kinds: Registry, alarms: Sequence[Alarm]
) -> Output:
    """Add the dashboards that a stage's settings select to a template; return the output `DashboardNames`."""
    names = []
    for dashboard in dashboards(settings, kinds, [f"{settings.stack_name}-{each.name}" for each in alarms]):
        if dashboard.name not in settings.dashboards:
            continue
        names.append(settings.dashboard_name(dashboard.name))
        template.add_resource(
            DashboardResource(
                f"{dashboard.name.capitalize()}Dashboard",
                DashboardName=names[-1],
                DashboardBody=Sub(json.dumps(dashboard.body(), separators=(",", ":"))),
            )
        )
    return Output("DashboardNames", Value=",".join(names))
