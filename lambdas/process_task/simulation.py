"""Simulated failures, either at random in dev or as requested in the `simulate` field of a task."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from lambdas.domain.errors import WORK_ERRORS, Category, SystemFailure, WorkError
from lambdas.domain.task import Task


@dataclass(frozen=True, kw_only=True)
class Simulator:
    """Simulates failures of attempts.

    Attributes:
        allowed: Whether the stage allows simulation; otherwise nothing is simulated.
        failure_rate: Function that returns the fraction of attempts that fail at random, 0 to 1.
        random: Function that returns a random number in [0, 1).
    """

    allowed: bool
    failure_rate: Callable[[], float]
    random: Callable[[], float]

    def loses(self, task: Task) -> bool:
        """Return whether `disturb` will simulate a crash or a hang, so that the attempt is lost."""
        simulation = task.simulate
        if not self.allowed or simulation is None or not simulation.hits(task.attempts):
            return False
        return simulation.crash or simulation.hang

    def disturb(self, task: Task, remaining_seconds: Callable[[], float]) -> None:
        """Simulate the failure that a task requests, or else a random failure at the stage's rate.

        Args:
            task: The task as it was claimed.
            remaining_seconds: Function that returns the seconds until the function times out.

        Raises:
            WorkError: The attempt must fail.
        """
        if not self.allowed:
            return
        simulation = task.simulate
        if simulation is None:
            if self.random() < self.failure_rate():
                raise _simulated(SystemFailure("simulated: one of the random failures of this stage"))
            return
        time.sleep(simulation.latency_ms / 1000)
        if not simulation.hits(task.attempts):
            return
        if simulation.crash:
            os._exit(1)
        if simulation.hang:
            time.sleep(remaining_seconds() + 60)
        category = simulation.error or Category.SYSTEM
        raise _simulated(
            WORK_ERRORS[category](f"simulated: attempt {task.attempts} was to fail with {category}")
        )


def _simulated(error: WorkError) -> WorkError:
    error.simulated = True
    return error
