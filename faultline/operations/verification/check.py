"""Checks of a deployed stage, and their results."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faultline.operations.verification.deployed import Deployed


class NotAsPromised(Exception):
    """The stage does not behave as a check expects; the message describes its behaviour in one line."""


class NotApplicable(Exception):
    """The check does not apply to this stage; the message says why in one line."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """Check of one promise about a deployed stage.

    Attributes:
        promise: Human-readable statement of the promise.
        advice: Advice in case the promise does not hold.
        run: Function that makes the check; it raises NotAsPromised or NotApplicable.
    """

    promise: str
    advice: str
    run: "Callable[[Deployed], None]"


@dataclass(frozen=True, kw_only=True)
class Result:
    """Result of a check.

    Attributes:
        holds: Whether the promise holds; None if the check is not applicable.
        reason: Reason why the promise does not hold or the check is not applicable; otherwise empty.
        seconds: Duration of the check.
    """

    check: Check
    holds: bool | None
    reason: str
    seconds: float
