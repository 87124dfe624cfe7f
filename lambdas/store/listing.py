"""Lists of tasks, newest first, page by page, merged from the shards of an index.

The token of a page is the position of its last task in the order of all shards, which does not depend on how
the shards are read. The indexes are eventually consistent and have keys only: the tasks themselves are read
from the table, and those that have left the requested state meanwhile are left out.
"""

import base64
import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StrictStr, ValidationError

from lambdas.domain import strict_json
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel
from lambdas.domain.task import Task
from lambdas.store.batch_reading import read_items
from lambdas.store.indexes import BY_STATUS, BY_TIME
from lambdas.store.item import SHARDS, position, status_shard, to_task
from lambdas.store.payloads import Payloads
from lambdas.store.shards import read_shard

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# A page that would be larger ends early. A function's answer has at most 6 MB as JSON, in which the body is
# one string (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
MAX_PAGE_BYTES = 5 * 1024 * 1024


class InvalidToken(ValueError):
    """The token was not issued by this API, or belongs to a list of another state."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a list.

    Attributes:
        tasks: The tasks, newest first.
        next_token: Asks for the next page; None on the last one.
    """

    tasks: list[Task]
    next_token: str | None


class _Token(JsonModel):
    status: Status | None
    # A position is a time, `#` and a task id, which is shorter; DynamoDB would refuse a very long key.
    before: Annotated[StrictStr, Field(min_length=1, max_length=200)]


class TaskListing:
    """Reads lists of tasks."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._payloads = Payloads(client, table_name, timedelta(0))  # it only reads them

    def page(self, status: Status | None, limit: int, token: str | None) -> Page:
        """Read a page.

        Args:
            status: The state of the tasks; None for any.
            limit: Number of tasks at most, 1 to 100.
            token: `next_token` of the page before; None for the first page.

        Raises:
            InvalidToken: The token cannot be used here.
            TableOverloaded: The table has left some tasks unread.
            ClientError, BotoCoreError: The table refuses or is away.
        """
        before = _read(token, status) if token else None
        shards = (self._positions(status, shard, before, limit + 1) for shard in range(SHARDS))
        found = list(islice(heapq.merge(*shards, reverse=True), limit + 1))
        tasks = self._read_tasks([task_id for _, task_id in found[:limit]])
        shown: list[Task] = []
        size = 0
        for _, task_id in found[:limit]:
            task = tasks.get(task_id)
            if task is None or (status is not None and task.status is not status):
                continue
            size += bytes_in_answer(task)
            if shown and size > MAX_PAGE_BYTES:
                return Page(tasks=shown, next_token=_write(position(shown[-1]), status))
            shown.append(task)
        last = found[limit - 1][0] if len(found) > limit else None
        return Page(tasks=shown, next_token=_write(last, status) if last else None)

    def _positions(
        self, status: Status | None, shard: int, before: str | None, wanted: int
    ) -> Iterator[tuple[str, str]]:
        """Yield (position, task id) of one shard, newest first."""
        return read_shard(
            self._client,
            self._table_name,
            BY_STATUS if status else BY_TIME,
            status_shard(status, shard) if status else str(shard),
            before=before,
            newest_first=True,
            page_size=wanted,
        )

    def _read_tasks(self, task_ids: list[str]) -> dict[str, Task]:
        """Return the tasks by id, without those that have been deleted."""
        tasks = [to_task(item) for item in read_items(self._client, self._table_name, task_ids)]
        tasks = self._payloads.read_all(tasks)
        return {task.task_id: task for task in tasks}


def bytes_in_answer(task: Task) -> int:
    """Return how many bytes of a function's answer a task takes, its body being a string within JSON.

    The body is UTF-8, and what is escaped in it is escaped a second time.
    """
    return len(json.dumps(task.model_dump_json(by_alias=True), ensure_ascii=False).encode())


def _write(before: str, status: Status | None) -> str:
    text = strict_json.dumps({"status": status, "before": before})
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read(token: str, status: Status | None) -> str:
    try:
        text = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        value = _Token.model_validate(strict_json.loads(text))
    except (ValueError, ValidationError) as error:
        raise InvalidToken("is not a token that this API gave") from error
    if value.status != status:
        raise InvalidToken("belongs to a list by another status")
    return value.before
