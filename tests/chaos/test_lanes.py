"""Lanes in whatever order tasks enter and leave them, on a real table."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.aws.lanes import Lanes
from sandbox.record import Sandbox
from tests.chaos.table import BareTable, bare_table

_keys = (f"key-{n}" for n in itertools.count())

TASKS = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def table(sandbox: Sandbox) -> Iterator[BareTable]:
    with bare_table(sandbox, "lanes") as made:
        yield made


@given(calls=st.lists(st.tuples(st.sampled_from(["enter", "leave"]), st.sampled_from(TASKS)), max_size=20))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
def test_a_lane_is_first_in_first_out(table: BareTable, calls: list[tuple[str, str]]) -> None:
    """Each task is in a lane once, only the first leaves it, and an empty lane is none."""
    lanes, key, expected = Lanes(table.client, table.name), next(_keys), list[str]()
    for call, task in calls:
        if call == "enter":
            expected += [] if task in expected else [task]
            assert lanes.enter(key, task) == expected
        else:
            expected = expected[1:] if expected[:1] == [task] else expected
            assert lanes.leave(key, task) == expected
        assert lanes.members(key) == expected
        item = table.client.get_item(TableName=table.name, Key={"taskId": {"S": f"lane/{key}"}})
        assert ("Item" in item) == bool(expected)


@given(calls=st.lists(st.tuples(st.sampled_from(["enter", "leave"]), st.sampled_from(TASKS)), max_size=15))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
def test_a_write_whose_answer_is_lost_is_repeated(table: BareTable, calls: list[tuple[str, str]]) -> None:
    """Made twice at once, as boto3 does when no answer comes, each call is as if it were made once."""
    client, key, expected = Repeating(table.client), next(_keys), list[str]()
    lanes = Lanes(client, table.name)  # type: ignore[arg-type]
    for call, task in calls:
        if call == "enter":
            expected += [] if task in expected else [task]
            assert lanes.enter(key, task) == expected
        else:
            expected = expected[1:] if expected[:1] == [task] else expected
            assert lanes.leave(key, task) == expected
        item = table.client.get_item(TableName=table.name, Key={"taskId": {"S": f"lane/{key}"}})
        assert ("Item" in item) == bool(expected)


class Repeating:
    """A client each of whose writes is made, its answer lost, and repeated."""

    def __init__(self, client: object) -> None:
        self._client = client

    def __getattr__(self, name: str) -> object:
        method = getattr(self._client, name)
        if name not in ("update_item", "delete_item"):
            return method

        def twice(**arguments: object) -> object:
            method(**arguments)
            return method(**arguments)

        return twice
