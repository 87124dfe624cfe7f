"""Reading one shard of an index of the task table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lambdas.store.attribute_values import marshal, unmarshal
from lambdas.store.indexes import Index

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


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
