"""Parking of tasks until a circuit closes or a pause ends."""

from datetime import datetime

from lambdas.domain.history import HistoryEntry, Wait
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from lambdas.store.item import release_keys
from lambdas.store.payloads import Payloads
from lambdas.store.transition import Change, Moved, Transitions
from lambdas.store.waiting_keys import DUE, circuit_key, kind_key


def park_for_circuit(
    transitions: Transitions,
    payloads: Payloads,
    task: Task,
    circuit: str,
    *,
    release_after: int | None,
    at: datetime,
) -> Moved:
    """Park a claimed task until its circuit allows another attempt; this attempt does not count.

    Args:
        transitions: Transitions of the task table.
        payloads: Payloads of the task table.
        task: The task as it was claimed.
        circuit: Name of the dependency.
        release_after: Seconds after which the task is released whatever the state of its circuit; None to
            wait for the circuit, which must have been marked (`Circuits.note_parked`).
        at: The current time.

    Raises:
        ClientError, BotoCoreError: The table rejects a request or is unavailable.
    """
    entry = HistoryEntry(
        at=at,
        status=Status.PARKED,
        parked_for=Wait.CIRCUIT,
        circuit=circuit,
        retry_delay_seconds=release_after,
    )
    what_for = circuit_key(circuit) if release_after is None else DUE
    sets = {**release_keys(task.task_id, what_for, entry.retry_at or at), **payloads.keep(task, at)}
    change = Change(sets=sets, adds={"attempts": -1})
    return transitions.advance(task, entry, change, from_statuses=[Status.PROCESSING])


def park_for_pause(transitions: Transitions, payloads: Payloads, task: Task, *, at: datetime) -> Moved:
    """Park a task until its kind is resumed; `done` is False if it has changed in the meantime.

    If the task's attempt was lost, callers must check that its lease has expired.

    Raises:
        ClientError, BotoCoreError: The table rejects a request or is unavailable.
    """
    entry = HistoryEntry(at=at, status=Status.PARKED, parked_for=Wait.PAUSE)
    sets = {**release_keys(task.task_id, kind_key(task.type), at), **payloads.keep(task, at)}
    return transitions.advance(task, entry, Change(sets=sets))
