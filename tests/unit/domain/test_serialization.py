"""The JSON form of values."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import create_model

from lambdas.domain.serialization import JsonModel, rfc3339

# At least a day from either end of the calendar, so that times of other zones are in range.
EPOCH = datetime(1, 1, 2)  # noqa: DTZ001 # hypothesis adds the zone
moments = st.datetimes(
    EPOCH, EPOCH + timedelta(days=3_652_000), timezones=st.timezones(), allow_imaginary=False
)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00.000Z"),
        (datetime(2026, 1, 31, 12, 0, 0, 999_999, tzinfo=UTC), "2026-01-31T12:00:00.999Z"),
        (datetime(2026, 1, 31, 1, tzinfo=timezone(timedelta(hours=2))), "2026-01-30T23:00:00.000Z"),
    ],
)
def test_times_are_utc_with_milliseconds(moment: datetime, text: str) -> None:
    """Times of any zone are converted to UTC and truncated to milliseconds."""
    assert rfc3339(moment) == text


@given(moments, moments)
def test_texts_sort_as_times_do(first: datetime, second: datetime) -> None:
    """Serialized times sort chronologically, which the listing relies on."""
    earlier, later = sorted((first, second))
    assert rfc3339(earlier) <= rfc3339(later)


def test_a_time_without_a_zone_is_refused() -> None:
    """A time without a zone is refused as ambiguous."""
    with pytest.raises(ValueError, match="without a zone"):
        rfc3339(datetime(2026, 1, 31))  # noqa: DTZ001


@pytest.fixture
def frequent_switches() -> Iterator[None]:
    """Make the interpreter switch threads much more often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(2e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("frequent_switches")
def test_threads_share_the_first_use_of_a_model() -> None:
    """Several threads can use a model that is not built yet, as message groups run in threads.

    Releases of pydantic before 2.14 fail here: https://github.com/pydantic/pydantic/issues/13419
    """
    together = Barrier(24)
    numbers: Any = dict.fromkeys((f"field{number}" for number in range(10)), (int, 0))

    def use(model: type[JsonModel]) -> object:
        together.wait()
        return model.model_validate({"parts": [{"field1": 7}]}).model_dump()["parts"][0]["field1"]

    with ThreadPoolExecutor(together.parties) as threads:
        for _ in range(50):
            part = create_model("Part", __base__=JsonModel, **numbers)
            whole: Any = create_model("Whole", __base__=JsonModel, parts=(list[part], ...))
            uses = [threads.submit(use, whole) for _ in range(together.parties)]
            assert {each.result() for each in uses} == {7}
