"""The indexes of the task table. `infra` creates them by these names."""

from typing import Any, NamedTuple


class Index(NamedTuple):
    """A global secondary index.

    Attributes:
        name: The index's name.
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
        """What its entries have, as DynamoDB's API and CloudFormation name it."""
        if not self.includes:
            return {"ProjectionType": "KEYS_ONLY"}
        return {"ProjectionType": "INCLUDE", "NonKeyAttributes": [*self.includes]}


BY_STATUS = Index("by-status", "statusShard", "position")
BY_TIME = Index("by-time", "shard", "position")
BY_RELEASE = Index("by-release", "release", "releaseAt")
