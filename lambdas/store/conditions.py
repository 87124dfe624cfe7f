"""Named conditions for the writes that change a task.

An attempt has a lease. Once the lease has ended, the function that ran the attempt is certainly dead:

    claimed                                  leaseEnds
    |------------------------------------------|--------------------------------------> time
    |  The attempt may be running:             |  Its function is dead:
    |  the task cannot be claimed again.       |  a claim begins the next attempt.
    |
    |  The function may report the outcome of the attempt even after the lease, as long as nothing
    |  has replaced it: the task still has the version that was claimed.

The version (a fencing token) consists of the generation, the number of the attempt and the number of
releases. The number of the attempt does not suffice, since it stays the same when a task is parked and
released.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from lambdas.domain.lifecycle import ENDED, Status, sources
from lambdas.domain.task import Task
from lambdas.store.stored_times import to_milliseconds


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A condition expression with its values; conditions can be combined with `&` and `|`.

    Attributes:
        expression: Expression in DynamoDB's syntax; `#status` stands for the attribute `status`.
        values: Values of the placeholders.
        alternatives: Whether the expression is an OR, which needs parentheses within an AND.
    """

    expression: str
    values: Mapping[str, object] = field(default_factory=dict)
    alternatives: bool = False

    def __and__(self, other: "Condition") -> "Condition":
        first, second = (
            f"({each.expression})" if each.alternatives else each.expression for each in (self, other)
        )
        return Condition(expression=f"{first} AND {second}", values={**self.values, **other.values})

    def __or__(self, other: "Condition") -> "Condition":
        return Condition(
            expression=f"{self.expression} OR {other.expression}",
            values={**self.values, **other.values},
            alternatives=True,
        )


@cache
def status_in(statuses: frozenset[Status]) -> Condition:
    """Require that the task is in one of these states."""
    values = {f":{status}": status.value for status in sorted(statuses)}
    return Condition(expression=f"#status IN ({', '.join(values)})", values=values)


def generation_is(generation: int) -> Condition:
    """Require that the task is still in this generation."""
    return Condition(expression="generation = :ofGeneration", values={":ofGeneration": generation})


_HAS_ATTEMPTS_LEFT = Condition(expression="attempts < maxAttempts")
_WAITS_FOR_AN_ATTEMPT = status_in(sources(Status.PROCESSING) - {Status.PROCESSING})
_WAITS_FOR_NO_TIME = Condition(expression="attribute_not_exists(notBefore)")
_HAS_AN_ATTEMPT = status_in(frozenset({Status.PROCESSING}))
_HAS_NO_DEADLINE = Condition(expression="attribute_not_exists(deadline)")
_WAS_NEVER_RELEASED = Condition(expression="attribute_not_exists(releases)")
_HAS_ENDED = status_in(ENDED)

NOT_TO_BE_CANCELLED = Condition(expression="attribute_not_exists(cancelRequested)")
"""Require that no client has requested cancellation while the task was running."""


def releases_are(releases: int) -> Condition:
    """Require that the task has been released exactly this many times."""
    same = Condition(expression="releases = :ofRelease", values={":ofRelease": releases})
    return _WAS_NEVER_RELEASED | same


def version_is_of(task: Task) -> Condition:
    """Require that the task still has the version that was read or claimed."""
    same_attempt = Condition(expression="attempts = :ofAttempt", values={":ofAttempt": task.attempts})
    return generation_is(task.generation) & same_attempt & releases_are(task.releases)


def in_time(generation: int, at: datetime) -> Condition | None:
    """Require that the task has not expired: no deadline has passed before its first attempt.

    Returns None for a task that was redriven, since it cannot expire.
    """
    if generation:
        return None
    has_begun = Condition(expression="attempts > :none", values={":none": 0})
    is_to_come = Condition(expression="deadline > :now", values={":now": to_milliseconds(at)})
    return _HAS_NO_DEADLINE | has_begun | is_to_come


def claimable(generation: int, at: datetime) -> Condition:
    """Require that an attempt is left and due, none is running, and no deadline or cancellation stops it."""
    now = {":now": to_milliseconds(at)}
    lease_has_ended = Condition(expression="leaseEnds < :now", values=now)
    last_attempt_is_lost = _HAS_AN_ATTEMPT & lease_has_ended
    is_due = _WAITS_FOR_NO_TIME | Condition(expression="notBefore <= :now", values=now)
    waits = _WAITS_FOR_AN_ATTEMPT & is_due
    goes_on = _HAS_ATTEMPTS_LEFT & NOT_TO_BE_CANCELLED
    may_begin = generation_is(generation) & goes_on & (waits | last_attempt_is_lost)
    deadline = in_time(generation, at)
    return may_begin if deadline is None else may_begin & deadline


def not_ended(generation: int) -> Condition:
    """Require that the task is in this generation and has not ended.

    A state unknown to this version of the code counts as not ended.
    """
    still_open = Condition(expression=f"NOT {_HAS_ENDED.expression}", values=_HAS_ENDED.values)
    return generation_is(generation) & still_open
