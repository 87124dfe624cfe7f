"""Groups of lines in a graph: one per kind, category, function or statistic."""

from collections.abc import Iterable
from typing import Protocol

from infra.alarms.signals import Signal, counted, of_function
from infra.dashboards.widgets import Line
from infra.stack.functions import FUNCTIONS
from infra.stages import StageSettings
from lambdas.domain.errors import Category
from lambdas.telemetry.metrics import CATEGORY, FUNCTION, KIND, Metric


class ShownKind(Protocol):
    """A kind of work, as far as a graph needs it."""

    @property
    def name(self) -> str:
        """Name of the kind."""

    @property
    def dependency(self) -> object:
        """Anything but None if the kind may have a dependency, whose circuit parks tasks."""


def line(label: str, shows: Signal) -> Line:
    """Return a line that shows one signal."""
    return Line(label=label, shows=shows)


def by_kind(
    settings: StageSettings, kinds: Iterable[ShownKind], metric: Metric, stat: str = "Sum"
) -> list[Line]:
    """Return a line for each kind of work; for parked tasks, only for kinds with a dependency."""
    return [
        line(kind.name, counted(settings, metric, stat, **{KIND: kind.name}))
        for kind in kinds
        if kind.dependency or metric is not Metric.TASKS_PARKED
    ]


def by_category(settings: StageSettings, metric: Metric) -> list[Line]:
    """Return a line for each category of errors; for retries, only for categories that are retried."""
    return [
        line(each, counted(settings, metric, **{CATEGORY: each}))
        for each in Category
        if each.retryable or metric is not Metric.RETRIES
    ]


def by_function(
    settings: StageSettings, metric: str, stat: str = "Sum", functions: Iterable[str] = FUNCTIONS
) -> list[Line]:
    """Return a line for each of the given functions, by default for all."""
    return [line(each, of_function(settings, each, metric, stat)) for each in functions]


def counted_by_function(settings: StageSettings, metric: Metric, stat: str) -> list[Line]:
    """Return a line for each function, showing a metric that the functions count themselves."""
    return [line(each, counted(settings, metric, stat, **{FUNCTION: each})) for each in FUNCTIONS]


def by_stat(settings: StageSettings, metric: Metric, *stats: str) -> list[Line]:
    """Return a line for each statistic of a metric, over all kinds combined."""
    return [line(stat, counted(settings, metric, stat)) for stat in stats]
