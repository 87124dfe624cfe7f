"""The objects of the function, each made once."""

import time
from functools import cache, partial

from lambdas.application.settings import ManageSettings
from lambdas.application.wiring import Wiring, now, wire
from lambdas.manage_tasks.bulk import Bulk
from lambdas.manage_tasks.redrive import Redriver
from lambdas.manage_tasks.run import Runner
from lambdas.manage_tasks.stats import Statistician
from lambdas.store.hurrying import half_open
from lambdas.store.listing import TaskListing
from lambdas.store.selection import Selection


@cache
def aws() -> Wiring:
    """Return the clients and the objects that use them."""
    return wire(ManageSettings.read())


@cache
def listing() -> TaskListing:
    """Return the reader of lists."""
    return TaskListing(aws().dynamodb, ManageSettings.read().task_table_name, aws().objects)


@cache
def redriver() -> Redriver:
    """Return the object that redrives tasks."""
    return Redriver(
        table=aws().table,
        dispatcher=aws().dispatcher,
        now=now,
    )


@cache
def bulk() -> Bulk:
    """Return the object that changes many tasks."""
    return Bulk(
        selection=Selection(aws().dynamodb, ManageSettings.read().task_table_name),
        table=aws().table,
        now=now,
        sleep=time.sleep,
    )


@cache
def runner() -> Runner:
    """Return the object that runs waiting tasks."""
    return Runner(
        table=aws().table,
        queue=aws().queue,
        dispatcher=aws().dispatcher,
        ordering=aws().ordering,
        half_open=partial(half_open, aws().dynamodb, ManageSettings.read().circuit_table_name),
        now=now,
    )


@cache
def statistician() -> Statistician:
    """Return the object that makes statistics."""
    settings = ManageSettings.read()
    return Statistician(
        dynamodb=aws().dynamodb,
        task_table_name=settings.task_table_name,
        circuit_table_name=settings.circuit_table_name,
        now=now,
    )


MADE_ONCE = (aws, listing, redriver, bulk, runner, statistician)
"""What the function prepares while its environment starts, and what tests forget afterwards."""
