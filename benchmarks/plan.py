"""The extent of a benchmark."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Numbers of samples, and times in seconds.

    Attributes:
        many_tasks: Number of records in the table when lists are measured.
        turns: Pairs of turns, with and without telemetry, in which its cost is measured.
        lists: Number of samples of lists, and of the submissions measured with them.
        rehearse: Whether to start and deploy to each emulator once before the first round, unmeasured.
        seed: Seed for the pauses between tasks in an idle emulator.
    """

    tasks: int = 1000
    clients: int = 8
    rounds: int = 1
    rehearse: bool = True
    cold_invocations: int = 10
    warm_invocations: int = 200
    idle_tasks: int = 20
    retried_tasks: int = 20
    slow_tasks: int = 100
    turns: int = 20
    many_tasks: int = 100_000
    lists: int = 100
    idle_seconds: float = 60
    settling_seconds: float = 5
    max_seconds: float = 600
    """Time limit, in seconds, for all tasks of a measure to end."""
    seed: int = 7

    def at_most(self, tasks: int | None) -> "Plan":
        """Return the plan with at most this many tasks and a tenth as many lists; unchanged if None."""
        if tasks is None:
            return self
        return replace(self, tasks=min(self.tasks, tasks), lists=min(self.lists, tasks // 10))


QUICK = Plan(
    tasks=8,
    clients=2,  # few, since each of them needs execution environments of its own
    rehearse=False,
    cold_invocations=2,
    warm_invocations=10,
    idle_tasks=2,
    retried_tasks=2,
    slow_tasks=4,
    turns=2,
    many_tasks=100,
    lists=5,
    idle_seconds=1,
    settling_seconds=0.5,
)
"""A plan that runs every measure in about a minute, to check that they work. Its figures are imprecise."""
