"""Definitions of the task table's global secondary indexes, from which `infra` creates them."""

from typing import Any, NamedTuple

from lambdas.domain.lifecycle import Status


class Index(NamedTuple):
    """A global secondary index.

    Attributes:
        name: Name of the index.
        partition: Attribute of the partition key; each of its values is a shard.
        sort: Attribute of the sort key.
        includes: Attributes that are projected besides the keys.
    """

    name: str
    partition: str
    sort: str
    includes: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, str]:
        """Attributes of the partition key and the sort key."""
        return self.partition, self.sort

    @property
    def projection(self) -> dict[str, Any]:
        """Projection in the form that DynamoDB's API and CloudFormation take."""
        if not self.includes:
            return {"ProjectionType": "KEYS_ONLY"}
        return {"ProjectionType": "INCLUDE", "NonKeyAttributes": [*self.includes]}


# These attributes are set at submission and never changed, so that no later write updates the entries.
_SUBMITTED = ("type", "orderingKey", "reference", "tags")

BY_STATE = Index(
    "by-state", "statusShard", "position", ("status", "attempts", "error", "updatedAt", *_SUBMITTED)
)
BY_SUBMISSION = Index("by-submission", "shard", "position", _SUBMITTED)
BY_RELEASE = Index("by-release", "release", "releaseAt")
BY_ORDERING_KEY = Index("by-ordering-key", "orderingKey", "position")
BY_REFERENCE = Index("by-reference", "reference", "position")


def status_shard(status: Status, shard: int) -> str | None:
    """Return a partition key of index by-state, such as `RETRYING#3`; None for a state that is not in it.

    Two exceptions each save a write per task: PROCESSING tasks share the shards of PENDING ones, so that a
    claim updates the entry in place, and tasks that have SUCCEEDED are not in the index.
    """
    if status is Status.SUCCEEDED:
        return None
    return f"{Status.PENDING if status is Status.PROCESSING else status}#{shard}"


def status_shards(statuses: tuple[Status, ...], shards: int) -> list[str]:
    """Return the partition keys of index by-state that cover the given states, without duplicates."""
    keys = (status_shard(status, shard) for status in statuses for shard in range(shards))
    return list(dict.fromkeys(key for key in keys if key is not None))
