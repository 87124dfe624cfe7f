"""A storm of 500 tasks, with dying processes, failing services and stopped consumers."""

import json
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

import pytest

from lambdas.domain.callback import DELIVERY_PREFIX
from lambdas.domain.history import Wait
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.batch_reading import MAX_ITEMS, read_items
from lambdas.store.item import to_task
from sandbox.process.state_file import Sandbox
from tests.chaos import plan as plans
from tests.chaos.disturbances import Storm
from tests.chaos.plan import Plan
from tests.chaos.storm_clients import Clients
from tests.chaos.storm_redrives import Redrives
from tests.chaos.told_in_storm import is_told, wrongly_told
from tests.e2e import alerts, sink
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack
from tests.eventually import eventually

ALL_END_WITHIN = 300.0
_COUNTS = frozenset(f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed"))


def test_a_storm_loses_nothing_and_does_nothing_twice(
    seed: int, sandbox: Sandbox, stack: Stack, note: list[str]
) -> None:
    """Every accepted task ends, each success had its effect, keys kept their order, and nothing is left."""
    note.append(f"FAULTLINE_SEED={seed}")
    with sink.running() as effects, alerts.subscribed(stack) as alerted:
        plan = plans.plan(seed, effects.url)
        storm, clients = Storm(plan, sandbox, stack), Clients(stack)
        redrives = Redrives(plan, stack)
        begun = time.monotonic()

        def took(what: str) -> None:
            note.append(f"{what} after {time.monotonic() - begun:.0f} s")

        _release(stack)
        with storm.raging(), redrives.during_the_storm():
            clients.submit_all(plan)
            took("all accepted")
        _release(stack)
        took("storm over")
        redrives.redrive_all()
        took("redriven")
        tasks = _when_ended(stack, clients.accepted, seed)
        took("all ended")
        deliveries = _deliveries_when_ended(stack, plan, seed)
        took("all told")
        everything = [*tasks.values(), *deliveries.values()]
        unmet = [
            *_unmet(plan, tasks, effects),
            *redrives.wrongly_done(everything),
            *wrongly_told(tasks, plan.batches, deliveries, effects),
        ]
        if unmet:
            pytest.fail("\n".join([f"seed {seed}:", *unmet]))
        eventually(
            lambda: not any(_messages(stack).values()),
            what=f"the queues are empty (seed {seed})",
            every=0.5,
        )
        took("queues empty")
        dead = [each for each in everything if each.status is Status.DEAD_LETTERED]
        for each in dead:
            alerted.first(each.task_id)
        if wrong := [*redrives.done_for_earlier_deaths(dead)]:
            pytest.fail("\n".join([f"seed {seed}:", *wrong]))
        after = _tasks(stack)
        if changed := _changed(tasks, after):
            pytest.fail("\n".join([f"seed {seed}: ended, and changed", *changed]))
        note.append(
            f"{len(dead)} dead, {_paused(tasks)} waited for a pause, {len(deliveries)} ends told, "
            f"{storm.killed} processes killed, "
            f"{storm.hits} calls failed or late, answers {dict(clients.refusals)}, "
            f"{sum(each.generation for each in everything)} redriven, "
            f"{redrives.done} by answers, {redrives.interrupted} calls repeated, "
            f"{effects.effects().total()} requests for "
            f"{len(effects.effects())} effects"
        )


def _unmet(plan: Plan, tasks: Mapping[str, Task], sink: Sink) -> list[str]:
    """Return each broken expectation, with the history of the tasks concerned."""
    # Ordered by their first request.
    effects = list(dict.fromkeys(each.key for each in sink.done() if not is_told(each.path)))
    http = {task_id for task_id, each in plan.by_id.items() if each.get("type") == "http.request"}
    generations = {f"{task_id}:{n}" for task_id in http for n in range(tasks[task_id].generation + 1)}
    unmet = [f"an effect of no task, or of no generation: {key}" for key in effects if key not in generations]
    for task_id, task in tasks.items():
        if task.status is Status.SUCCEEDED:
            if task_id in http and f"{task_id}:{task.generation}" not in effects:
                unmet.append(f"succeeded without effect: {_story(task)}")
            if task_id in plan.doomed:
                unmet.append(f"succeeded, though it fails always: {_story(task)}")
        elif task_id not in plan.doomed and task.attempts < task.max_attempts:
            unmet.append(f"dead with attempts left: {_story(task)}")
    for key, submitted in plan.keys.items():
        # A redriven task comes after others of its key.
        first = [effect.removesuffix(":0") for effect in effects if effect.endswith(":0")]
        done = [task_id for task_id in first if task_id in submitted]
        if done != [task_id for task_id in submitted if task_id in done]:
            stories = "\n".join(_story(tasks[task_id]) for task_id in submitted)
            unmet.append(f"{key} out of order: {done}\n{stories}")
    return unmet


def _when_ended(stack: Stack, accepted: Iterable[str], seed: int) -> dict[str, Task]:
    """Return all tasks once they have ended.

    Fails the test, naming some of the open tasks, if they take too long.
    """
    expected = sorted(accepted)
    dynamodb, left = stack.session.client("dynamodb"), set(expected)

    def look() -> bool:
        some = list(left)[:MAX_ITEMS]
        for item in read_items(dynamodb, stack.outputs.task_table_name, some, ("taskId", "status")):
            if Status(item["status"]["S"]).ended:
                left.discard(item["taskId"]["S"])
        return not left

    with suppress(AssertionError):
        eventually(look, within=ALL_END_WITHIN, every=0.5)
    tasks = _tasks(stack)
    if open_ones := [each for each in tasks.values() if not each.status.ended]:
        stories = "\n".join(_story(each) for each in open_ones[:10])
        pytest.fail(
            f"seed {seed}: {len(open_ones)} tasks have not ended; messages {_messages(stack)}\n{stories}"
        )
    assert sorted(tasks) == expected, f"seed {seed}: accepted tasks are missing, or others are there"
    return tasks


def _paused(tasks: Mapping[str, Task]) -> int:
    """Return the number of tasks that have waited for the end of their kind's pause."""
    return sum(any(entry.waits_for is Wait.PAUSE for entry in task.history) for task in tasks.values())


def _story(task: Task) -> str:
    steps = [
        f"  {entry.at:%M:%S.%f} {entry.status}"
        + (f" {entry.attempt}" if entry.attempt else "")
        + (f" circuit={entry.circuit}" if entry.circuit else "")
        + (f" {entry.error.type}: {entry.error.message}" if entry.error else "")
        for entry in task.history
    ]
    return "\n".join(
        [f"{task.task_id} {task.status} attempts={task.attempts} releases={task.releases}", *steps]
    )


def _changed(before: Mapping[str, Task], after: Mapping[str, Task]) -> list[str]:
    return [
        f"{_story(task)}\nthen\n{_story(after[task_id])}"
        for task_id, task in before.items()
        if (task.status, task.attempts, task.result)
        != (after[task_id].status, after[task_id].attempts, after[task_id].result)
    ]


def _deliveries_when_ended(stack: Stack, plan: Plan, seed: int) -> dict[str, Task]:
    """Return the deliveries of callbacks, once those of batches have begun and all have ended."""
    told = {batch.batch_id for batch in plan.batches if batch.callback_url}

    def look() -> dict[str, Task] | None:
        found = _tasks(stack, DELIVERY_PREFIX)
        is_over = told <= {each.reference for each in found.values()}
        return found if is_over and all(each.status.ended for each in found.values()) else None

    what = f"all callbacks are delivered, or have died (seed {seed})"
    return eventually(look, within=ALL_END_WITHIN, what=what, every=2)


def _tasks(stack: Stack, prefix: str = "storm-") -> dict[str, Task]:
    pages = stack.session.client("dynamodb").get_paginator("scan")
    found = [
        item
        for page in pages.paginate(TableName=stack.outputs.task_table_name, ConsistentRead=True)
        for item in page["Items"]
        if item["taskId"]["S"].startswith(prefix)
    ]
    return {task.task_id: task for task in map(to_task, found)}


def _messages(stack: Stack) -> dict[str, int]:
    sqs = stack.session.client("sqs")
    found = dict[str, int]()
    for url in (stack.outputs.task_queue_url, stack.outputs.task_dlq_url):
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        counts = {name: int(text) for name, text in answer["Attributes"].items() if name in _COUNTS}
        found |= {f"{url.rpartition('/')[2]} {name}": count for name, count in counts.items()}
    return found


def _release(stack: Stack) -> None:
    """Start a run of release_tasks, without waiting for the next minute of its schedule."""
    stack.session.client("lambda").invoke(
        FunctionName=stack.settings.live_function("release_tasks"),
        InvocationType="Event",
        Payload=json.dumps({"forSeconds": stack.settings.release_loop_seconds}),
    )
