"""The indexes of the task table. `infra` creates them by these names."""

from typing import NamedTuple


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
