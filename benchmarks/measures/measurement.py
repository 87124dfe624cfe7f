"""What a measure yields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.statistics import percentile


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Attributes:
    figures: by the keys in `benchmarks.figures`, in their units.
    samples: the values behind them, in seconds unless the name says otherwise.
    """

    figures: Mapping[str, float]
    samples: Mapping[str, Sequence[float]] = field(default_factory=dict)


def percentiles(key: str, seconds: Sequence[float]) -> Measured:
    """The figures `<key>_p50_ms` and `<key>_p99_ms` of samples in seconds."""
    figures = {f"{key}_p{percent}_ms": percentile(seconds, percent) * 1000 for percent in (50, 99)}
    return Measured(figures=figures, samples={key: seconds})


def together(*measured: Measured) -> Measured:
    """All figures and samples in one."""
    return Measured(
        figures={key: value for each in measured for key, value in each.figures.items()},
        samples={key: values for each in measured for key, values in each.samples.items()},
    )
