"""Tasks as DynamoDB items, written and read back."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain import strict_json
from lambdas.domain.analysis import analysis
from lambdas.domain.callback import ENDS, Callback
from lambdas.domain.errors import Category, TaskError
from lambdas.domain.history import HistoryEntry, with_attempts
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import Simulation
from lambdas.domain.task import Task
from lambdas.store.attribute_values import marshal, unmarshal
from lambdas.store.indexes import status_shard, status_shards
from lambdas.store.item import SHARDS, position, shard_of, stored_fingerprint, to_item, to_task
from tests.unit.programs import Programs

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**300), max_value=10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
payloads = st.dictionaries(st.text(), json_values, max_size=4)
# Times are stored in whole milliseconds.
moments = st.integers(min_value=0, max_value=10**11).map(lambda count: NOON + timedelta(milliseconds=count))
errors = st.builds(TaskError.of, st.sampled_from(Category), st.text(max_size=10), st.text(max_size=10))
simulations = st.builds(
    Simulation.model_validate,
    st.fixed_dictionaries(
        {},
        optional={
            "failures": st.integers(min_value=0, max_value=1000),
            "error": st.sampled_from(Category),
            "crash": st.booleans(),
            "latencyMs": st.integers(min_value=0, max_value=900_000),
        },
    ),
)
callbacks = st.builds(
    Callback,
    url=st.text(min_size=1, max_size=99),
    on=st.lists(st.sampled_from(ENDS), min_size=1, unique=True).map(tuple),
)
task_ids = st.text("azAZ09_.:-", min_size=1, max_size=128)


@st.composite
def histories(draw: st.DrawFn) -> list[HistoryEntry]:
    entries = [
        HistoryEntry(
            at=draw(moments),
            status=draw(st.sampled_from(Status)),
            error=draw(st.none() | errors),
            retry_delay_seconds=draw(st.none() | st.integers(min_value=0, max_value=40_000)),
        )
        for _ in range(draw(st.integers(min_value=1, max_value=4)))
    ]
    return with_attempts(entries)


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    status = draw(st.sampled_from(Status))
    return Task(
        task_id=draw(task_ids),
        type=draw(task_ids),
        status=status,
        attempts=draw(st.integers(min_value=0, max_value=9)),
        max_attempts=draw(st.integers(min_value=0, max_value=9)),
        generation=draw(st.integers(min_value=0, max_value=9)),
        payload=draw(payloads),
        error=draw(st.none() | errors),
        analysis=draw(st.none() | st.builds(analysis, histories(), errors)),
        history=draw(histories()),
        ordering_key=draw(st.none() | task_ids),
        run_at=draw(moments if status is Status.SCHEDULED else st.none() | moments),
        reference=draw(st.none() | st.text(min_size=1, max_size=128)),
        tags=draw(st.none() | st.lists(st.text(min_size=1), min_size=1, max_size=5).map(tuple)),
        correlation_id=draw(st.text(min_size=1, max_size=20)),
        submitted_at=draw(moments),
        updated_at=draw(moments),
        expires_at=draw(st.none() | moments),
        callback=draw(st.none() | callbacks),
        simulate=draw(st.none() | simulations),
        predecessor=draw(st.none() | task_ids.map(lambda task_id: f"{task_id}:0")),
    )


@given(tasks())
def test_a_task_is_read_as_it_was_written(task: Task) -> None:
    """Every field of every task survives the round trip, including the types in its payload."""
    read = to_task(to_item(task, "f"))
    assert read == task
    assert repr(read.payload) == repr(sorted_keys(task.payload))


@given(json_values)
def test_a_result_is_read_as_it_was_written(result: Any) -> None:
    """A result is stored as JSON text, like the payload."""
    item = to_item(a_task(), "f") | marshal({"result": strict_json.dumps(result)})
    assert repr(to_task(item).result) == repr(sorted_keys(result))


def test_an_item_holds_what_the_indexes_need() -> None:
    """An item has the indexes' keys (shard, state with shard, position), and no attribute for None."""
    item = unmarshal(to_item(a_task(), "f" * 64))
    shard = shard_of("t-1")
    assert item["shard"] == str(shard)
    assert item["statusShard"] == f"QUEUED#{shard}"
    assert item["position"] == "2026-01-31T12:00:00.000Z#t-1"
    assert item["fingerprint"] == stored_fingerprint("f" * 64)
    assert item["payload"] == '{"a":1}'
    assert item.keys().isdisjoint({"error", "orderingKey", "predecessor", "simulate", "result", "expiresAt"})
    assert item.keys().isdisjoint({"reference", "tags"})


@given(task_ids)
def test_a_shard_is_one_of_those_there_are(task_id: str) -> None:
    """A task's shard is in range, and depends only on its id."""
    assert 0 <= shard_of(task_id) < SHARDS
    assert shard_of(task_id) == shard_of(task_id)


def test_a_stage_may_have_more_shards(programs: Programs) -> None:
    """INDEX_SHARDS sets the number of shards."""
    script = "from lambdas.store.item import shard_of; print(len({shard_of(str(n)) for n in range(1000)}))"
    done = programs.run(script, {**os.environ, "INDEX_SHARDS": "24"})
    assert (done.stdout, done.stderr) == ("24\n", "")


def test_tasks_are_spread_over_all_shards() -> None:
    """A thousand tasks use every shard, and none takes more than twice its share."""
    counts = [0] * SHARDS
    for number in range(1000):
        counts[shard_of(f"task-{number}")] += 1
    assert max(counts) <= 2 * 1000 / SHARDS
    assert min(counts) > 0


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ((NOON, "b"), (NOON + timedelta(milliseconds=1), "a")),
        ((NOON, "a"), (NOON, "b")),
        ((NOON, "a"), (NOON, "a-")),
    ],
)
def test_positions_sort_by_time_and_then_by_id(
    earlier: tuple[datetime, str], later: tuple[datetime, str]
) -> None:
    """Positions sort by the time of submission, then by the task's id."""

    def place(at: datetime, task_id: str) -> str:
        return position(a_task().model_copy(update={"submitted_at": at, "task_id": task_id}))

    assert place(*earlier) < place(*later)


@given(
    st.dictionaries(
        st.text(min_size=1),
        st.recursive(
            st.booleans() | st.integers(min_value=-(10**37), max_value=10**37) | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3)
            ),
            max_leaves=6,
        ),
    )
)
def test_plain_values_survive_dynamodbs_types(values: dict[str, Any]) -> None:
    """Integers, booleans and texts keep their types and do not become Decimals."""
    assert repr(unmarshal(marshal(values))) == repr(values)


def test_none_is_left_out() -> None:
    """An attribute that is None is not written."""
    assert marshal({"a": None, "b": 0, "c": ""}) == {"b": {"N": "0"}, "c": {"S": ""}}


def test_a_state_and_a_shard_make_a_key() -> None:
    """Keys are like `RETRYING#3`; PROCESSING counts as PENDING, and an ended task has no key."""
    assert status_shard(Status.RETRYING, 3) == "RETRYING#3"
    assert status_shard(Status.PROCESSING, 3) == "PENDING#3"
    assert status_shard(Status.SUCCEEDED, 3) is None
    assert status_shards((Status.PENDING, Status.PROCESSING, Status.PARKED), 2) == [
        *("PENDING#0", "PENDING#1", "PARKED#0", "PARKED#1")
    ]


def a_task() -> Task:
    return Task(
        task_id="t-1",
        type="echo",
        status=Status.QUEUED,
        attempts=0,
        max_attempts=3,
        generation=0,
        payload={"a": 1},
        history=[HistoryEntry(at=NOON, status=Status.PENDING)],
        correlation_id="c",
        submitted_at=NOON,
        updated_at=NOON,
    )


def sorted_keys(value: Any) -> Any:
    """Return the value with its keys sorted, as they are stored."""
    if isinstance(value, dict):
        return {key: sorted_keys(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [sorted_keys(each) for each in value]
    return value
