"""Retry policy of both clients, and the outcomes after which a call is retried."""

import random
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from faultline.client.api import Answer
from faultline.client.batches import unusable_kinds
from faultline.client.calls import Call
from faultline.client.errors import ApiProblem, ApiUnreachable

PASSING = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Statuses of temporary errors, after which a call is retried."""

type Outcome = Answer | ApiUnreachable


@dataclass(frozen=True, kw_only=True)
class Retries:
    """Retry policy of the client: exponential backoff with jitter, and Retry-After if the API sends it.

    Attributes:
        maximum_attempts: Maximum number of times that a call is sent.
        initial_interval: Maximum pause before the second attempt, in seconds; it doubles with each further
            attempt.
        maximum_interval: Maximum pause, in seconds. A call with a longer Retry-After fails.
    """

    maximum_attempts: int = 6
    initial_interval: float = 0.2
    maximum_interval: float = 10.0

    def pause(self, call: Call[Any], attempt: int, outcome: Outcome) -> float | None:
        """Return the pause in seconds before the next attempt; None if the call must not be retried."""
        if attempt >= self.maximum_attempts or not _may_be_repeated(call, outcome):
            return None
        wanted = retry_after(outcome) or 0.0
        if wanted > self.maximum_interval:
            return None
        return wanted + self.backoff(attempt)

    def backoff(self, attempt: int) -> float:
        """Return a pause in seconds, with jitter, after the given number of attempts."""
        longest = min(self.maximum_interval, self.initial_interval * 2.0 ** min(attempt - 1, 64))
        return random.uniform(longest / 2, longest)


def retry_after(outcome: Outcome) -> float | None:
    """Return the seconds in a response's Retry-After header; None if there are none."""
    said = outcome.headers.get("Retry-After", "") if isinstance(outcome, Answer) else ""
    return float(said) if said.isdecimal() else None


def is_passing(outcome: Outcome) -> bool:
    """Return whether an outcome is a temporary error."""
    return outcome.may_pass if isinstance(outcome, ApiUnreachable) else outcome.status in PASSING


def may_have_arrived(outcome: Outcome) -> bool:
    """Return whether a call may have taken effect, as it was sent and not refused."""
    if isinstance(outcome, ApiUnreachable):
        return outcome.sent
    return outcome.ok or outcome.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _may_be_repeated(call: Call[Any], outcome: Outcome) -> bool:
    match outcome:
        case ApiUnreachable():
            return outcome.may_pass and (call.repeatable or not outcome.sent)
        case Answer(status=HTTPStatus.TOO_MANY_REQUESTS):  # from API Gateway: no function has seen it
            return True
        case _:
            if not call.repeatable or outcome.status not in PASSING:
                return False  # without a look at the body, which may be large
            return not unusable_kinds(ApiProblem(outcome.status, outcome.body))
