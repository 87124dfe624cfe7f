"""A delivered message."""

from collections.abc import Callable
from dataclasses import dataclass


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
