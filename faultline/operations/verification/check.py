"""A check of a deployed stage, and its result."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faultline.operations.verification.deployed import Deployed


class NotAsPromised(Exception):
    """The stage does not do what a check expects; the message is one line that says what it does instead."""


class NotApplicable(Exception):
    """The check has nothing to look at in this stage; the message is one line that says why."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A promise of a deployment.

    Attributes:
        promise: What is proved, for people.
        advice: What to do when it does not hold.
        run: Proves it; raises NotAsPromised or NotApplicable.
    """

    promise: str
    advice: str
    run: "Callable[[Deployed], None]"


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of a check.

    Attributes:
        holds: Whether the promise holds; None where the check is not applicable.
        reason: Why it does not hold, or is not applicable; empty if it holds.
        seconds: How long the check took.
    """

    check: Check
    holds: bool | None
    reason: str
    seconds: float
