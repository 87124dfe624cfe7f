"""Order statistics and ratios."""

import math
import statistics
from collections.abc import Mapping, Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile: the smallest value that `percent` % of all values do not exceed.

    The result is always one of the values; the 99th of fewer than 100 values is the largest.

    Raises:
        ValueError: If there are no values, or `percent` is not within (0, 100].

    >>> percentile([10, 20, 30, 40], 50)
    20
    """
    if not values:
        raise ValueError("a percentile needs at least one value")
    if not 0 < percent <= 100:
        raise ValueError(f"a percentile must be above 0 and at most 100, not {percent}")
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the median of each figure over the rounds that have it."""
    keys = {key: None for each in rounds for key in each}
    return {key: statistics.median(each[key] for each in rounds if key in each) for key in keys}


def ratio(value: float | None, reference: float | None) -> float | None:
    """Return `value / reference`; None if either is missing or the reference is zero."""
    return value / reference if value is not None and reference else None
