"""Benchmark results, and reading and writing them as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.errors import ResultsUnreadable
from benchmarks.figures import FIGURES
from benchmarks.statistics import medians, ratio

REFERENCE = "faultline"


@dataclass(frozen=True, kw_only=True)
class EmulatorResults:
    """The results of one emulator.

    Attributes:
        rounds: `{figures: {key: number}, samples: {name: [number]}}` of each round.
    """

    title: str
    version: str
    setup: str
    rounds: Sequence[dict[str, Any]]

    def figures(self) -> dict[str, float]:
        """Return the median of each figure over all rounds."""
        return medians([each["figures"] for each in self.rounds])


@dataclass(frozen=True, kw_only=True)
class Results:
    """The results of all emulators.

    Attributes:
        machine: The value of `machine.describe()`.
        plan: The members of a `Plan`.
        emulators: The results by emulator.
    """

    machine: dict[str, Any]
    plan: dict[str, Any]
    emulators: dict[str, EmulatorResults]

    def values(self, key: str) -> dict[str, float]:
        """Return the values of a figure by emulator, omitting emulators that lack it."""
        figures = {name: each.figures() for name, each in self.emulators.items()}
        return {name: values[key] for name, values in figures.items() if key in values}

    def ratios(self, key: str) -> dict[str, float | None]:
        """Return the ratio of each other emulator's figure to Faultline's; None if either is missing."""
        values = self.values(key)
        return {
            name: ratio(values.get(name), values.get(REFERENCE))
            for name in self.emulators
            if name != REFERENCE
        }

    def to_json(self) -> dict[str, Any]:
        """Return all values, with medians and ratios."""
        return {
            "machine": self.machine,
            "plan": self.plan,
            "figures": {
                figure.key: {
                    "label": figure.label,
                    "unit": figure.unit,
                    "better": figure.better,
                    "definition": figure.definition,
                    "values": self.values(figure.key),
                    "ratios": self.ratios(figure.key),
                    "best": figure.best(self.values(figure.key)),
                }
                for figure in FIGURES
            },
            "emulators": {name: asdict(each) for name, each in self.emulators.items()},
        }

    def write(self, file: Path) -> None:
        """Write the results as JSON.

        Raises:
            OSError: If the file cannot be written.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(self.to_json(), indent=1) + "\n")


def read(file: Path) -> Results:
    """Read a file that `Results.write` has written.

    Raises:
        ResultsUnreadable: If the file is missing or contains something else.
    """
    try:
        found = json.loads(file.read_text())
        return Results(
            machine=found["machine"],
            plan=found["plan"],
            emulators={name: EmulatorResults(**each) for name, each in found["emulators"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultsUnreadable(file, str(error)) from error
