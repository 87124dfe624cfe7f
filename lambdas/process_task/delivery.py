"""A delivered message, and what is said when it is not to be acknowledged."""

from collections.abc import Callable
from dataclasses import dataclass


class ComesAgain(Exception):
    """The message must not be acknowledged; the text says why. Nothing is wrong with the function."""


class AttemptFailed(ComesAgain):
    """So it comes again because its attempt failed, as was written down and logged."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery of one message.

    Attributes:
        receive_count: how often the message has been received; 1 is the first time.
        claimant: names this delivery and no other; begins with the message's id.
        remaining_seconds: how long until the function is killed.
    """

    message_id: str
    message_group: str
    receipt_handle: str
    receive_count: int
    body: str
    claimant: str
    remaining_seconds: Callable[[], float]
