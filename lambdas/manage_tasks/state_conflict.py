"""Changes that the state of a task does not allow, perhaps because it has just changed."""

from collections.abc import Callable

from lambdas.domain.task import Task
from lambdas.http.problems import ApiError
from lambdas.store.snapshot import Snapshot

MAX_TRIES = 3
"""Number of times that a task is read and changed, while its state changes between the two."""


class StateConflict(ApiError):
    """The task's state does not allow the change, perhaps because it has just changed."""


def change_latest(
    read: Callable[[], Snapshot], is_suitable: Callable[[Task], bool], change: Callable[[Snapshot], Task]
) -> Task:
    """Read a task and change it, again if it changes its state between the two.

    Raises:
        StateConflict: The task was read in a state that is not suitable, or changed its state at each try.
    """
    tries = 0
    while True:
        tries += 1
        found = read()
        try:
            return change(found)
        except StateConflict:
            if tries == MAX_TRIES or not is_suitable(found.task):
                raise
