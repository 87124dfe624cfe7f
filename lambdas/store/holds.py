"""Holds: kinds of work that are paused, and circuits that are held open by hand.

A hold is a record of the circuits' table with the id `hold`. Its name is the key under which tasks wait for
it in index by-release: `kind/{type}` or `circuit/{dependency}`. It is in effect while it has the attribute
`since`. After a pause has ended, its record is kept until no task of the kind waits any longer, because
release_tasks uses it to find these tasks.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lambdas.domain.requester import Requester
from lambdas.store.attribute_values import marshal, unmarshal
from lambdas.store.circuit_records import HOLDS
from lambdas.store.parked_marks import LASTS_SECONDS, NotedMarks, RestingMarks
from lambdas.store.stored_times import to_milliseconds, to_moment
from lambdas.store.waiting_keys import KIND, kind_key

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

NOTICED_WITHIN_SECONDS = 5.0
"""Time in seconds within which all execution environments notice that a hold has begun or ended."""


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A stored hold.

    Attributes:
        key: Key under which tasks wait for it: a `kind_key` or a `circuit_key`.
        since: Time at which it began; None once it has been lifted.
        lifted_at: Time at which it was lifted; None while it is in effect.
        reason: Reason that the client gave, if any.
        by: Client that last requested it; None once it has been lifted.
        parked_at: Unix time at which its mark of parked tasks was last renewed; 0 if it never was.
    """

    key: str
    since: datetime | None = None
    lifted_at: datetime | None = None
    reason: str | None = None
    by: Requester | None = None
    parked_at: int = 0

    @property
    def kind(self) -> str | None:
        """Name of the paused kind; None for the hold of a circuit."""
        return self.key.removeprefix(KIND) if self.key.startswith(KIND) else None

    def is_over(self, now: datetime) -> bool:
        """Return whether the hold was lifted long enough ago for all execution environments to notice."""
        if self.since is not None:
            return False
        return self.lifted_at is None or (now - self.lifted_at).total_seconds() >= NOTICED_WITHIN_SECONDS


class Holds:
    """Reads and writes the holds of a stage.

    Every method raises botocore's ClientError or BotoCoreError if the table rejects a request or is
    unavailable, and can be retried.

    Args:
        client: DynamoDB client.
        table_name: Name of the circuits' table.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._noted = NotedMarks()
        self._resting = RestingMarks()

    def begin(self, key: str, *, reason: str | None, by: Requester, at: datetime) -> Hold:
        """Begin a hold; one that is already in effect keeps its start time and gets the new reason.

        Returns:
            The hold as stored.
        """
        because = ", reason = :reason" if reason is not None else ""
        answer = self._client.update_item(
            **self._record(key),
            UpdateExpression=f"SET since = if_not_exists(since, :now), #by = :by{because} "
            f"REMOVE liftedAt{'' if because else ', reason'}",
            ExpressionAttributeNames={"#by": "by"},
            ExpressionAttributeValues=marshal(
                {":now": to_milliseconds(at), ":by": _plain(by), ":reason": reason}
            ),
            ReturnValues="ALL_NEW",
        )
        return _hold(answer["Attributes"])

    def lift(self, key: str, *, at: datetime) -> bool:
        """End a hold; return False if none was in effect."""
        try:
            self._client.update_item(
                **self._record(key),
                UpdateExpression="SET liftedAt = :now REMOVE since, reason, #by",
                ConditionExpression="attribute_exists(since)",
                ExpressionAttributeNames={"#by": "by"},
                ExpressionAttributeValues=marshal({":now": to_milliseconds(at)}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def read(self) -> Iterator[Hold]:
        """Yield all holds, including lifted ones that tasks may still wait for."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues=marshal({":id": HOLDS}),
            ConsistentRead=True,
        )
        for page in pages:
            yield from map(_hold, page["Items"])

    def current(self) -> dict[str, Hold]:
        """Return the holds that are in effect, by key."""
        return {hold.key: hold for hold in self.read() if hold.since is not None}

    def rests(self, hold: Hold) -> bool:
        """Return whether a lifted hold had no parked tasks at the last look, and needs no other one yet."""
        return self._resting.rests(hold.key, hold.parked_at)

    def note_parked(self, kind: str) -> None:
        """Mark a kind as having parked tasks; call this before parking a task."""
        if self._noted.is_recent(kind):
            return
        now = time.time()
        self._client.update_item(
            **self._record(kind_key(kind)),
            UpdateExpression="SET lastParkedAt = :now",
            ExpressionAttributeValues=marshal({":now": int(now)}),
        )
        self._noted.noted(kind, now)

    def forget(self, key: str) -> None:
        """Delete the record of a hold without parked tasks, unless it is in effect or was marked recently."""
        self._resting.found_none(key)
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.delete_item(
                **self._record(key),
                ConditionExpression="attribute_not_exists(since) AND "
                "(attribute_not_exists(lastParkedAt) OR lastParkedAt < :long_ago)",
                ExpressionAttributeValues=marshal({":long_ago": int(time.time()) - LASTS_SECONDS}),
            )

    def _record(self, key: str) -> dict[str, Any]:
        return {"TableName": self._table_name, "Key": marshal({"id": HOLDS, "name": key})}


def _hold(item: dict[str, Any]) -> Hold:
    values = unmarshal(item)
    since, lifted_at, by = values.get("since"), values.get("liftedAt"), values.get("by")
    return Hold(
        key=values["name"],
        since=None if since is None else to_moment(since),
        lifted_at=None if lifted_at is None else to_moment(lifted_at),
        reason=values.get("reason"),
        by=None if by is None else Requester.model_validate(by),
        parked_at=int(values.get("lastParkedAt", 0)),
    )


def _plain(by: Requester) -> dict[str, str]:
    return by.model_dump(by_alias=True, exclude_none=True)
