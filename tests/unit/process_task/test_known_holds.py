"""The pauses and open circuits that an execution environment knows of."""

import time
from typing import Any

from botocore.exceptions import ClientError

from lambdas.process_task.known_holds import KnownHolds
from lambdas.store.holds import NOTICED_WITHIN_SECONDS


class Holds:
    """The current holds, and the number of times that they were read."""

    def __init__(self) -> None:
        self.keys = {"kind/echo", "circuit/a.example"}
        self.reads = 0
        self.away = False

    def current(self) -> dict[str, None]:
        self.reads += 1
        if self.away:
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "away"}}, "Query")
        return dict.fromkeys(self.keys)


def known(holds: Any, at: list[float]) -> KnownHolds:
    return KnownHolds(holds=holds, clock=lambda: at[0])


def test_holds_are_known_by_their_keys() -> None:
    """A kind and a circuit of the same name are separate; both count as a hold."""
    found = known(Holds(), [0.0])
    assert [found.is_paused(kind) for kind in ("echo", "a.example")] == [True, False]
    assert [found.opens(circuit) for circuit in ("a.example", "echo")] == [True, False]
    assert found.any_hold()


def test_holds_are_read_once_in_a_while() -> None:
    """Holds are read at most once per interval, however often they are needed."""
    holds, at = Holds(), [100.0]
    found = known(holds, at)
    assert [found.is_paused("echo") for _ in range(10)] == [True] * 10
    holds.keys = set()
    at[0] += NOTICED_WITHIN_SECONDS - 0.01
    assert found.is_paused("echo")
    assert holds.reads == 1
    at[0] += 0.01
    assert not found.is_paused("echo")
    assert not found.any_hold()
    assert holds.reads == 2


def test_holds_are_read_after_the_environment_was_frozen() -> None:
    """The age of the holds is that of the wall clock.

    A monotonic clock may stand still while Lambda has frozen the environment.
    """
    holds: Any = Holds()
    assert KnownHolds(holds=holds).clock is time.time


def test_holds_are_read_when_the_clock_was_set_back() -> None:
    holds, at = Holds(), [100.0]
    found = known(holds, at)
    assert found.is_paused("echo")
    holds.keys = set()
    at[0] -= 50
    assert not found.is_paused("echo")


def test_holds_that_cannot_be_read_are_as_they_were() -> None:
    """If the table cannot be read, the last known holds apply, and it is not read for every task."""
    holds, at = Holds(), [0.0]
    holds.away = True
    found = known(holds, at)
    assert [found.is_paused("echo") for _ in range(3)] == [False] * 3
    assert holds.reads == 1
    holds.away = False
    at[0] += NOTICED_WITHIN_SECONDS
    assert found.is_paused("echo")
    holds.away = True
    at[0] += NOTICED_WITHIN_SECONDS
    assert found.is_paused("echo")
    assert holds.reads == 3
