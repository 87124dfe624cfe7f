"""A DynamoDB table with short forms of the calls that the tests make."""

from typing import Any


class Table:
    """A table with the key `id`, and short forms of calls; values are DynamoDB's own JSON."""

    def __init__(self, dynamodb: Any, name: str) -> None:
        self.dynamodb = dynamodb
        self.name = name

    def put(self, name: str, **attributes: Any) -> None:
        self.dynamodb.put_item(TableName=self.name, Item={"id": {"S": name}, **attributes})

    def get(self, name: str) -> dict[str, Any] | None:
        answer = self.dynamodb.get_item(TableName=self.name, Key={"id": {"S": name}}, ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def update(self, name: str, expression: str, condition: str | None = None, **values: Any) -> Any:
        """Update an item and return its new attributes; names of values are given without their colon."""
        options: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
        if values:
            options["ExpressionAttributeValues"] = {f":{key}": value for key, value in values.items()}
        return self.dynamodb.update_item(
            TableName=self.name,
            Key={"id": {"S": name}},
            UpdateExpression=expression,
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **options,
        )["Attributes"]


def _n(number: int) -> dict[str, str]:
    return {"N": str(number)}
