"""Example results of a benchmark with three emulators."""

import pytest

from benchmarks.figures import FIGURES
from benchmarks.results import EmulatorResults, Results


def of(title: str, *rounds: float) -> EmulatorResults:
    """Return an emulator's results, with the same value for all figures of a round."""
    return EmulatorResults(
        title=title,
        version="1.0",
        setup="As it comes.",
        rounds=[
            {
                "figures": {figure.key: value for figure in FIGURES} | {"tasks": 300.0},
                "samples": {"warm_invoke": [value, value]},
            }
            for value in rounds
        ],
    )


@pytest.fixture
def results() -> Results:
    """Return results with a median of 2 for Faultline, 5 for LocalStack and 1 for MiniStack."""
    return Results(
        machine={
            "date": "2026-01-31T12:00:00.000Z",
            "commit": "0123456789ab",
            "cores": 4,
            "memoryGb": 16.0,
            "cpu": "A Processor",
            "os": "A System",
            "python": "3.13.0",
        },
        plan={"rounds": 3, "tasks": 1000},
        emulators={
            "faultline": of("Faultline", 1, 2, 9),
            "plain": of("LocalStack", 5, 5, 5),
            "ministack": of("MiniStack", 1, 1, 1),
        },
    )
