"""Lists of tasks, newest first, page by page, merged from the shards of an index.

The token of a page is the position of the last entry that was looked at, in the order of all shards, which
does not depend on how the shards are read. The indexes are eventually consistent: the tasks themselves are
read from the table, and those that no longer match are left out.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StrictStr, ValidationError

from lambdas.domain import strict_json
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel
from lambdas.domain.task import Task
from lambdas.store.batch_reading import read_items
from lambdas.store.indexes import BY_ORDERING_KEY, BY_STATE, BY_SUBMISSION, Index, status_shards
from lambdas.store.item import SHARDS, position, to_task
from lambdas.store.payloads import Payloads
from lambdas.store.shards import Entry, read_shards
from lambdas.store.task_filter import TaskFilter

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# A page that would be larger ends early. A function's answer has at most 6 MB as JSON, in which the body is
# one string (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
MAX_PAGE_BYTES = 5 * 1024 * 1024
# A page looks at so many entries of an index at most, however few of them match.
MAX_ENTRIES = 2_000
# Entries of a shard that are read in one call where few of them match.
SELECTIVE_PAGE_SIZE = 250


class InvalidToken(ValueError):
    """The token was not issued by this API, or belongs to another list."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a list.

    Attributes:
        tasks: The tasks, newest first; perhaps fewer than asked for, or none, although there are more.
        next_token: Asks for the next page; None on the last one.
    """

    tasks: list[Task]
    next_token: str | None


class _Token(JsonModel):
    of: StrictStr
    # A position is a time, `#` and a task id, which is shorter; DynamoDB would refuse a very long key.
    before: Annotated[StrictStr, Field(min_length=1, max_length=200)]


class TaskListing:
    """Reads lists of tasks."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._payloads = Payloads(client, table_name, timedelta(0))  # it only reads them

    def page(self, wanted: TaskFilter, limit: int, token: str | None) -> Page:
        """Read a page.

        Args:
            wanted: Which tasks to list.
            limit: Number of tasks at most, 1 to 100.
            token: `next_token` of the page before; None for the first page.

        Raises:
            InvalidToken: The token cannot be used here.
            TableOverloaded: The table has left some tasks unread.
            ClientError, BotoCoreError: The table refuses or is away.
        """
        before = _read(token, wanted) if token else wanted.end_position
        entries = _Entries(self._entries(wanted, limit, before), wanted)
        shown: list[Task] = []
        size = 0
        while len(shown) < limit and (task_ids := entries.take(limit - len(shown))):
            for task in self._read_tasks(task_ids, wanted):
                size += bytes_in_answer(task)
                if shown and size > MAX_PAGE_BYTES:
                    return Page(tasks=shown, next_token=_write(position(shown[-1]), wanted))
                shown.append(task)
        place = entries.place_before_more()
        return Page(tasks=shown, next_token=_write(place, wanted) if place else None)

    def _entries(self, wanted: TaskFilter, limit: int, before: str | None) -> Iterator[Entry]:
        """Yield the entries of the index that has the fewest others than the wanted tasks, newest first."""
        index, keys = _source(wanted)
        return read_shards(
            self._client,
            self._table_name,
            index,
            keys,
            first=wanted.first_position,
            before=before,
            newest_first=True,
            # All shards have about as many of the newest tasks; one that has more is read on.
            page_size=SELECTIVE_PAGE_SIZE if wanted.is_selective else limit // len(keys) + 5,
        )

    def _read_tasks(self, task_ids: list[str], wanted: TaskFilter) -> list[Task]:
        """Return the tasks that match, in the same order."""
        items = read_items(self._client, self._table_name, task_ids)
        found = {task.task_id: task for task in map(to_task, items) if wanted.matches(task)}
        return self._payloads.read_all([found[task_id] for task_id in task_ids if task_id in found])


class _Entries:
    """The entries that a page looks at, MAX_ENTRIES at most."""

    def __init__(self, entries: Iterator[Entry], wanted: TaskFilter) -> None:
        self._entries = entries
        self._wanted = wanted
        self._looked_at = 0
        self._place: str | None = None

    def take(self, most: int) -> list[str]:
        """Return the ids of the next tasks that may match; none when there is nothing more to look at."""
        chosen: list[str] = []
        while len(chosen) < most and self._looked_at < MAX_ENTRIES:
            entry = next(self._entries, None)
            if entry is None:
                break
            self._looked_at += 1
            self._place = entry.place
            if self._wanted.may_match(entry.attributes):
                chosen.append(entry.task_id)
        return chosen

    def place_before_more(self) -> str | None:
        """Return the place of the last entry that was looked at; None when there is none behind it."""
        return self._place if next(self._entries, None) is not None else None


def _source(wanted: TaskFilter) -> tuple[Index, list[str]]:
    """Return an index and its shards that have all wanted tasks."""
    if wanted.ordering_key is not None:
        return BY_ORDERING_KEY, [wanted.ordering_key]
    if wanted.statuses and Status.SUCCEEDED not in wanted.statuses:
        return BY_STATE, status_shards(wanted.statuses, SHARDS)
    return BY_SUBMISSION, [str(shard) for shard in range(SHARDS)]


def bytes_in_answer(task: Task) -> int:
    """Return how many bytes of a function's answer a task takes, its body being a string within JSON.

    The body is UTF-8, and what is escaped in it is escaped a second time.
    """
    return len(json.dumps(task.model_dump_json(by_alias=True), ensure_ascii=False).encode())


def _write(before: str, wanted: TaskFilter) -> str:
    text = strict_json.dumps({"of": wanted.digest, "before": before})
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read(token: str, wanted: TaskFilter) -> str:
    try:
        text = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        value = _Token.model_validate(strict_json.loads(text))
    except (ValueError, ValidationError) as error:
        raise InvalidToken("is not a token that this API gave") from error
    if value.of != wanted.digest:
        raise InvalidToken("belongs to another list")
    return value.before
