"""Queries that merge the shards of an index."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from lambdas.store.attribute_values import marshal, unmarshal
from lambdas.store.indexes import Index

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class Entry(NamedTuple):
    """An entry of an index: its sort key, the task's id, and all attributes."""

    place: str
    task_id: str
    attributes: Mapping[str, Any]


def read_shards(
    client: "DynamoDBClient",
    table_name: str,
    index: Index,
    keys: Iterable[str],
    *,
    first: str | None = None,
    before: str | None = None,
    newest_first: bool = False,
    page_size: int,
) -> Iterator[Entry]:
    """Yield the entries of several shards in the order of the sort key, or in reverse order.

    Args:
        client: DynamoDB client.
        table_name: Name of the table.
        index: The index.
        keys: The shards, as values of the partition key.
        first: Lowest sort key, inclusive; None for no limit.
        before: Upper limit of the sort keys, exclusive; None for no limit.
        newest_first: Whether to yield the entries in reverse order.
        page_size: Number of entries of a shard to read in one call.
    """
    shards = (
        _read_shard(client, table_name, index, key, (first, before), newest_first, page_size) for key in keys
    )
    return heapq.merge(*shards, key=lambda entry: entry[:2], reverse=newest_first)


def _read_shard(
    client: "DynamoDBClient",
    table_name: str,
    index: Index,
    key: str,
    between: tuple[str | None, str | None],
    newest_first: bool,
    page_size: int,
) -> Iterator[Entry]:
    names, values = {"#key": index.partition}, {":key": key}
    condition = "#key = :key"
    first, before = between
    if first is not None:
        values[":first"] = first
    if before is not None:
        values[":before"] = before
    # A key condition can compare the sort key only once, and BETWEEN includes the end, which is removed
    # below:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
    match first, before:
        case None, None:
            pass
        case None, _:
            condition += " AND #sort < :before"
        case _, None:
            condition += " AND #sort >= :first"
        case _:
            condition += " AND #sort BETWEEN :first AND :before"
    if between != (None, None):
        names["#sort"] = index.sort
    if first is not None and before is not None and first >= before:
        return
    pages = client.get_paginator("query").paginate(
        TableName=table_name,
        IndexName=index.name,
        KeyConditionExpression=condition,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=marshal(values),
        ScanIndexForward=not newest_first,
        PaginationConfig={"PageSize": page_size},
    )
    for page in pages:
        for item in page["Items"]:
            found = unmarshal(item)
            if found[index.sort] != before:
                yield Entry(found[index.sort], found["taskId"], found)
