"""Lists, filters and counts of tasks on a real table."""

import base64
import dataclasses
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.domain.errors import Category, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.stats import Window
from lambdas.domain.submission import Submission
from lambdas.domain.task import Task, accepted
from lambdas.http.task_json import whole
from lambdas.manage_tasks import stats as statistics
from lambdas.manage_tasks.stats import Statistician
from lambdas.store import listing as module
from lambdas.store.counts import Count, TaskCounts
from lambdas.store.listing import TaskListing
from lambdas.store.snapshot import Claimed
from lambdas.store.table import TaskTable
from lambdas.store.task_filter import TaskFilter
from sandbox.process.state_file import Sandbox
from tests.chaos.table import BareTable, bare_table, circuit_table

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TASKS = 84


@pytest.fixture(scope="module")
def bare(sandbox: Sandbox) -> Iterator[BareTable]:
    with bare_table(sandbox, "listings") as made:
        yield made


@pytest.fixture(scope="module")
def tasks(bare: BareTable) -> list[Task]:
    """Make tasks in many states, and return them newest first."""
    table = TaskTable(bare.client, bare.name, bare.objects, retention=timedelta(days=1))
    for number in range(TASKS):
        _make(table, number)
    found = [table.get(f"task-{number}") for number in reversed(range(TASKS))]
    assert None not in found
    return [task for task in found if task]


def _make(table: TaskTable, number: int) -> None:
    at = NOON + timedelta(seconds=number)
    submission = Submission.model_validate(
        {
            "payload": {"n": number},
            "type": ("echo", "http.request")[number % 2],
            **({"orderingKey": f"key-{number % 3}"} if number % 5 == 0 else {}),
            **({"reference": f"Order {number % 6}"} if number % 2 == 0 else {}),
            **({"tags": [f"tag-{number % 4}", "all"]} if number % 3 == 0 else {}),
            **({"runAt": "2026-12-31T00:00:00Z"} if number % 7 == 0 else {}),
        }
    )
    new = accepted(submission, task_id=f"task-{number}", max_attempts=3, correlation_id="c", at=at)
    task = table.accept(new, submission.fingerprint()).task
    if task.status is Status.SCHEDULED or number % 4 == 0:
        return
    claimed = table.claim(task.task_id, 0, claimant="c", at=at, lease_ends=at)
    assert isinstance(claimed, Claimed)
    error = TaskError.of([*Category][number % 5], "Died", "of it")
    match number % 4:
        case 1:
            assert table.succeeded(claimed.task, None, at=at + timedelta(milliseconds=1)).done
        case 2:
            assert table.dead_lettered(claimed.task, error, at=at + timedelta(milliseconds=1)).done


FILTERS: list[tuple[dict[str, Any], Callable[[Task], bool]]] = [
    ({}, lambda _: True),
    ({"statuses": ["SUCCEEDED"]}, lambda task: task.status is Status.SUCCEEDED),
    ({"statuses": ["PROCESSING"]}, lambda task: task.status is Status.PROCESSING),
    ({"statuses": ["PENDING"]}, lambda task: task.status is Status.PENDING),
    (
        {"statuses": ["PENDING", "PROCESSING", "SCHEDULED"]},
        lambda task: task.status in {"PENDING", "PROCESSING", "SCHEDULED"},
    ),
    (
        {"statuses": ["SUCCEEDED", "DEAD_LETTERED"], "type": "echo"},
        lambda task: task.status in {"SUCCEEDED", "DEAD_LETTERED"} and task.type == "echo",
    ),
    (
        {"statuses": ["DEAD_LETTERED"], "category": "NETWORK"},
        lambda task: task.status is Status.DEAD_LETTERED and task.error is not None
        and task.error.category is Category.NETWORK,
    ),
    ({"ordering_key": "key-1"}, lambda task: task.ordering_key == "key-1"),
    (
        {"ordering_key": "key-1", "statuses": ["SCHEDULED"]},
        lambda task: task.ordering_key == "key-1" and task.status is Status.SCHEDULED,
    ),
    (
        {"submitted_after": NOON + timedelta(seconds=20), "submitted_before": NOON + timedelta(seconds=70)},
        lambda task: NOON + timedelta(seconds=20) <= task.submitted_at < NOON + timedelta(seconds=70),
    ),
    ({"submitted_after": NOON, "submitted_before": NOON}, lambda _: False),
    (
        {"category": "NETWORK"},
        lambda task: task.error is not None and task.error.category is Category.NETWORK,
    ),
    ({"category": "NETWORK", "statuses": ["SUCCEEDED"]}, lambda _: False),
    ({"error_type": "Died"}, lambda task: task.error is not None),
    (
        {"reason_group": "of it", "tag": "all"},
        lambda task: task.error is not None and "all" in (task.tags or ()),
    ),
    (
        {"died_after": NOON + timedelta(seconds=20), "died_before": NOON + timedelta(seconds=60)},
        lambda task: task.status is Status.DEAD_LETTERED
        and NOON + timedelta(seconds=20) <= task.updated_at < NOON + timedelta(seconds=60),
    ),
    ({"died_after": NOON, "statuses": ["PENDING"]}, lambda _: False),
    ({"reference": "Order 2"}, lambda task: task.reference == "Order 2"),
    (
        {"reference": "Order 2", "ordering_key": "key-1", "tag": "all"},
        lambda task: (task.reference, task.ordering_key) == ("Order 2", "key-1")
        and "all" in (task.tags or ()),
    ),
    ({"tag": "tag-1"}, lambda task: "tag-1" in (task.tags or ())),
    (
        {"tag": "tag-2", "statuses": ["DEAD_LETTERED"]},
        lambda task: task.status is Status.DEAD_LETTERED and "tag-2" in (task.tags or ()),
    ),
    ({"text": "TASK-1"}, lambda task: "task-1" in task.task_id),
    ({"text": "order 4"}, lambda task: task.reference == "Order 4"),
    ({"text": "of it"}, lambda task: task.error is not None),
    ({"text": "of it", "statuses": ["SUCCEEDED"]}, lambda _: False),
    (
        {"text": "-2", "statuses": ["SUCCEEDED", "DEAD_LETTERED"]},
        lambda task: "-2" in task.task_id and task.status in {"SUCCEEDED", "DEAD_LETTERED"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "matches"), FILTERS, ids=[str(given) for given, _ in FILTERS])
# In the second case pages end at each of the three limits: it depends on the filter which one comes first.
@pytest.mark.parametrize(("limit", "entries", "reads"), [(50, 2000, 300), (12, 40, 15)])
def test_a_list_has_each_task_that_matches_once(
    bare: BareTable,
    tasks: list[Task],
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, Any],
    matches: Callable[[Task], bool],
    limit: int,
    entries: int,
    reads: int,
) -> None:
    """A filtered list has each matching task once, newest first, in pages of bounded reads."""
    monkeypatch.setattr(module, "MAX_ENTRIES", entries)
    monkeypatch.setattr(module, "MAX_READS", reads)
    listing, wanted = (
        TaskListing(bare.client, bare.name, bare.objects),
        TaskFilter.model_validate(given, by_name=True),
    )
    expected = [task.task_id for task in tasks if matches(task)]
    found: list[str] = []
    token: str | None = None
    for number in itertools.count():
        page = listing.page(wanted, limit, token)
        assert len(page.tasks) <= limit
        found += [task.task_id for task in page.tasks]
        token = page.next_token
        if token is None:
            break
        assert number < TASKS
    assert found == expected


def test_a_summary_is_a_task_without_its_payload_result_and_history(
    bare: BareTable, tasks: list[Task]
) -> None:
    page = TaskListing(bare.client, bare.name, bare.objects).page(TaskFilter(), 100, None, whole=False)
    nothing: dict[str, Any] = {"payload": {}, "result": None, "history": []}
    assert [whole(task) for task in page.tasks] == [
        whole(task.model_copy(update=nothing)) for task in tasks[:100]
    ]


def test_a_page_reads_few_more_tasks_than_it_can_hold(sandbox: Sandbox) -> None:
    """Whole tasks are read a few at a time, until the page is full."""
    with bare_table(sandbox, "large") as bare:
        table = TaskTable(bare.client, bare.name, bare.objects, retention=timedelta(days=1))
        noise = base64.b64encode(random.Random(7).randbytes(140_000)).decode()
        for number in range(40):
            submission = Submission.model_validate({"payload": {"text": noise}})
            at = NOON + timedelta(seconds=number)
            new = accepted(submission, task_id=f"{number}", max_attempts=3, correlation_id="c", at=at)
            table.accept(new, submission.fingerprint())
        client = Counting(bare.client)
        listing = TaskListing(client, bare.name, bare.objects)  # type: ignore[arg-type]
        page = listing.page(TaskFilter(), 100, None)
        assert 25 < len(page.tasks) < 30  # of 187 KB each, in 5 MB
        assert client.read == [10] * 6  # records and payloads of 30 tasks


class Counting:
    """A DynamoDB client that records the number of items that each batch read asks for."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.read = list[int]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_get_item(self, **arguments: Any) -> Any:
        self.read += [len(each["Keys"]) for each in arguments["RequestItems"].values()]
        return self._client.batch_get_item(**arguments)


@pytest.fixture
def circuits(bare: BareTable) -> Iterator[str]:
    with circuit_table(bare) as name:
        yield name


def test_tasks_are_counted_by_state(bare: BareTable, tasks: list[Task]) -> None:
    counts = TaskCounts(bare.client, bare.name).by_state()
    expected = Counter(task.status for task in tasks)
    assert counts == {status: Count(value=expected[status]) for status in Status}


def test_counting_ends_at_a_limit(bare: BareTable, tasks: list[Task]) -> None:
    """A count ends at its limit, and reports that there are more tasks."""
    counts = TaskCounts(bare.client, bare.name, most=10).by_state()
    expected = Counter(task.status for task in tasks)
    assert all(expected[status] > 10 for status in (Status.SUCCEEDED, Status.PENDING, Status.SCHEDULED))
    for status in (Status.SUCCEEDED, Status.PENDING, Status.SCHEDULED):
        assert counts[status] == Count(value=10, at_least=True)
    assert counts[Status.CANCELLED] == Count(value=0)


def test_statistics_say_what_died_and_what_waits(
    bare: BareTable, circuits: str, tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statistics cover the dead letters of a window, up to a limit, and the oldest waiting task."""
    until = NOON + timedelta(seconds=TASKS)
    statistician = Statistician(
        dynamodb=bare.client, task_table_name=bare.name, circuit_table_name=circuits, now=lambda: until
    )
    found = statistician.stats(Window.QUARTER)
    dead = [task for task in tasks if task.status is Status.DEAD_LETTERED]
    assert found.dead_letters.total == len(dead)
    assert not found.dead_letters.more
    assert found.dead_letters.by_category == Counter(task.error.category for task in dead if task.error)
    assert {reason.reason for reason in found.dead_letters.by_reason} == {"of it"}
    assert sum(reason.count for reason in found.dead_letters.by_reason) == len(dead)
    oldest = [task for task in tasks if task.status is Status.PENDING][-1]
    assert found.oldest_waiting is not None
    assert found.oldest_waiting.task_id == oldest.task_id
    assert found.oldest_waiting.seconds == int((until - oldest.submitted_at).total_seconds())
    later = dataclasses.replace(statistician, now=lambda: until + timedelta(hours=1))
    assert later.stats(Window.QUARTER).dead_letters.total == 0
    assert later.stats(Window.DAY).dead_letters.total == len(dead)
    monkeypatch.setattr(statistics, "MAX_DEAD_LETTERS", 0)
    assert statistician.stats(Window.DAY).dead_letters.more
