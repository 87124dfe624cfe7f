"""When a failed attempt is repeated. Pure: the caller passes randomness in."""

from dataclasses import dataclass
from math import ceil, floor

# SQS: visibility can be changed to at most 12 hours, in whole seconds
# (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html).
# A message's visibility ends 12 hours after its receipt, so the last hour is left alone.
MAX_DELAY_SECONDS = 11 * 3600


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often and how soon a kind of work is repeated.

    Attributes:
        max_attempts: the first attempt included; 1 means never repeat.
        base_seconds: nominal delay after the first attempt; it doubles with each one after.
        cap_seconds: the largest nominal delay; a Retry-After is held to it as well.
        jitter: the share of the nominal delay by which the real one may be longer, 0 to 1.
            Jitter is only ever added: a retry is never earlier than the nominal delay.
    """

    max_attempts: int = 3
    base_seconds: float = 1.0
    cap_seconds: float = 900.0
    jitter: float = 0.5

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError(f"max_attempts must be at least 1, not {self.max_attempts}")
        if not 0 <= self.base_seconds <= self.cap_seconds <= MAX_DELAY_SECONDS:
            raise ValueError(
                "delays must hold 0 <= base_seconds <= cap_seconds <= "
                f"{MAX_DELAY_SECONDS}, not {self.base_seconds} and {self.cap_seconds}"
            )
        if not 0 <= self.jitter <= 1:
            raise ValueError(f"jitter must be from 0 to 1, not {self.jitter}")

    def nominal_seconds(self, attempt: int) -> float:
        """Delay after `attempt` (1 is the first) before jitter: base, 2 base, 4 base ... capped."""
        if attempt < 1:
            raise ValueError(f"attempts count from 1, not {attempt}")
        # 2**64 seconds is past every cap: the exponent is clamped so that no float overflows.
        return min(self.cap_seconds, self.base_seconds * 2.0 ** min(attempt - 1, 64))

    def delay_seconds(
        self, attempt: int, *, retry_after: float | None, spread: float, rounding: float
    ) -> int:
        """Whole seconds to wait after a failed `attempt`.

        SQS takes whole seconds, so the delay is rounded up or down by chance, such that its mean is
        the delay that was meant; but never below the nominal one.

        Args:
            attempt: the attempt that failed; 1 is the first.
            retry_after: seconds the other side asked for, or None; it raises the nominal delay.
            spread: a random number from 0 up to 1: where in the jitter's range the delay falls.
            rounding: a random number from 0 up to 1: which way a fraction of a second is rounded.
        """
        nominal = min(self.cap_seconds, max(self.nominal_seconds(attempt), retry_after or 0.0))
        wanted = nominal * (1 + self.jitter * spread)
        wanted = min(wanted, MAX_DELAY_SECONDS)
        rounded = floor(wanted) + (1 if rounding < wanted % 1 else 0)
        return max(rounded, ceil(nominal))
