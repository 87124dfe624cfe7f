"""Lists of tasks, newest first, page by page, merged from the shards of an index.

The token of a page is the position of the last entry visited, in an order across all shards that does not
depend on how the shards are read. The indexes are eventually consistent: the tasks themselves are read from
the table, and those that no longer match are left out.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StrictStr, ValidationError

from lambdas.domain import strict_json
from lambdas.domain.serialization import JsonModel
from lambdas.domain.task import Task
from lambdas.store.batch_reading import read_items
from lambdas.store.item import SUMMARY_ATTRIBUTES, position, to_task
from lambdas.store.list_sources import Candidate, candidates
from lambdas.store.objects import Objects
from lambdas.store.payloads import Payloads
from lambdas.store.task_filter import TaskFilter

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# A page that would be larger ends early. A function's response has at most 6 MB as JSON, in which the body is
# a single string (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
MAX_PAGE_BYTES = 5 * 1024 * 1024
# Most entries of an index that a page visits, even if few of them match.
MAX_ENTRIES = 2_000
# Most tasks that a page reads, since indexes do not have everything that is compared.
MAX_READS = 300


class InvalidToken(ValueError):
    """The token was not issued by this API, or belongs to another list."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a list.

    Attributes:
        tasks: The tasks, newest first; perhaps fewer than requested, or none, even if there are more.
        next_token: Token for the next page; None on the last one.
    """

    tasks: list[Task]
    next_token: str | None


class _Token(JsonModel):
    of: StrictStr
    # A position is a time, `#` and a task id, and thus shorter; DynamoDB would reject a very long key.
    before: Annotated[StrictStr, Field(min_length=1, max_length=200)]


class TaskListing:
    """Lists of tasks."""

    def __init__(self, client: "DynamoDBClient", table_name: str, objects: Objects) -> None:
        self._client = client
        self._table_name = table_name
        self._payloads = Payloads(client, table_name, timedelta(0), objects)  # it only reads them

    def page(self, wanted: TaskFilter, limit: int, token: str | None, *, whole: bool = True) -> Page:
        """Read a page.

        Args:
            wanted: Which tasks to list.
            limit: Most tasks to return, 1 to 100.
            token: `next_token` of the previous page; None for the first page.
            whole: Whether to read payloads, results and histories too, which are otherwise empty.

        Raises:
            InvalidToken: The token cannot be used here.
            TableOverloaded: The table left some tasks unread.
            ClientError, BotoCoreError: The table rejects the request or is unavailable.
        """
        before = _read(token, wanted) if token else None
        found = candidates(self._client, self._table_name, wanted, limit=limit, before=before)
        entries = _Candidates(found)
        shown: list[Task] = []
        size = 0
        while len(shown) < limit and (task_ids := entries.take(limit - len(shown))):
            for task in self._read_tasks(task_ids, wanted, whole=whole):
                size += bytes_in_answer(task)
                if shown and size > MAX_PAGE_BYTES:
                    return Page(tasks=shown, next_token=_write(position(shown[-1]), wanted))
                shown.append(task)
        place = entries.place_before_more()
        return Page(tasks=shown, next_token=_write(place, wanted) if place else None)

    def _read_tasks(self, task_ids: list[str], wanted: TaskFilter, *, whole: bool) -> list[Task]:
        """Return the matching tasks, in the same order."""
        attributes = () if whole else SUMMARY_ATTRIBUTES
        items = read_items(self._client, self._table_name, task_ids, attributes)
        matching = {task.task_id: task for task in map(to_task, items) if wanted.matches(task)}
        found = [matching[task_id] for task_id in task_ids if task_id in matching]
        return self._payloads.read_all(found) if whole else found


class _Candidates:
    """The entries that a page visits: at most MAX_ENTRIES, and MAX_READS of their tasks."""

    def __init__(self, candidates: Iterator[Candidate]) -> None:
        self._candidates = candidates
        self._looked_at = 0
        self._chosen = 0
        self._place: str | None = None

    def take(self, most: int) -> list[str]:
        """Return the ids of the next tasks that may match; none if there is nothing left to visit."""
        chosen: list[str] = []
        while len(chosen) < most and self._looked_at < MAX_ENTRIES and self._chosen < MAX_READS:
            candidate = next(self._candidates, None)
            if candidate is None:
                break
            self._looked_at += 1
            self._place = candidate.place
            if candidate.may_match:
                self._chosen += 1
                chosen.append(candidate.task_id)
        return chosen

    def place_before_more(self) -> str | None:
        """Return the place of the last entry visited; None if there is none after it."""
        return self._place if next(self._candidates, None) is not None else None


def bytes_in_answer(task: Task) -> int:
    """Return the bytes that a task takes in a function's response, whose body is a string within JSON.

    The body is UTF-8, and its escaped characters are escaped a second time.
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
