"""Paginated lists of tasks, newest first, merged from the shards of an index.

The token of a page is the place of the last visited entry in the order of submission, which is the same
however the shards are read. Since the indexes are eventually consistent, the tasks are then read from the
table, and those that no longer match are left out.
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

# A page ends early at this size. A function's response has at most 6 MB as JSON, in which the body is a
# string (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
MAX_PAGE_BYTES = 5 * 1024 * 1024
# Maximum number of whole tasks to read at a time. A hundred of the largest are 40 MB of JSON, of which a page
# holds 5, and they would take more memory as Python objects than a function has.
MAX_WHOLE_READS = 10
# Maximum number of index entries that a page visits, however few match.
MAX_ENTRIES = 2_000
# Maximum number of tasks that a page reads, since an index lacks some attributes that a filter compares.
MAX_READS = 300


class InvalidToken(ValueError):
    """The token was not issued by this API, or belongs to another list."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a list.

    Attributes:
        tasks: The tasks, newest first; even before the last page there may be fewer than requested, or none.
        next_token: Token of the next page; None if this is the last one.
    """

    tasks: list[Task]
    next_token: str | None


class _Token(JsonModel):
    of: StrictStr
    # A place is a time, `#` and a task id, and thus shorter; DynamoDB would reject a very long key.
    before: Annotated[StrictStr, Field(min_length=1, max_length=200)]


class TaskListing:
    """Reader of the task list, page by page."""

    def __init__(self, client: "DynamoDBClient", table_name: str, objects: Objects) -> None:
        self._client = client
        self._table_name = table_name
        self._payloads = Payloads(client, table_name, timedelta(0), objects)  # only reads payloads

    def page(self, wanted: TaskFilter, limit: int, token: str | None, *, whole: bool = True) -> Page:
        """Read a page of the list.

        Args:
            wanted: The filter that listed tasks must match.
            limit: Maximum number of tasks, 1 to 100.
            token: `next_token` of the previous page; None for the first page.
            whole: Whether to read payloads, results and histories, which are otherwise empty.

        Raises:
            InvalidToken: The token is malformed or belongs to another list.
            TableOverloaded: Some tasks could not be read.
            ClientError, BotoCoreError: The table rejects the request or is unavailable.
        """
        before = _read(token, wanted) if token else None
        found = candidates(self._client, self._table_name, wanted, limit=limit, before=before)
        entries = _Candidates(found)
        shown: list[Task] = []
        size = 0
        at_once = MAX_WHOLE_READS if whole else limit
        while len(shown) < limit and (task_ids := entries.take(min(at_once, limit - len(shown)))):
            for task in self._read_tasks(task_ids, wanted, whole=whole):
                size += bytes_in_answer(task)
                if shown and size > MAX_PAGE_BYTES:
                    return Page(tasks=shown, next_token=_write(position(shown[-1]), wanted))
                shown.append(task)
        place = entries.place_before_more()
        return Page(tasks=shown, next_token=_write(place, wanted) if place else None)

    def _read_tasks(self, task_ids: list[str], wanted: TaskFilter, *, whole: bool) -> list[Task]:
        """Read tasks and return those that match, in the given order."""
        attributes = () if whole else SUMMARY_ATTRIBUTES
        items = read_items(self._client, self._table_name, task_ids, attributes)
        matching = {task.task_id: task for task in map(to_task, items) if wanted.matches(task)}
        found = [matching[task_id] for task_id in task_ids if task_id in matching]
        return self._payloads.read_all(found) if whole else found


class _Candidates:
    """Entries for one page, limited to MAX_ENTRIES visited entries and MAX_READS tasks to read."""

    def __init__(self, candidates: Iterator[Candidate]) -> None:
        self._candidates = candidates
        self._looked_at = 0
        self._chosen = 0
        self._place: str | None = None

    def take(self, most: int) -> list[str]:
        """Return the ids of up to `most` further tasks that may match; none at the end of the page."""
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
        """Return the place of the last visited entry; None if no entry follows it."""
        return self._place if next(self._candidates, None) is not None else None


def bytes_in_answer(task: Task) -> int:
    """Return the number of bytes that a task takes in a function's response.

    The response is JSON in which the body is a string, so the body's escaped characters are escaped again.
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
        raise InvalidToken("is not a token issued by this API") from error
    if value.of != wanted.digest:
        raise InvalidToken("belongs to another list")
    return value.before
