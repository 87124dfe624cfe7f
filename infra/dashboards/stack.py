"""The dashboards of a stage."""

import json
from collections.abc import Sequence

from troposphere import Output, Sub, Template
from troposphere.cloudwatch import Dashboard as DashboardResource

from infra.alarms.alarm import Alarm
from infra.dashboards.errors import errors
from infra.dashboards.overview import overview
from infra.dashboards.performance import performance
from infra.dashboards.tasks import tasks
from infra.dashboards.widgets import Dashboard
from infra.stages import StageSettings
from lambdas.work.registry import Registry


def dashboards(settings: StageSettings, kinds: Registry, alarms: Sequence[Alarm]) -> tuple[Dashboard, ...]:
    """Return the dashboards that a stage's settings select."""
    every = (
        overview(settings, alarms),
        tasks(settings, kinds),
        errors(settings, kinds),
        performance(settings, kinds),
    )
    return tuple(each for each in every if each.name in settings.dashboards)


def add_dashboards(
    template: Template, settings: StageSettings, kinds: Registry, alarms: Sequence[Alarm]
) -> Output:
    """Add a stage's dashboards to a template, and return the output `DashboardNames`."""
    names = []
    for dashboard in dashboards(settings, kinds, alarms):
        names.append(settings.dashboard_name(dashboard.name))
        template.add_resource(
            DashboardResource(
                f"{dashboard.name.capitalize()}Dashboard",
                DashboardName=names[-1],
                DashboardBody=Sub(json.dumps(dashboard.body(), separators=(",", ":"))),
            )
        )
    return Output("DashboardNames", Value=",".join(names))
