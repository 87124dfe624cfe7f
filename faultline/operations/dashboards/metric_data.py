"""Queries for metrics, with a value for each period.

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
    """Consecutive periods of equal length.

    Attributes:
        start: Start of the first period.
        seconds: Length of a period in seconds: whole minutes, since metrics have no finer data points.
        count: Number of periods.
    """

    start: datetime
    seconds: int
    count: int

    @classmethod
    def until(cls, now: datetime, since: timedelta, count: int) -> Self:
        """Create `count` periods that last at least `since`, and end less than a period after `now`."""
        seconds = 60 * max(1, math.ceil(since.total_seconds() / count / 60))
        # The end is after now, since the current minute already has data.
        end = datetime.fromtimestamp(math.ceil(now.timestamp() / seconds) * seconds, UTC)
        return cls(start=end - timedelta(seconds=seconds * count), seconds=seconds, count=count)

    @property
    def starts(self) -> list[datetime]:
        """Start of each period."""
        return [self.start + timedelta(seconds=self.seconds * number) for number in range(self.count)]

    @property
    def end(self) -> datetime:
        """End of the last period."""
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
