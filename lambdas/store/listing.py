"""Lists of tasks, newest first: merged from the shards of an index, page by page.

A page's token is the place after its last task in the order of all shards, so that it means the same
however the shards are read. The indexes are eventually consistent and hold keys alone; the tasks are
read from the table, and those that have left the asked-for state meanwhile are left out.
"""

import base64
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StrictStr, ValidationError

from lambdas.domain import strict_json
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel
from lambdas.domain.task import Task
from lambdas.store.batch_reading import read_items
from lambdas.store.item import SHARDS, marshal, position, status_shard, to_task, unmarshal

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# A function answers at most 6 MB
# (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html), escapes included: a page
# that gets larger ends early.
MAX_PAGE_BYTES = 3 * 1024 * 1024


class InvalidToken(ValueError):
    """The token is none of ours, or of a list by another state."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """`next_token` is None on the last page."""

    tasks: list[Task]
    next_token: str | None


class _Token(JsonModel):
    status: Status | None
    # A key's value that DynamoDB would refuse is no token of ours: a time, `#` and a task id are shorter.
    before: Annotated[StrictStr, Field(min_length=1, max_length=200)]


class TaskListing:
    """Reads lists of tasks.

    Raises TableOverloaded, or botocore's ClientError or BotoCoreError, when the table refuses or is away.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def page(self, status: Status | None, limit: int, token: str | None) -> Page:
        """Up to `limit` tasks (1 to 100), from where `token` says.

        Raises:
            InvalidToken: the token cannot be used here.
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
            size += len(task.model_dump_json(by_alias=True))
            if shown and size > MAX_PAGE_BYTES:
                return Page(tasks=shown, next_token=_write(position(shown[-1]), status))
            shown.append(task)
        last = found[limit - 1][0] if len(found) > limit else None
        return Page(tasks=shown, next_token=_write(last, status) if last else None)

    def _positions(
        self, status: Status | None, shard: int, before: str | None, wanted: int
    ) -> Iterator[tuple[str, str]]:
        """(position, task id) in one shard, newest first."""
        names = {"#key": "statusShard" if status else "shard"}
        values: dict[str, object] = {":key": status_shard(status, shard) if status else str(shard)}
        condition = "#key = :key"
        if before is not None:
            names["#position"], values[":before"] = "position", before
            condition += " AND #position < :before"
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            IndexName="by-status" if status else "by-time",
            KeyConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=marshal(values),
            ScanIndexForward=False,
            PaginationConfig={"PageSize": wanted},
        )
        for page in pages:
            for item in page["Items"]:
                key = unmarshal(item)
                yield key["position"], key["taskId"]

    def _read_tasks(self, task_ids: list[str]) -> dict[str, Task]:
        """The tasks by id, those that are gone left out."""
        tasks = [to_task(item) for item in read_items(self._client, self._table_name, task_ids)]
        return {task.task_id: task for task in tasks}


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
