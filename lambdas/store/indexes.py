"""The indexes of the task table, and reading one shard of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from lambdas.store.item import marshal, unmarshal

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class Index(NamedTuple):
    """A global secondary index, which has keys only.

    Attributes:
        name: The index's name.
        partition: Attribute of the partition key; a shard is one value of it.
        sort: Attribute of the sort key.
    """

    name: str
    partition: str
    sort: str


BY_STATUS = Index("by-status", "statusShard", "position")
BY_TIME = Index("by-time", "shard", "position")
BY_RELEASE = Index("by-release", "release", "releaseAt")


def read_shard(
    client: "DynamoDBClient",
    table_name: str,
    index: Index,
    key: str,
    *,
    before: str | None = None,
    newest_first: bool = False,
    page_size: int,
) -> Iterator[tuple[str, str]]:
    """Yield (sort key, task id) of one shard in the order of the sort key, or in the reverse order.

    Args:
        client: DynamoDB's client.
        table_name: The table.
        index: The index.
        key: The shard, a value of the partition key.
        before: Only sort keys before this one; None for all.
        newest_first: Whether to read in the reverse order.
        page_size: Number of items to read in one call.
    """
    names, values = {"#key": index.partition}, {":key": key}
    condition = "#key = :key"
    if before is not None:
        names["#sort"], values[":before"] = index.sort, before
        condition += " AND #sort < :before"
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
            yield found[index.sort], found["taskId"]
