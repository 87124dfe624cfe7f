"""A task's history: what is stored, what is shown of it, and how it is kept from growing without end."""

from collections.abc import Sequence

from lambdas.domain import strict_json
from lambdas.domain.errors import LOST_ATTEMPT, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import STORED, JsonModel, Timestamp

# Of an item's 400 KB a payload may take 200 and a result 100; a history that has grown to this is shortened
# to half of it. (One step has at most about 4.5 KB: an error's message of 1,000 characters.)
MAX_HISTORY_BYTES = 64 * 1024


class HistoryEntry(JsonModel):
    """One step of a task's life: `{at, status, attempt?, error?, retryDelaySeconds?, circuit?, generation?,
    omitted?}`.

    Attributes:
        circuit: on PARKED, the dependency whose circuit is open; the attempt before it does not count.
        generation: on the step that began a generation after the first.
        omitted: how many steps before this one are no longer kept.
    """

    model_config = STORED

    at: Timestamp
    status: Status
    attempt: int | None = None
    error: TaskError | None = None
    retry_delay_seconds: int | None = None
    circuit: str | None = None
    generation: int | None = None
    omitted: int | None = None


_SHOW_THEIR_ATTEMPT = (Status.PROCESSING, Status.RETRYING, Status.SUCCEEDED, Status.DEAD_LETTERED)


def with_attempts(entries: Sequence[HistoryEntry]) -> list[HistoryEntry]:
    """Number the attempts in a history as stored, and show the lost ones.

    A claim cannot write its own attempt's number, since one conditional write both adds to the
    history and counts; the numbers follow from the order of the entries. An attempt that is followed
    by another PROCESSING, or by waiting for a turn, never reported back: it was lost. (So was one that
    ends in a DEAD_LETTERED with LOST_ATTEMPT; there the last entry tells.)
    """
    numbered: list[HistoryEntry] = []
    attempt = 0
    for entry, following in zip(entries, [*entries[1:], None], strict=True):
        changes: dict[str, object] = {}
        if entry.generation is not None:
            attempt = 0
        if entry.attempt is not None:  # of a shortened history
            attempt = entry.attempt
        elif entry.status is Status.PROCESSING and not _gave_back(following):
            attempt += 1
            if following is not None and following.status in (Status.PROCESSING, Status.PARKED):
                changes["error"] = LOST_ATTEMPT
        if attempt and entry.status in _SHOW_THEIR_ATTEMPT and not _gave_back(following):
            changes["attempt"] = attempt
        numbered.append(entry.model_copy(update=changes))
    return numbered


def shortened(entries: Sequence[HistoryEntry]) -> list[HistoryEntry] | None:
    """A history with numbered attempts as it is to be stored from now on; None when it is not too long.

    The first step stays, and as many of the last as fit; the first of those tells how many are missing,
    and the attempt that it belongs to.
    """
    sizes = [_size(entry) for entry in entries]
    if sum(sizes) <= MAX_HISTORY_BYTES:
        return None
    kept = len(entries)
    room = MAX_HISTORY_BYTES // 2 - sizes[0]
    while kept > 2 and sizes[kept - 1] <= room:
        kept -= 1
        room -= sizes[kept]
    attempt = max(
        (entry.attempt or 0 for entry in entries[_generation_start(entries, kept) : kept + 1]), default=0
    )
    omitted = kept - 1 + sum(entry.omitted or 0 for entry in entries[1 : kept + 1])
    mark = {"omitted": omitted, **({"attempt": attempt} if attempt else {})}
    return [entries[0], entries[kept].model_copy(update=mark), *entries[kept + 1 :]]


def _generation_start(entries: Sequence[HistoryEntry], before: int) -> int:
    starts = [n for n in range(before + 1) if entries[n].generation is not None]
    return starts[-1] if starts else 0


def _gave_back(following: HistoryEntry | None) -> bool:
    """Whether the attempt before this step was not used: the circuit of what it needs was open."""
    return following is not None and following.status is Status.PARKED and following.circuit is not None


def _size(entry: HistoryEntry) -> int:
    return len(strict_json.dumps(entry.model_dump(mode="json", by_alias=True, exclude_none=True)).encode())
