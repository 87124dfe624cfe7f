"""Errors of a benchmark. Each message is one readable line.

BenchmarkFailed
├── EmulatorUnavailable
├── MeasurementFailed
├── ResultsUnreadable
└── MarkersMissing
"""

from pathlib import Path


class BenchmarkFailed(Exception):
    """The benchmark could not be completed."""


class EmulatorUnavailable(BenchmarkFailed):
    """An emulator could not be installed or started."""

    def __init__(self, title: str, reason: str) -> None:
        super().__init__(f"{title} cannot be started: {reason}")


class MeasurementFailed(BenchmarkFailed):
    """An emulator failed to do the measured work."""


class ResultsUnreadable(BenchmarkFailed):
    """A file does not contain the results of a benchmark."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file} does not contain benchmark results: {reason}")


class MarkersMissing(BenchmarkFailed):
    """A document lacks a marker for the results."""

    def __init__(self, file: Path, begin: str, end: str) -> None:
        super().__init__(f"{file} has no lines {begin} and {end}, in this order, for the table to go between")
