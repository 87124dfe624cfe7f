"""Metrics with a value for each period.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient


@dataclass(frozen=True, kw_only=True)
class Periods:
    """Periods of the same length, one after the other.

    Attributes:
        start: When the first one begins.
        seconds: The length of each, in whole minutes, because metrics have no finer data points.
        count: How many there are.
    """

    start: datetime
    seconds: int
    count: int

    @classmethod
    def until(cls, now: datetime, since: timedelta, count: int) -> Self:
        """Return as many periods as are asked for, which begin `since` ago or earlier."""
        seconds = 60 * max(1, math.ceil(since.total_seconds() / count / 60))
        # The end lies after now, since the current minute already has data.
        end = datetime.fromtimestamp(math.ceil(now.timestamp() / seconds) * seconds, UTC)
        return cls(start=end - timedelta(seconds=seconds * count), seconds=seconds, count=count)

    @property
    def starts(self) -> list[datetime]:
        """When each of them begins."""
        return [self.start + timedelta(seconds=self.seconds * number) for number in range(self.count)]

    @property
    def end(self) -> datetime:
        """When the last one ends."""
        return self.start + timedelta(seconds=self.seconds * self.count)


def metric_data(
    client: "CloudWatchClient", queries: Sequence[Mapping[str, Any]], times: Periods
) -> dict[str, list[float | None]]:
    """Return the values of metrics by the ids of their queries, oldest first; None where there is no data.

    Raises:
        ClientError, BotoCoreError: If CloudWatch cannot be reached or refuses a query.
    """
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries,  # type: ignore[arg-type]
        StartTime=times.start,
        EndTime=times.end,
    )
    points: dict[str, dict[datetime, float]] = {}
    for page in pages:
        for found in page["MetricDataResults"]:
            known = points.setdefault(found["Id"], {})
            known.update(zip(found["Timestamps"], found["Values"], strict=True))
    starts = times.starts
    return {id: [known.get(at) for at in starts] for id, known in points.items()}
