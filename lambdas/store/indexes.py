"""The indexes of the task table. `infra` creates them by these names."""

from typing import Any, NamedTuple

from lambdas.domain.lifecycle import Status


class Index(NamedTuple):
    """A global secondary index.

    Attributes:
        name: Name of the index.
        partition: Attribute of the partition key; a shard is one value of it.
        sort: Attribute of the sort key.
        includes: Attributes that its entries have besides keys.
    """

    name: str
    partition: str
    sort: str
    includes: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, str]:
        """The attributes of its keys."""
        return self.partition, self.sort

    @property
    def projection(self) -> dict[str, Any]:
        """The projection as DynamoDB's API and CloudFormation describe it."""
        if not self.includes:
            return {"ProjectionType": "KEYS_ONLY"}
        return {"ProjectionType": "INCLUDE", "NonKeyAttributes": [*self.includes]}


# Set by the submission and never changed, so that no later write touches these entries.
_SUBMITTED = ("type", "orderingKey", "reference", "tags")

BY_STATE = Index(
    "by-state", "statusShard", "position", ("status", "attempts", "error", "updatedAt", *_SUBMITTED)
)
BY_SUBMISSION = Index("by-submission", "shard", "position", _SUBMITTED)
BY_RELEASE = Index("by-release", "release", "releaseAt")
BY_ORDERING_KEY = Index("by-ordering-key", "orderingKey", "position")
BY_REFERENCE = Index("by-reference", "reference", "position")


def status_shard(status: Status, shard: int) -> str | None:
    """Return a key of index by-state, such as `RETRYING#3`; None for a state that is not in it.

    A PROCESSING task stays among the PENDING ones, so that a claim changes its entry in place, and a task
    that has SUCCEEDED leaves the index. Each saves a write per task.
    """
    if status is Status.SUCCEEDED:
        return None
    return f"{Status.PENDING if status is Status.PROCESSING else status}#{shard}"


def status_shards(statuses: tuple[Status, ...], shards: int) -> list[str]:
    """Return the keys of index by-state that cover all tasks in some states, without duplicates."""
    keys = (status_shard(status, shard) for status in statuses for shard in range(shards))
    return list(dict.fromkeys(key for key in keys if key is not None))
