"""Batch reads of many items."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lambdas.store.attribute_values import Item, marshal

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

MAX_ITEMS = 100
"""Limit of BatchGetItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""

# Pauses before the tries of a batch with unprocessed items: a response has at most 16 MB, and less when the
# table is throttled (same page).
PAUSES_SECONDS = (0, 0.1, 0.2, 0.4, 0.8)


class TableOverloaded(Exception):
    """DynamoDB returned some items of a batch as unprocessed, even after several tries."""


def read_items(
    client: "DynamoDBClient", table_name: str, task_ids: Sequence[str], attributes: Sequence[str] = ()
) -> list[Item]:
    """Read the items of up to MAX_ITEMS tasks.

    Args:
        client: DynamoDB client.
        table_name: Name of the table.
        task_ids: Ids of the tasks.
        attributes: Attributes to read; empty for all.

    Returns:
        The items that exist, in no particular order.

    Raises:
        TableOverloaded: Some items are still unprocessed after the last try.
        ClientError, BotoCoreError: The table rejects the request or is unavailable.
    """
    found: list[Item] = []
    keys = [marshal({"taskId": task_id}) for task_id in task_ids]
    names = {f"#{name}": name for name in attributes}
    projection: dict[str, Any] = (
        {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names} if names else {}
    )
    for pause in PAUSES_SECONDS:
        if not keys:
            return found
        time.sleep(pause)
        request: Any = {"Keys": keys, "ConsistentRead": True, **projection}
        answer: Any = client.batch_get_item(RequestItems={table_name: request})
        found += answer["Responses"].get(table_name, [])
        keys = answer.get("UnprocessedKeys", {}).get(table_name, {}).get("Keys", [])
    if keys:
        raise TableOverloaded(f"{len(keys)} items are unprocessed")
    return found
