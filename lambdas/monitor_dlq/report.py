"""Report on recent dead letters: counts, reasons, a histogram and samples.

To create it, invoke the function with `{"report": {"since": "2026-01-31T12:00:00Z", "limit": 1000}}`. Private
data is masked (`lambdas.telemetry.masking`). Dead letters that were redriven or cancelled are not counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, JsonValue, StrictInt, ValidationError

from lambdas.domain import strict_json
from lambdas.domain.errors import Category
from lambdas.domain.histogram import Bucket
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel, TimeLimit, Timestamp
from lambdas.monitor_dlq.tally import Reason, Tally
from lambdas.store.batch_reading import TableOverloaded
from lambdas.store.dead_letters import DeadLetter, DeadLetters
from lambdas.store.payloads import PayloadGone
from lambdas.store.table import TaskTable
from lambdas.telemetry.masking import masked

MAX_SAMPLE_BYTES = 4 * 1024
# Fraction of the remaining time for counting; the rest is for the last batch and the samples.
SHARE_OF_THE_TIME = 0.6


_MADE_HERE = ConfigDict(validate_by_name=True)


class ReportRequest(JsonModel):
    """Request for a report: `{since, limit?}`."""

    since: TimeLimit
    limit: Annotated[StrictInt, Field(ge=1, le=100_000)] = 10_000


class Sample(JsonModel):
    """A dead letter of a report: `{taskId, kind, category, reason, attempts, deadLetteredAt, payload}`.

    A payload of more than MAX_SAMPLE_BYTES is replaced by `{omitted: true, bytes}`.
    """

    model_config = _MADE_HERE

    task_id: str
    kind: str
    category: Category
    reason: str
    attempts: int
    dead_lettered_at: Timestamp
    payload: JsonValue


class Report(JsonModel):
    """The report: `{since, until, total, byCategory, byKind, byReason, otherReasons, trend, samples, more}`.

    Attributes:
        other_reasons: Number of dead letters whose reasons are not in `by_reason`.
        more: Whether older dead letters were not examined, since the limit was reached or the time was up.
    """

    model_config = _MADE_HERE

    since: Timestamp
    until: Timestamp
    total: int
    by_category: dict[str, int]
    by_kind: dict[str, int]
    by_reason: list[Reason]
    other_reasons: int
    trend: list[Bucket]
    samples: list[Sample]
    more: bool


class InvalidRequest(ValueError):
    """The request is invalid; `fields` contains `{field, message}` for each error."""

    def __init__(self, fields: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{each['field']}: {each['message']}" for each in fields))
        self.fields = fields


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """Creates reports.

    Attributes:
        table: The task table.
        dead_letters: Reader of the dead letters.
        now: Function that returns the current time.
    """

    table: TaskTable
    dead_letters: DeadLetters
    now: Callable[[], datetime]

    def answer(self, request: object, *, seconds: float) -> dict[str, Any]:
        """Return a report as JSON, or `{errors: [{field, message}]}` if the request is invalid.

        An invalid request does not raise, since an error of the function would set off an alarm.

        Args:
            request: The request, not yet validated.
            seconds: Time until the function times out.

        Raises:
            ClientError, BotoCoreError: The table rejects the request or is unavailable.
        """
        until = self.now()
        try:
            wanted = _read(request, until)
        except InvalidRequest as error:
            return {"errors": error.fields}
        return self.report(wanted, until, seconds=seconds).model_dump(mode="json", by_alias=True)

    def report(self, request: ReportRequest, until: datetime, *, seconds: float) -> Report:
        """Report on the tasks that were given up from `request.since` to `until`.

        Args:
            request: The request.
            until: The current time.
            seconds: Time until the function times out.

        Raises:
            ClientError, BotoCoreError: The table rejects the request or is unavailable.
        """
        tally = Tally(since=request.since, until=until)
        more = self._count(tally, request, until, seconds * SHARE_OF_THE_TIME)
        reasons = tally.reasons()
        return Report(
            since=request.since,
            until=until,
            total=tally.total,
            by_category=dict(tally.by_category.most_common()),
            by_kind=dict(tally.by_kind.most_common()),
            by_reason=reasons,
            other_reasons=tally.total - sum(reason.count for reason in reasons),
            trend=tally.trend.buckets(),
            samples=[
                sample
                for category in Category
                for dead in tally.samples.get(category, [])
                if (sample := self._sample(dead)) is not None
            ],
            more=more,
        )

    def _count(self, tally: Tally, request: ReportRequest, until: datetime, seconds: float) -> bool:
        """Count dead letters, and return whether some were not examined."""
        try:
            for batch in self.dead_letters.read(newest_first=True):
                for dead in batch:
                    if not request.since <= dead.at <= until:
                        continue
                    if tally.total == request.limit:
                        return True
                    tally.add(dead)
                if (self.now() - until).total_seconds() > seconds:
                    return True
        except TableOverloaded:
            return True
        return False

    def _sample(self, dead: DeadLetter) -> Sample | None:
        """Return a sample; None if the task is no longer a dead letter, or its payload has expired."""
        task = self.table.get(dead.task_id)
        if task is None or task.status is not Status.DEAD_LETTERED:
            return None
        try:
            task = self.table.with_payload(task)
        except PayloadGone:
            return None
        size = len(strict_json.dumps(task.payload).encode())
        return Sample(
            task_id=dead.task_id,
            kind=dead.kind,
            category=dead.error.category,
            reason=masked(dead.error.message),
            attempts=dead.attempts,
            dead_lettered_at=dead.at,
            payload=masked(task.payload) if size <= MAX_SAMPLE_BYTES else {"omitted": True, "bytes": size},
        )


def _read(request: object, now: datetime) -> ReportRequest:
    """Validate a request.

    Raises:
        InvalidRequest: The request is invalid.
    """
    try:
        wanted = ReportRequest.model_validate(request, by_alias=True, by_name=False)
    except ValidationError as error:
        raise InvalidRequest(
            [
                {
                    "field": ".".join(["report", *map(str, each["loc"])]),
                    "message": each["msg"].removeprefix("Value error, "),
                }
                for each in error.errors()
            ]
        ) from error
    if wanted.since > now:
        raise InvalidRequest([{"field": "report.since", "message": "is in the future"}])
    return wanted
