"""Objects of the function, each created once."""

import time
from collections.abc import Mapping
from functools import cache, partial

from lambdas.application.settings import ManageSettings
from lambdas.application.wiring import Wiring, now, wire
from lambdas.manage_tasks.bulk import Bulk
from lambdas.manage_tasks.pause import Pauser
from lambdas.manage_tasks.redrive import Redriver
from lambdas.manage_tasks.run import Runner
from lambdas.manage_tasks.stats import Statistician
from lambdas.store.circuit_states import CircuitState, half_open, kinds_of_circuits, open_circuits
from lambdas.store.holds import Hold, Holds
from lambdas.store.listing import TaskListing
from lambdas.store.selection import Selection
from lambdas.work.registry import Registry


@cache
def aws() -> Wiring:
    """Return the AWS clients and the objects that use them, created on the first call."""
    return wire(ManageSettings.read())


@cache
def listing() -> TaskListing:
    """Return the function's TaskListing, created on the first call."""
    return TaskListing(aws().dynamodb, ManageSettings.read().task_table_name, aws().objects)


@cache
def redriver() -> Redriver:
    """Return the function's Redriver, created on the first call."""
    return Redriver(
        table=aws().table,
        dispatcher=aws().dispatcher,
        now=now,
    )


@cache
def bulk() -> Bulk:
    """Return the function's executor of bulk calls, created on the first call."""
    return Bulk(
        selection=Selection(aws().dynamodb, ManageSettings.read().task_table_name),
        table=aws().table,
        now=now,
        sleep=time.sleep,
    )


@cache
def runner() -> Runner:
    """Return the function's Runner, created on the first call."""
    return Runner(
        table=aws().table,
        queue=aws().queue,
        dispatcher=aws().dispatcher,
        ordering=aws().ordering,
        half_open=partial(half_open, aws().dynamodb, ManageSettings.read().circuit_table_name),
        holds=holds(),
        now=now,
    )


@cache
def holds() -> Holds:
    """Return the reader and writer of holds: pauses of kinds, and circuits that are held open."""
    return Holds(aws().dynamodb, ManageSettings.read().circuit_table_name)


def kinds() -> Registry:
    """Return the kinds of work, importing them and their libraries on the first call."""
    from lambdas.work.kinds import KINDS

    return KINDS


@cache
def pauser() -> Pauser:
    """Return the function's Pauser, created on the first call."""
    return Pauser(holds=holds(), kinds=kinds, now=now)


@cache
def statistician() -> Statistician:
    """Return the function's Statistician, created on the first call."""
    settings = ManageSettings.read()
    return Statistician(
        dynamodb=aws().dynamodb,
        task_table_name=settings.task_table_name,
        circuit_table_name=settings.circuit_table_name,
        now=now,
    )


def open_circuits_by_kind(held: Mapping[str, Hold]) -> dict[str, list[CircuitState]]:
    """Return the circuits that are not closed, by the kind whose tasks opened them."""
    client, table_name = aws().dynamodb, ManageSettings.read().circuit_table_name
    kinds = kinds_of_circuits(client, table_name)
    found: dict[str, list[CircuitState]] = {}
    for circuit in open_circuits(client, table_name, held):
        if circuit.name in kinds:
            found.setdefault(kinds[circuit.name], []).append(circuit)
    return found


MADE_ONCE = (aws, holds, listing, pauser, redriver, bulk, runner, statistician)
"""Factories to call during initialization; tests clear their caches."""
