"""Lanes: the order of an ordering key's tasks, where the queue's own does not suffice.

A message group is in order as long as its messages come once, or come again in time. It no longer is
when a task is parked, which acknowledges its message, or when a message is received too often and goes to
the dead-letter queue, past which its followers go
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html).
Then the tasks of the key form a lane: a list of task ids in one item of the task table. Only the first of
a lane may run; who comes while there is a lane joins its end. Lanes are rare and short-lived: a key
whose tasks fare well has none.
"""

from typing import TYPE_CHECKING, Any

from lambdas.aws.item import marshal, unmarshal
from lambdas.aws.step import refused_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# Ids of at most 128 bytes, and an item's limit of 400 KB.
MAX_MEMBERS = 2500


class LaneFull(Exception):
    """No more tasks of this ordering key can be held; the message must stay on its queue."""


class Lanes:
    """The lanes by ordering key.

    Every method raises botocore's ClientError or BotoCoreError when the table refuses or is away, and may
    be repeated.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def members(self, ordering_key: str) -> list[str]:
        """The task ids in the lane, the one whose turn it is first; empty when there is no lane."""
        found = self._client.get_item(TableName=self._table_name, Key=_key(ordering_key), ConsistentRead=True)
        return _members(found.get("Item"))

    def enter(self, ordering_key: str, task_id: str) -> list[str]:
        """Join the end of the lane, unless in it already; the members then.

        Raises:
            LaneFull: there are MAX_MEMBERS.
        """
        try:
            answer = self._client.update_item(
                TableName=self._table_name,
                Key=_key(ordering_key),
                UpdateExpression="SET members = list_append(if_not_exists(members, :none), :us)",
                ConditionExpression="attribute_not_exists(members) OR "
                "(NOT contains(members, :me) AND size(members) < :most)",
                ExpressionAttributeValues=marshal(
                    {":none": [], ":us": [task_id], ":me": task_id, ":most": MAX_MEMBERS}
                ),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            members = _members(refused_item(refusal))
            if task_id not in members:
                raise LaneFull(f"{len(members)} tasks of {ordering_key} wait already") from refusal
            return members
        return _members(answer["Attributes"])

    def leave(self, ordering_key: str, task_id: str) -> list[str]:
        """Leave the lane, if it is this task's turn; the members then. The last one takes the lane away."""
        members = self.members(ordering_key)
        while members and members[0] == task_id:
            members = self._leave(ordering_key, task_id, last=len(members) == 1)
        return members

    def _leave(self, ordering_key: str, task_id: str, *, last: bool) -> list[str]:
        """Leave as the last, or as one that others come after; the members then, unchanged if it is not so.

        Each is one write: who died between two would leave an empty lane behind, which nobody looks for.
        """
        call: Any = self._client.delete_item if last else self._client.update_item
        try:
            answer = call(
                TableName=self._table_name,
                Key=_key(ordering_key),
                **({} if last else {"UpdateExpression": "REMOVE members[0]"}),
                ConditionExpression=f"members[0] = :me AND size(members) {'=' if last else '>'} :one",
                ExpressionAttributeValues=marshal({":me": task_id, ":one": 1}),
                ReturnValues="NONE" if last else "ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            return _members(refused_item(refusal))
        return _members(answer.get("Attributes"))


def _key(ordering_key: str) -> dict[str, dict[str, str]]:
    """No task id has a slash, so that no task meets a lane."""
    return marshal({"taskId": f"lane/{ordering_key}"})


def _members(item: object) -> list[str]:
    if not isinstance(item, dict) or "members" not in item:
        return []
    members: list[str] = unmarshal({"members": item["members"]})["members"]
    return members
