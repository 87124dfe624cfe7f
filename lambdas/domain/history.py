"""History of a task: its entries, the numbering of its attempts, and truncation."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from lambdas.domain import strict_json
from lambdas.domain.amendment import Amended
from lambdas.domain.errors import LOST_ATTEMPT, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.serialization import STORED, JsonModel, Timestamp

# Of the 400 KB of an item, a payload may take 200 and a result 100. A history that exceeds this limit is
# shortened to half of it. (An entry has at most about 4.5 KB, with an error message of 1,000 characters.)
MAX_HISTORY_BYTES = 64 * 1024


class Wait(StrEnum):
    """Reason why a task is parked."""

    CIRCUIT = "CIRCUIT"  # the circuit of its dependency is open
    TURN = "TURN"  # an earlier task of its ordering key has not ended
    RETRY = "RETRY"  # its next attempt is not due yet
    PAUSE = "PAUSE"  # its kind is paused


def _without_traceback(error: TaskError | None) -> TaskError | None:
    return error and error.without_traceback


class HistoryEntry(JsonModel):
    """Entry of a task's history: one transition, with the time and the reason.

    As JSON `{at, status, attempt?, error?, waitsFor?, retryDelaySeconds?, circuit?, generation?,
    requestedBy?, amended?, omitted?}`.
    """

    model_config = STORED

    at: Annotated[Timestamp, Field(description="Time at which the task entered the state.")]
    status: Annotated[Status, Field(description="State that the task entered.")]
    attempt: Annotated[
        int | None, Field(description="Number of the attempt; 1 is the first of its generation.")
    ] = None
    error: Annotated[
        TaskError | None,
        AfterValidator(_without_traceback),
        Field(
            description="Error of the attempt or the task. A PARKED entry has one if the attempt before it "
            "failed."
        ),
    ] = None
    parked_for: Annotated[
        Wait | None,
        Field(
            alias="waitsFor",
            description="Reason for which a PARKED task waits; absent from entries of earlier versions.",
        ),
    ] = None
    retry_delay_seconds: Annotated[
        int | None,
        Field(description="Seconds until the next attempt, if one follows."),
    ] = None
    circuit: Annotated[
        str | None,
        Field(
            description="Dependency whose open circuit the PARKED task waits for; the attempt before this "
            "entry does not count."
        ),
    ] = None
    generation: Annotated[
        int | None,
        Field(description="Number of the generation that began with this entry, if it was a redrive."),
    ] = None
    requested_by: Annotated[
        Requester | None,
        Field(description="Client that requested the cancellation, the redrive, or that the task run now."),
    ] = None
    amended: Annotated[
        Amended | None,
        Field(description="Record of the amendment, if the redrive replaced the payload."),
    ] = None
    omitted: Annotated[
        int | None, Field(description="Number of entries that were dropped before this one.")
    ] = None

    @property
    def waits_for(self) -> Wait | None:
        """Reason why the task waits; None unless this entry is PARKED."""
        if self.status is not Status.PARKED:
            return None
        if self.parked_for is not None:
            return self.parked_for
        if self.circuit is not None:
            return Wait.CIRCUIT
        return Wait.TURN if self.retry_delay_seconds is None else Wait.RETRY

    @property
    def retry_at(self) -> datetime | None:
        """Time at which the next attempt may begin; None unless a retry follows."""
        if self.retry_delay_seconds is None:
            return None
        return self.at + timedelta(seconds=self.retry_delay_seconds)

    @property
    def reports_attempt(self) -> bool:
        """Whether this entry begins or ends an attempt that counts."""
        return self.status in _REPORT_AN_ATTEMPT or (self.waits_for is Wait.RETRY and self.error is not None)


_REPORT_AN_ATTEMPT = (Status.PROCESSING, Status.RETRYING, Status.SUCCEEDED, Status.DEAD_LETTERED)


def with_attempts(entries: Sequence[HistoryEntry]) -> list[HistoryEntry]:
    """Number the attempts of a stored history, and add LOST_ATTEMPT to those that were lost.

    A claim cannot store the number of its attempt, since one conditional write both appends to the history
    and increments the counter; the numbers therefore follow from the order of the entries. An attempt was
    lost if it is followed by another PROCESSING, by a PARKED without an error or a circuit, or by a
    DEAD_LETTERED with LOST_ATTEMPT.
    """
    numbered: list[HistoryEntry] = []
    attempt = 0
    for entry, following in zip(entries, [*entries[1:], None], strict=True):
        changes: dict[str, object] = {}
        if entry.generation is not None:
            attempt = 0
        if entry.attempt is not None:  # the history was shortened
            attempt = entry.attempt
        elif entry.status is Status.PROCESSING and not _gave_back(following):
            attempt += 1
            if following is not None and _shows_a_loss(following):
                changes["error"] = LOST_ATTEMPT
        if attempt and entry.reports_attempt and not _gave_back(following):
            changes["attempt"] = attempt
        numbered.append(entry.model_copy(update=changes))
    return numbered


def shortened(entries: Sequence[HistoryEntry]) -> list[HistoryEntry] | None:
    """Truncate a history with numbered attempts if it exceeds MAX_HISTORY_BYTES.

    The first entry is kept, and the one that began the generation, whose age decides whether probes of a
    circuit count; with as many of the last entries as fit into half the limit. An entry records how many
    entries were dropped before it, and the earliest of the last ones also its attempt number.

    Returns:
        The truncated history; None if the history fits.
    """
    sizes = [_size(entry) for entry in entries]
    if sum(sizes) <= MAX_HISTORY_BYTES:
        return None
    begins = _generation_start(entries, len(entries) - 1)
    kept = len(entries)
    room = MAX_HISTORY_BYTES // 2 - sizes[0] - (sizes[begins] if begins else 0)
    while kept > 2 and sizes[kept - 1] <= room:
        kept -= 1
        room -= sizes[kept]
    attempt = max(
        (entry.attempt or 0 for entry in entries[_generation_start(entries, kept) : kept + 1]), default=0
    )
    head, last = [entries[0]], 0
    if 0 < begins < kept:
        head.append(entries[begins].model_copy(update={"omitted": _omitted(entries, 0, begins)}))
        last = begins
    mark = {"omitted": _omitted(entries, last, kept), **({"attempt": attempt} if attempt else {})}
    return [*head, entries[kept].model_copy(update=mark), *entries[kept + 1 :]]


def _omitted(entries: Sequence[HistoryEntry], last: int, following: int) -> int | None:
    """Return how many entries there were between two that are kept; None if there were none."""
    already = sum(entry.omitted or 0 for entry in entries[last + 1 : following + 1])
    return following - last - 1 + already or None


def _generation_start(entries: Sequence[HistoryEntry], before: int) -> int:
    starts = [n for n in range(before + 1) if entries[n].generation is not None]
    return starts[-1] if starts else 0


def _gave_back(following: HistoryEntry | None) -> bool:
    """Return whether an entry shows that the attempt before it does not count, since a circuit was open."""
    return following is not None and following.waits_for is Wait.CIRCUIT


def _shows_a_loss(following: HistoryEntry) -> bool:
    """Return whether an entry shows that the attempt before it was lost."""
    return following.status is Status.PROCESSING or (
        following.status is Status.PARKED and following.error is None
    )


def _size(entry: HistoryEntry) -> int:
    return len(strict_json.dumps(entry.model_dump(mode="json", by_alias=True, exclude_none=True)).encode())
