"""Choice of the indexes and shards to read for a filter."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from lambdas.domain.lifecycle import Status
from lambdas.store.indexes import BY_ORDERING_KEY, BY_REFERENCE, BY_STATE, BY_SUBMISSION, Index, status_shards
from lambdas.store.item import SHARDS
from lambdas.store.shards import read_shards
from lambdas.store.task_filter import TaskFilter

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# Entries of a shard to read in one call if few of them may match.
SELECTIVE_PAGE_SIZE = 250


@dataclass(frozen=True)
class Source:
    """An index, and the shards of it that a list reads."""

    index: Index
    keys: list[str]


class Candidate(NamedTuple):
    """An entry that a list visits: its place in the list, the task's id, and whether the task may match."""

    place: str
    task_id: str
    may_match: bool


def sources(wanted: TaskFilter) -> list[Source]:
    """Return the indexes and shards that together cover all matching tasks; none if no task can match.

    A search for a text reads two indexes, since only by-state includes errors, and only by-submission
    includes the tasks that have succeeded.
    """
    if wanted.reference is not None:
        return [Source(BY_REFERENCE, [wanted.reference])]
    if wanted.ordering_key is not None:
        return [Source(BY_ORDERING_KEY, [wanted.ordering_key])]
    statuses = wanted.possible_statuses
    by_state = [Source(BY_STATE, keys)] if (keys := status_shards(statuses, SHARDS)) else []
    if Status.SUCCEEDED not in statuses:
        return by_state
    by_submission = [Source(BY_SUBMISSION, [str(shard) for shard in range(SHARDS)])]
    return [*by_state, *by_submission] if wanted.text is not None else by_submission


def candidates(
    client: "DynamoDBClient",
    table_name: str,
    wanted: TaskFilter,
    *,
    limit: int = 0,
    before: str | None = None,
    after: str | None = None,
    newest_first: bool = True,
    page_size: int | None = None,
) -> Iterator[Candidate]:
    """Yield the tasks in a filter's sources, sorted by submission and without duplicates.

    A task has several entries if it is in two sources, or changed between the reads of two shards.

    Args:
        client: DynamoDB client.
        table_name: Name of the task table.
        wanted: Filter of the list.
        limit: Number of tasks requested.
        before: Yield only places before this one; None for no limit other than the filter's.
        after: Yield only places after this one; None for no limit.
        newest_first: Whether to yield the most recently submitted tasks first.
        page_size: Number of entries of a shard to read in one call; None to derive it from the filter and the
            limit.
    """
    before = wanted.end_position if before is None else before
    first = wanted.first_position if after is None else max(after, wanted.first_position or after)
    found = heapq.merge(
        *(
            _read(
                client,
                table_name,
                wanted,
                source,
                (first, before),
                newest_first,
                page_size or _page_size(wanted, source, limit),
            )
            for source in sources(wanted)
        ),
        key=_identity,
        reverse=newest_first,
    )
    for (place, task_id), entries in groupby(found, key=_identity):
        if place != after:
            yield Candidate(place, task_id, any(entry.may_match for entry in entries))


def _page_size(wanted: TaskFilter, source: Source, limit: int) -> int:
    if wanted.is_selective:
        return SELECTIVE_PAGE_SIZE
    # The newest tasks are usually spread evenly over the shards; a shard with more of them takes a second
    # call.
    return limit // len(source.keys) + 5


def _identity(candidate: Candidate) -> tuple[str, str]:
    return candidate.place, candidate.task_id


def _read(
    client: "DynamoDBClient",
    table_name: str,
    wanted: TaskFilter,
    source: Source,
    between: tuple[str | None, str | None],
    newest_first: bool,
    page_size: int,
) -> Iterator[Candidate]:
    first, before = between
    entries = read_shards(
        client,
        table_name,
        source.index,
        source.keys,
        first=first,
        before=before,
        newest_first=newest_first,
        page_size=page_size,
    )
    for entry in entries:
        may_match = wanted.may_match(entry.attributes, source.index.includes)
        yield Candidate(entry.place, entry.task_id, may_match)
