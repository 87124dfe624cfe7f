"""The results of a measure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.statistics import percentile


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Figures and the samples behind them.

    Attributes:
        figures: Values by the keys of `benchmarks.figures`, in their units.
        samples: Samples by name, in seconds unless the name says otherwise.
    """

    figures: Mapping[str, float]
    samples: Mapping[str, Sequence[float]] = field(default_factory=dict)


def percentiles(key: str, seconds: Sequence[float]) -> Measured:
    """Return the figures `<key>_p50_ms` and `<key>_p99_ms` of samples in seconds."""
    figures = {f"{key}_p{percent}_ms": percentile(seconds, percent) * 1000 for percent in (50, 99)}
    return Measured(figures=figures, samples={key: seconds})


def together(*measured: Measured) -> Measured:
    """Merge several results."""
    return Measured(
        figures={key: value for each in measured for key, value in each.figures.items()},
        samples={key: values for each in measured for key, values in each.samples.items()},
    )
