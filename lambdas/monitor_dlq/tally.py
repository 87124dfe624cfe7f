"""Counts of dead letters by category, kind and reason."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import ConfigDict

from lambdas.domain.errors import Category
from lambdas.domain.histogram import Histogram
from lambdas.domain.serialization import JsonModel, Timestamp
from lambdas.store.dead_letters import DeadLetter
from lambdas.telemetry.reason_groups import reason_group

SAMPLES_OF_A_CATEGORY = 3
# Maximum number of reasons that are counted, and of the most frequent reasons that are reported.
MAX_REASONS = 1000
MAX_REASONS_SHOWN = 50


class Reason(JsonModel):
    """A reason for dead letters, with their number and the times of the first and the latest one.

    As JSON `{category, type, reason, count, earliest, latest, latestTaskId, trend}`.

    Attributes:
        latest_task_id: Id of the latest of these tasks.
        trend: Number of these dead letters in each bucket of the report's `trend`.
    """

    model_config = ConfigDict(validate_by_name=True)

    category: Category
    type: str
    reason: str
    count: int
    earliest: Timestamp
    latest: Timestamp
    latest_task_id: str
    trend: list[int]


@dataclass(kw_only=True)
class _OfOneReason:
    """Counts of a single reason."""

    trend: Histogram
    earliest: DeadLetter
    latest: DeadLetter
    count: int = 0

    def add(self, dead: DeadLetter) -> None:
        self.count += 1
        self.trend.add(dead.at)
        self.earliest = min(self.earliest, dead, key=lambda each: each.at)
        self.latest = max(self.latest, dead, key=lambda each: each.at)

    def reason(self, category: Category, type: str, reason: str) -> Reason:
        """Return the counts as an entry of the report, for one reason."""
        return Reason(
            category=category,
            type=type,
            reason=reason,
            count=self.count,
            earliest=self.earliest.at,
            latest=self.latest.at,
            latest_task_id=self.latest.task_id,
            trend=self.trend.counts(),
        )


@dataclass(kw_only=True)
class Tally:
    """Counts for a report, in memory that does not grow with the number of dead letters."""

    since: datetime
    until: datetime
    trend: Histogram = field(init=False)
    total: int = 0
    by_category: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    by_reason: dict[tuple[Category, str, str], _OfOneReason] = field(default_factory=dict)
    samples: dict[Category, list[DeadLetter]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.trend = self._empty()

    def _empty(self) -> Histogram:
        return Histogram(self.since, self.until)

    def add(self, dead: DeadLetter) -> None:
        """Count a dead letter."""
        error = dead.error
        self.total += 1
        self.by_category[error.category] += 1
        self.by_kind[dead.kind] += 1
        self.trend.add(dead.at)
        latest = [*self.samples.get(error.category, []), dead]
        latest.sort(key=lambda each: each.at, reverse=True)
        self.samples[error.category] = latest[:SAMPLES_OF_A_CATEGORY]
        key = (error.category, error.type, reason_group(error.message))
        if key not in self.by_reason:
            if len(self.by_reason) == MAX_REASONS:
                return
            self.by_reason[key] = _OfOneReason(trend=self._empty(), earliest=dead, latest=dead)
        self.by_reason[key].add(dead)

    def reasons(self) -> list[Reason]:
        """Return up to MAX_REASONS_SHOWN reasons: the most frequent first; among equals, the most recent."""
        found = sorted(
            self.by_reason.items(), key=lambda each: (each[1].count, each[1].latest.at), reverse=True
        )
        return [tally.reason(*key) for key, tally in found[:MAX_REASONS_SHOWN]]
