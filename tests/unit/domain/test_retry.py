"""The delays of a retry policy: their growth, jitter and rounding to whole seconds."""

from fractions import Fraction
from math import ceil
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.retry import MAX_DELAY_SECONDS, RetryPolicy

unit = st.floats(min_value=0, max_value=1, exclude_max=True)
delays = st.floats(min_value=0, max_value=MAX_DELAY_SECONDS)


@st.composite
def policies(draw: st.DrawFn) -> RetryPolicy:
    base, cap = sorted([draw(delays), draw(delays)])
    return RetryPolicy(
        initial_interval=base, maximum_interval=cap, jitter=draw(st.floats(min_value=0, max_value=1))
    )


@pytest.mark.parametrize(
    ("attempt", "base", "cap", "seconds"),
    [
        (1, 1.0, 900.0, 1.0),  # 1 * 2**0
        (2, 1.0, 900.0, 2.0),  # 1 * 2**1
        (3, 1.0, 900.0, 4.0),  # 1 * 2**2
        (10, 1.0, 900.0, 512.0),  # 1 * 2**9
        (11, 1.0, 900.0, 900.0),  # 1 * 2**10 = 1024, capped
        (2, 0.5, 900.0, 1.0),  # 0.5 * 2**1
        (4, 3.0, 10.0, 10.0),  # 3 * 2**3 = 24, capped
        (7, 0.0, 900.0, 0.0),  # 0 * 2**6
        (10**9, 1.0, 900.0, 900.0),  # 2**(10**9 - 1) is too large for a float
        (10**400, 1e-300, 900.0, 1e-300 * 2.0**64),  # and so is 10**400
    ],
)
def test_nominal_delays_double_from_the_base_up_to_the_cap(
    attempt: int, base: float, cap: float, seconds: float
) -> None:
    """The nominal delay after attempt n is base * 2**(n - 1), at most the cap, for any n."""
    assert RetryPolicy(initial_interval=base, maximum_interval=cap).nominal_seconds(attempt) == seconds


@pytest.mark.parametrize(
    ("attempt", "retry_after", "spread", "rounding", "seconds"),
    [
        (1, None, 0.0, 0.0, 1),  # 1 * (1 + 0.5 * 0) = 1
        (1, None, 0.5, 0.24, 2),  # 1 * 1.25 = 1.25: up, since 0.24 < 0.25
        (1, None, 0.5, 0.25, 1),  # 1.25: down, since not 0.25 < 0.25
        (2, None, 0.5, 0.49, 3),  # 2 * 1.25 = 2.5: up
        (2, None, 0.5, 0.50, 2),  # 2.5: down
        (1, 30.0, 0.0, 0.9, 30),  # max(1, 30)
        (1, 30.0, 0.5, 0.9, 37),  # 30 * 1.25 = 37.5: down
        (3, 1.0, 0.0, 0.9, 4),  # max(4, 1)
        (1, 30.2, 0.0, 0.9, 31),  # 30.2 would round to 30, which is too early
        (1, 1e9, 0.0, 0.9, 900),  # capped
        (1, float("inf"), 0.0, 0.9, 900),  # capped
        (1, -5.0, 0.0, 0.9, 1),  # max(1, -5)
    ],
)
def test_a_delay_is_the_larger_of_nominal_and_retry_after_with_jitter_on_top(
    attempt: int, retry_after: float | None, spread: float, rounding: float, seconds: int
) -> None:
    """A delay is the larger of the nominal delay and capped Retry-After, plus jitter, in whole seconds."""
    delay = RetryPolicy(jitter=0.5).delay_seconds(
        attempt, retry_after=retry_after, spread=spread, rounding=rounding
    )
    assert delay == seconds


@given(
    policy=policies(),
    attempt=st.integers(min_value=1, max_value=10**30),
    retry_after=st.none() | st.floats(min_value=-1e9, allow_nan=False),
    spread=unit,
    rounding=unit,
)
def test_no_delay_is_shorter_than_nominal_or_longer_than_sqs_allows(
    policy: RetryPolicy, attempt: int, retry_after: float | None, spread: float, rounding: float
) -> None:
    """nominal <= delay <= 11 hours, in whole seconds, for any policy, attempt, Retry-After and randomness."""
    delay = policy.delay_seconds(attempt, retry_after=retry_after, spread=spread, rounding=rounding)
    asked = min(retry_after or 0.0, policy.maximum_interval)
    assert isinstance(delay, int)
    assert max(policy.nominal_seconds(attempt), asked) <= delay <= MAX_DELAY_SECONDS


@given(
    seconds=st.integers(min_value=0, max_value=900),
    jitter=st.floats(min_value=0, max_value=1),
    spread=unit,
)
def test_rounding_keeps_the_mean(seconds: int, jitter: float, spread: float) -> None:
    """The mean of the rounded delays equals the exact delay."""
    policy = RetryPolicy(initial_interval=seconds, jitter=jitter)
    ways = 1000
    rounded = [
        policy.delay_seconds(1, retry_after=None, spread=spread, rounding=way / ways) for way in range(ways)
    ]
    assert fmean(rounded) == pytest.approx(seconds * (1 + jitter * spread), abs=2 / ways)
    assert max(rounded) - min(rounded) <= 1


@given(policy=policies(), attempt=st.integers(min_value=1, max_value=100), spread=unit, rounding=unit)
def test_a_retry_after_only_ever_delays_more(
    policy: RetryPolicy, attempt: int, spread: float, rounding: float
) -> None:
    """A Retry-After of at most the nominal delay changes nothing."""
    luck = {"spread": spread, "rounding": rounding}
    nominal = policy.nominal_seconds(attempt)
    without = policy.delay_seconds(attempt, retry_after=None, **luck)
    assert policy.delay_seconds(attempt, retry_after=nominal, **luck) == without
    assert policy.delay_seconds(attempt, retry_after=nominal / 2, **luck) == without


@given(policy=policies(), attempt=st.integers(min_value=1, max_value=200))
def test_nominal_delays_never_shrink(policy: RetryPolicy, attempt: int) -> None:
    """A later attempt waits at least as long as the previous one, and never longer than the cap."""
    assert policy.nominal_seconds(attempt) <= policy.nominal_seconds(attempt + 1) <= policy.maximum_interval
    assert ceil(Fraction(policy.maximum_interval)) <= MAX_DELAY_SECONDS


@pytest.mark.parametrize(
    "settings",
    [
        {"maximum_attempts": 0},
        {"initial_interval": -1.0},
        {"initial_interval": 2.0, "maximum_interval": 1.0},
        {"maximum_interval": MAX_DELAY_SECONDS + 1.0},
        {"initial_interval": float("nan")},
        {"jitter": -0.1},
        {"jitter": 1.1},
        {"jitter": float("nan")},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(settings: dict[str, Any]) -> None:
    """Settings out of range raise ValueError when the policy is made."""
    with pytest.raises(ValueError, match="must"):
        RetryPolicy(**settings)


@pytest.mark.parametrize("attempt", [0, -1])
def test_attempts_count_from_one(attempt: int) -> None:
    """An attempt number below 1 is refused."""
    with pytest.raises(ValueError, match="count from 1"):
        RetryPolicy().nominal_seconds(attempt)
