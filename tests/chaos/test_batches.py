"""Batches on a real table: with invalid tasks, with repetitions, and with functions that die at any call."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import rfc3339
from lambdas.domain.submission import MAX_SCHEDULE_AHEAD, Submission
from lambdas.http.problems import ApiError, ProblemType
from lambdas.store.batches import INCOMPLETE_FOR
from lambdas.store.lanes import lane_place
from sandbox.process.state_file import Sandbox
from tests.chaos.adversary import Died, Fate
from tests.chaos.batching import Function, cancel, echo, fresh, now
from tests.chaos.table import BareTable, bare_table

HOUR = timedelta(hours=1)
PAST = "2020-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def table(sandbox: Sandbox) -> Iterator[BareTable]:
    with bare_table(sandbox, fresh("batches")) as found:
        yield found


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a stage's environment, which the validation of submissions needs."""
    for name in ("TASK_QUEUE_URL", "TASK_DLQ_URL", "TASK_TABLE_NAME"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.setenv("REGION", "us-east-1")


def test_each_of_a_hundred_is_judged_by_itself(table: BareTable) -> None:
    """Each task is accepted or refused by itself, and messages are sent ten at a time."""
    function, id = Function(table), fresh("batch")
    taken, again = fresh("taken"), fresh("again")
    function.submit(None, echo(taskId=taken), echo(taskId=again, payload={"a": 1}))
    tasks = [echo() for _ in range(100)]
    tasks[3] = {"payload": 7}
    tasks[14] = echo(type="no kind")
    tasks[15] = echo(other=1)
    tasks[16] = echo(payload={"text": "x" * 2_100_000})
    tasks[17] = echo(runAt="2028-01-01T00:00:00Z")
    tasks[18] = echo(taskId="a/b")
    tasks[19] = {"payload": {"url": "ftp://a"}, "type": "http.request"}
    tasks[20] = echo(payload=json.loads('{"a":' * 63 + "1" + "}" * 63))  # as deep as a payload may be
    tasks[21] = echo(payload=json.loads('{"a":' * 64 + "1" + "}" * 64))
    tasks[50] = echo(taskId=taken, payload={"other": 1})
    tasks[51] = echo(taskId=again, payload={"a": 1})
    function.queue.calls = 0

    statuses = function.submit(id, *tasks)

    expected = {3: 400, 14: 400, 15: 400, 16: 413, 17: 400, 18: 400, 19: 400, 21: 400, 50: 409, 51: 200}
    assert {n: status for n, status in enumerate(statuses) if status != 202} == expected
    assert function.queue.calls == 10
    members = [f"{id}.{n}" for n in range(100) if n not in expected]
    assert [each for each in function.queue.sent if each.startswith(id)] == members
    state = function.batches.state(id, at=now())
    assert state is not None
    assert (state.total, state.counts, state.ended_at) == (100, {Status.PENDING: 90, Status.QUEUED: 1}, None)
    assert function.batches.state(fresh("batch"), at=now()) is None


def test_a_batch_is_repeated_as_a_task_is(table: BareTable) -> None:
    function, id = Function(table), fresh("batch")
    assert function.submit(id, echo(), echo()) == [202, 202]
    assert function.submit(id, echo(), echo()) == [200, 200]
    with pytest.raises(ApiError) as raised:
        function.submit(id, echo(), echo(payload={"a": 1}))
    assert raised.value.problem is ProblemType.BATCH_ID_TAKEN
    with pytest.raises(ApiError):
        function.submit(id, echo())
    assert function.submit(None, echo()) == [202] != function.submit(id, echo(), echo())


@pytest.mark.parametrize("made", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("calls", [*range(1, 4), 11, 12, 13, 18, 28])
def test_a_function_that_dies_is_followed_by_one_that_completes(
    table: BareTable, calls: int, made: bool
) -> None:
    """The repetition of an interrupted batch completes it: one record and a message per task."""
    id = fresh("batch")
    tasks = [echo(), {"payload": 7}, *(echo(payload={"n": n}) for n in range(23))]
    first = Function(table, Fate(calls=calls, made=made))
    with pytest.raises(Died):
        first.submit(id, *tasks)
    second = Function(table)
    statuses = Counter(second.submit(id, *tasks))
    assert statuses[400] == 1
    assert statuses[202] + statuses[200] == 24
    sent = {*first.queue.sent, *second.queue.sent}
    assert sent == {f"{id}.{n}" for n in range(25) if n != 1}
    state = second.batches.state(id, at=now())
    assert state is not None
    assert sum(state.counts.values()) == 24


def test_what_the_queue_refuses_is_said_and_sent_by_a_repetition(table: BareTable) -> None:
    function, id = Function(table), fresh("batch")
    function.queue.refused = {f"{id}.1"}
    assert function.submit(id, echo(), echo(), echo()) == [202, 503, 202]
    assert function.submit(id, echo(), echo(), echo()) == [200, 200, 200]
    assert function.queue.sent.count(f"{id}.1") == 1


def test_without_time_it_says_how_to_go_on(table: BareTable) -> None:
    function, id = Function(table, seconds_left=4), fresh("batch")
    with pytest.raises(ApiError, match=f"Batch {id} is recorded only in part.*with the same batchId"):
        function.submit(id, *[echo()] * 20)
    function.seconds_left = 30
    assert function.submit(id, *[echo()] * 20) == [202] * 20


def ends_with_the_last(function: Function, id: str, *, total: int, task_ids: list[str]) -> None:
    """End the tasks of a batch one by one, and check that it has ended with the last one, and not before."""
    for task_id in task_ids:
        state = function.batches.state(id, at=now())
        assert state is not None
        assert state.ended_at is None
        at = cancel(function, task_id)
    state = function.batches.state(id, at=now())
    assert state is not None
    assert (state.total, state.counts, state.ended_at) == (total, {Status.CANCELLED: len(task_ids)}, at)


def test_a_batch_has_ended_when_the_last_of_its_tasks_has(table: BareTable) -> None:
    function, id, own = Function(table), fresh("batch"), fresh("own")
    function.submit(id, echo(), echo(taskId=own), {"payload": 7}, echo(taskId=own))
    ends_with_the_last(function, id, total=4, task_ids=[f"{id}.0", own])


def test_tasks_of_a_key_keep_their_order(table: BareTable) -> None:
    function, id, key = Function(table), fresh("batch"), fresh("key")
    function.submit(id, *[echo(orderingKey=key)] * 12)
    places, predecessors = [], []
    for n in range(12):
        task = function.tasks.get(f"{id}.{n}")
        assert task is not None
        places.append(lane_place(task.task_id, 0, task.submitted_at))
        predecessors.append(task.predecessor)
    assert predecessors == [None, *places[:-1]]


def test_a_batch_ends_with_the_submission_that_was_accepted(table: BareTable) -> None:
    """Of several submissions with the same id, the batch counts the accepted one, wherever it stands."""
    function, id, taken = Function(table), fresh("batch"), fresh("taken")
    assert function.submit(None, echo(taskId=taken)) == [202]
    own = [echo(taskId=taken, payload={"other": 1}), echo(taskId=taken)]
    assert function.submit(id, *own) == [409, 200]
    state = function.batches.state(id, at=now())
    assert state is not None
    assert (state.counts, state.ended_at) == ({Status.QUEUED: 1}, None)


def test_a_batch_counts_a_task_of_an_earlier_version(table: BareTable) -> None:
    """A task whose fingerprint is stored as hex digits, as before, is the one that a batch repeats."""
    function, id, own = Function(table), fresh("batch"), fresh("own")
    function.submit(None, echo(taskId=own))
    table.client.update_item(
        TableName=table.name,
        Key={"taskId": {"S": own}},
        UpdateExpression="SET fingerprint = :hex",
        ExpressionAttributeValues={":hex": {"S": Submission.model_validate(echo()).fingerprint()}},
    )
    assert function.submit(id, echo(taskId=own)) == [200]
    state = function.batches.state(id, at=now())
    assert state is not None
    assert (state.counts, state.ended_at) == ({Status.QUEUED: 1}, None)


def test_a_batch_does_not_wait_for_a_submission_with_a_past_deadline(table: BareTable) -> None:
    """A submission that is refused for its deadline is no task of the batch, also if it is repeated."""
    function, id, own = Function(table), fresh("batch"), fresh("own")
    tasks = [echo(), echo(taskId=own, expiresAt=PAST), echo(expiresAt=PAST), echo(taskId=own)]
    assert function.submit(id, *tasks) == [202, 400, 400, 202]
    assert Function(table, later=HOUR).submit(id, *tasks) == [200, 409, 400, 200]
    ends_with_the_last(function, id, total=4, task_ids=[f"{id}.0", own])


def test_a_batch_counts_the_repetition_of_a_task_whose_deadline_has_passed(table: BareTable) -> None:
    own, soon = fresh("own"), rfc3339(now() + HOUR / 2)
    tasks = [echo(), echo(taskId=own, expiresAt=soon)]
    first, second = fresh("batch"), fresh("batch")
    assert Function(table).submit(first, *tasks) == [202, 202]
    later = Function(table, later=HOUR)
    assert later.submit(first, *tasks) == [200, 200]
    assert later.submit(second, tasks[1], tasks[1], echo(taskId=own, expiresAt=PAST)) == [200, 200, 409]
    for id, count in ((first, 2), (second, 1)):
        state = later.batches.state(id, at=now())
        assert state is not None
        assert (state.counts, state.ended_at) == ({Status.QUEUED: count}, None)


def test_a_batch_without_own_ids_counts_what_only_its_repetition_accepts(table: BareTable) -> None:
    function, id = Function(table), fresh("batch")
    tasks = [echo(), echo(runAt=rfc3339(now() + MAX_SCHEDULE_AHEAD + HOUR))]
    assert function.submit(id, *tasks) == [202, 400]
    assert Function(table, later=2 * HOUR).submit(id, *tasks) == [200, 202]
    ends_with_the_last(function, id, total=2, task_ids=[f"{id}.0", f"{id}.1"])


@pytest.mark.parametrize("url", [None, "https://example.com/ended"])
def test_a_batch_counts_what_only_its_repetition_accepts(table: BareTable, url: str | None) -> None:
    """A submission that is valid only by then joins its batch, or is refused if the batch has a callback."""
    function, id, own = Function(table), fresh("batch"), fresh("own")
    early = {"runAt": rfc3339(now() + MAX_SCHEDULE_AHEAD + HOUR)}
    tasks = [echo(), echo(**early), echo(taskId=own, **early), echo(taskId=own)]
    assert function.submit(id, *tasks, url=url) == [202, 400, 400, 202]
    later = Function(table, later=2 * HOUR)
    assert later.submit(id, *tasks, url=url) == ([200, 400, 400, 200] if url else [200, 202, 409, 200])
    assert later.submit(id, *tasks, url=url) == ([200, 400, 400, 200] if url else [200, 200, 409, 200])
    members = [f"{id}.0", own] if url else [f"{id}.0", f"{id}.1", own]
    ends_with_the_last(function, id, total=4, task_ids=members)


def test_a_batch_is_completed_after_a_deadline_of_its_tasks(table: BareTable) -> None:
    """A repetition records what was in time when the batch was first submitted; such a task expires."""
    id, soon = fresh("batch"), rfc3339(now() + HOUR / 2)
    tasks = [echo(), echo(expiresAt=soon), echo(expiresAt=PAST)]
    with pytest.raises(Died):
        Function(table, Fate(calls=3)).submit(id, *tasks)
    function = Function(table, later=HOUR)
    assert function.submit(id, *tasks) == [202, 202, 400]
    late = function.tasks.get(f"{id}.1")
    assert late is not None
    assert late.has_expired(now() + HOUR)
    state = function.batches.state(id, at=now())
    assert state is not None
    assert (state.counts, state.ended_at) == ({Status.PENDING: 2}, None)


def test_a_batch_that_nobody_completes_ends_with_the_tasks_that_it_has(table: BareTable) -> None:
    """A batch recorded in part has ended after an hour, when the last of its tasks has."""
    function, id = Function(table), fresh("batch")
    with pytest.raises(Died):
        Function(table, Fate(calls=4)).submit(id, *[echo()] * 5)
    ended = cancel(function, f"{id}.0", f"{id}.1")
    for at, ended_at in ((now(), None), (now() + INCOMPLETE_FOR, ended)):
        state = function.batches.state(id, at=at)
        assert state is not None
        assert (state.total, state.counts, state.ended_at) == (5, {Status.CANCELLED: 2}, ended_at)


def test_a_batch_ends_although_its_first_task_has_been_deleted(table: BareTable) -> None:
    """A task may be deleted, after the retention, before the last one of its batch is due."""
    function, id = Function(table), fresh("batch")
    function.submit(id, echo(), echo(runAt="2026-03-01T00:00:00Z"))
    cancel(function, f"{id}.0")
    table.client.delete_item(TableName=table.name, Key={"taskId": {"S": f"{id}.0"}})
    state = function.batches.state(id, at=now() + 2 * INCOMPLETE_FOR)
    assert state is not None
    assert (state.counts, state.ended_at) == ({Status.SCHEDULED: 1}, None)
    ended = cancel(function, f"{id}.1")
    state = function.batches.state(id, at=now() + 2 * INCOMPLETE_FOR)
    assert state is not None
    assert (state.total, state.counts, state.ended_at) == (2, {Status.CANCELLED: 1}, ended)
