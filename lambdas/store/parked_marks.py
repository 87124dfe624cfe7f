"""Marks of the circuits and kinds that tasks are parked for, as release_tasks reads them.

An execution environment renews a mark when it parks a task, but at most every NOTE_EVERY_SECONDS. So a mark
is kept for a while after the last renewal, although its tasks may have been released long ago.
"""

import time

NOTE_EVERY_SECONDS = 10
"""Interval at which an environment renews a mark."""

LASTS_SECONDS = 120
"""Minimum lifetime of a mark after its last renewal."""

LOOK_EVERY_SECONDS = 10
"""Interval at which the tasks of a resting mark are looked for."""


class NotedMarks:
    """The times at which this environment renewed marks.

    They are times of the wall clock. Lambda freezes an environment between its invocations, and the monotonic
    clock may stand still meanwhile. By that clock, a mark could seem to be new that release_tasks has long
    deleted, and a task parked for it would never be released:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    """

    def __init__(self) -> None:
        self._noted_at: dict[str, float] = {}

    def is_recent(self, name: str) -> bool:
        """Return whether a mark was renewed so recently that it need not be renewed again."""
        noted_at = self._noted_at.get(name)
        return noted_at is not None and 0 <= time.time() - noted_at < NOTE_EVERY_SECONDS

    def noted(self, name: str, at: float) -> None:
        """Record that a mark was renewed at a Unix time."""
        self._noted_at[name] = at

    def clear(self) -> None:
        """Forget all times, as a new environment."""
        self._noted_at.clear()


class RestingMarks:
    """The marks that had no tasks when they were looked at, long after their last renewal.

    Looking for parked tasks takes a query of each shard. The tasks of a resting mark are therefore not looked
    for in every pass, until the mark is renewed or deleted.
    """

    def __init__(self) -> None:
        self._looked_at: dict[str, float] = {}

    def found_none(self, name: str) -> None:
        """Record that a mark has no tasks now."""
        self._looked_at[name] = time.time()

    def rests(self, name: str, renewed_at: int) -> bool:
        """Return whether a mark, last renewed at a Unix time, need not be looked at yet."""
        looked_at = self._looked_at.get(name, 0.0)
        is_recent = 0 <= time.time() - looked_at < LOOK_EVERY_SECONDS
        # Twice the interval, since a task is parked some time after the renewal, and is found later still.
        return is_recent and looked_at > renewed_at + 2 * NOTE_EVERY_SECONDS
