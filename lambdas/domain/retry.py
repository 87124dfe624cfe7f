"""Retry policies: exponential backoff with jitter."""

from dataclasses import dataclass
from math import ceil, floor

MAX_DELAY_IN_FLIGHT_SECONDS = 60
"""Longest retry delay for which a message stays on the queue; for a longer one, its task is parked.

A message that waits for a retry is in flight, and a FIFO queue delivers nothing while 120,000 messages are:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-fifo.html
"""
# Longer than any likely Retry-After, and shorter than the lifetime of a task's or a circuit's record.
MAX_DELAY_SECONDS = 11 * 3600


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """Policy for retrying failed attempts: exponential backoff with jitter.

    Attributes:
        maximum_attempts: Number of attempts, including the first. 1 disables retries. Defaults to 3.
        initial_interval: Nominal delay in seconds after the first attempt; it doubles with each further
            attempt. Defaults to 1 s.
        maximum_interval: Upper bound in seconds of the nominal delay, even if a Retry-After asks for more. At
            most MAX_DELAY_SECONDS; defaults to 900 s.
        jitter: Fraction of the nominal delay, 0 to 1, that may be added at random. The delay is never
            shorter than the nominal one. Defaults to 0.5.

    Raises:
        ValueError: A value is out of range.
    """

    maximum_attempts: int = 3
    initial_interval: float = 1.0
    maximum_interval: float = 900.0
    jitter: float = 0.5

    def __post_init__(self) -> None:
        if self.maximum_attempts < 1:
            raise ValueError(f"maximum_attempts must be at least 1, not {self.maximum_attempts}")
        if not 0 <= self.initial_interval <= self.maximum_interval <= MAX_DELAY_SECONDS:
            raise ValueError(
                "delays must satisfy 0 <= initial_interval <= maximum_interval <= "
                f"{MAX_DELAY_SECONDS}, not {self.initial_interval} and {self.maximum_interval}"
            )
        if not 0 <= self.jitter <= 1:
            raise ValueError(f"jitter must be from 0 to 1, not {self.jitter}")

    def nominal_seconds(self, attempt: int) -> float:
        """Return the nominal delay in seconds: the initial interval, doubled with each attempt and capped.

        Args:
            attempt: The attempt that failed; 1 is the first.

        Raises:
            ValueError: `attempt` is less than 1.
        """
        if attempt < 1:
            raise ValueError(f"attempts count from 1, not {attempt}")
        # 2**64 seconds exceeds any maximum: clamping the exponent keeps the float from overflowing.
        return min(self.maximum_interval, self.initial_interval * 2.0 ** min(attempt - 1, 64))

    def delay_seconds(
        self, attempt: int, *, retry_after: float | None, spread: float, rounding: float
    ) -> int:
        """Return the delay before the next attempt, in whole seconds as SQS requires.

        It is rounded up or down at random, so that its mean is the intended delay, but never to less than the
        nominal delay.

        Args:
            attempt: The attempt that failed; 1 is the first.
            retry_after: Lower bound of the nominal delay in seconds, as requested by the remote service; None
                if it requested no delay.
            spread: Random number in [0, 1): position of the delay within the range of the jitter.
            rounding: Random number in [0, 1): whether a fraction of a second is rounded up or down.
        """
        nominal = min(self.maximum_interval, max(self.nominal_seconds(attempt), retry_after or 0.0))
        wanted = nominal * (1 + self.jitter * spread)
        wanted = min(wanted, MAX_DELAY_SECONDS)
        rounded = floor(wanted) + (1 if rounding < wanted % 1 else 0)
        return max(rounded, ceil(nominal))

    def next_delay(
        self,
        attempt: int,
        *,
        maximum_attempts: int,
        retry_after: float | None,
        spread: float,
        rounding: float,
    ) -> int | None:
        """Return the delay in seconds before the next attempt; None if no attempts are left.

        Args:
            attempt: The attempt that failed; 1 is the first.
            maximum_attempts: The task's own attempt limit; the lower of this and the policy's limit applies.
            retry_after: See `delay_seconds`.
            spread: See `delay_seconds`.
            rounding: See `delay_seconds`.
        """
        if attempt >= min(maximum_attempts, self.maximum_attempts):
            return None
        return self.delay_seconds(attempt, retry_after=retry_after, spread=spread, rounding=rounding)
